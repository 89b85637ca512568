//! TypeScript declarations of tools, from their JSON Schemas.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// Levels of objects within objects; deeper ones are `unknown`.
const DEPTH: usize = 6;
/// The longest description, in bytes.
const DESCRIPTION: usize = 600;

/// A method of another skill.
#[derive(Clone, Debug)]
pub struct Method {
    /// The instance id.
    pub skill: String,
    /// The method.
    pub method: String,
    /// For models.
    pub description: String,
    /// The JSON Schema of its arguments.
    pub parameters: String,
    /// The JSON Schema of what it returns.
    pub returns: Option<String>,
}

/// The skills that may be called, for what programs name them.
#[derive(Clone, Debug, Default)]
pub struct Names(Vec<String>);

impl Names {
    /// Takes the instance ids of all of them.
    #[must_use]
    pub fn new(ids: Vec<String>) -> Self {
        Self(ids)
    }

    /// How a program names a skill: `tools.fs`, `tools.my_notes` of `my-notes`, and `tools["a-b"]` where `tools.a_b` is another
    /// one as well.
    #[must_use]
    pub fn path(&self, skill: &str) -> String {
        let name = skill.replace('-', "_");
        let is_other = |other: &String| other != skill && other.replace('-', "_") == name;
        let is_ambiguous = name != skill && self.0.iter().any(is_other);
        match is_identifier(&name) && !is_ambiguous {
            true => format!("tools.{name}"),
            false => exact_path(skill),
        }
    }
}

/// How a program names a skill, whichever others there are.
#[must_use]
pub fn exact_path(skill: &str) -> String {
    match is_identifier(skill) {
        true => format!("tools.{skill}"),
        false => format!("tools[{skill:?}]"),
    }
}

/// Declares methods, as many as `limit` bytes have room for (and one at least). Returns the text, and how many it has.
#[must_use]
pub fn stubs(methods: &[Method], names: &Names, limit: usize) -> (String, usize) {
    let (mut text, mut count) = (String::new(), 0);
    for method in methods {
        let declared = declare(method, names);
        if count > 0 && text.len() + declared.len() > limit {
            break;
        }
        text += &declared;
        count += 1;
    }
    (text, count)
}

fn declare(method: &Method, names: &Names) -> String {
    let mut text = String::new();
    comment(&mut text, "", &method.description);
    let parameters: Value = serde_json::from_str(&method.parameters).unwrap_or_default();
    let properties = parameters["properties"].as_object();
    let arguments = match properties.filter(|properties| !properties.is_empty()) {
        None => String::new(),
        Some(_) => {
            let optional = if required(&parameters).is_empty() {
                "?"
            } else {
                ""
            };
            format!("args{optional}: {}", of_schema(&parameters, "", DEPTH))
        }
    };
    let returns = method.returns.as_deref().map(serde_json::from_str::<Value>);
    let returns = match returns {
        Some(Ok(schema)) => of_schema(&schema, "", DEPTH),
        _ => "unknown".to_owned(),
    };
    let _ = writeln!(
        text,
        "{}.{}({arguments}): Promise<{returns}>",
        names.path(&method.skill),
        method.method
    );
    text
}

/// A description as a comment, which it cannot end.
fn comment(text: &mut String, margin: &str, description: &str) {
    let description = description.split_whitespace().collect::<Vec<_>>().join(" ");
    if description.is_empty() {
        return;
    }
    let mut description = description.replace("*/", "* /");
    if description.len() > DESCRIPTION {
        description.truncate(description.floor_char_boundary(DESCRIPTION));
        description.push('…');
    }
    let _ = writeln!(text, "{margin}/** {description} */");
}

fn required(schema: &Value) -> Vec<&str> {
    let names = schema["required"].as_array().into_iter().flatten();
    names.filter_map(Value::as_str).collect()
}

fn of_schema(schema: &Value, margin: &str, depth: usize) -> String {
    let Some(schema_object) = schema.as_object() else {
        return "unknown".to_owned();
    };
    if depth == 0 {
        return "unknown".to_owned();
    }
    if let Some(value) = schema_object.get("const") {
        return value.to_string();
    }
    if let Some(Value::Array(values)) = schema_object.get("enum") {
        return union(values.iter().map(Value::to_string).collect());
    }
    for key in ["anyOf", "oneOf"] {
        if let Some(Value::Array(schemas)) = schema_object.get(key) {
            return union(
                schemas
                    .iter()
                    .map(|one| of_schema(one, margin, depth - 1))
                    .collect(),
            );
        }
    }
    match schema_object.get("type") {
        Some(Value::Array(kinds)) => {
            let each = kinds
                .iter()
                .map(|kind| of_kind(kind, schema_object, margin, depth));
            union(each.collect())
        }
        Some(kind) => of_kind(kind, schema_object, margin, depth),
        None if schema_object.contains_key("properties") => object(schema_object, margin, depth),
        None => "unknown".to_owned(),
    }
}

fn of_kind(kind: &Value, schema: &Map<String, Value>, margin: &str, depth: usize) -> String {
    match kind.as_str().unwrap_or_default() {
        "string" => "string".to_owned(),
        "integer" | "number" => "number".to_owned(),
        "boolean" => "boolean".to_owned(),
        "null" => "null".to_owned(),
        "array" => match schema.get("items") {
            Some(items) => {
                let items = of_schema(items, margin, depth - 1);
                match items.contains(" | ") {
                    true => format!("({items})[]"),
                    false => format!("{items}[]"),
                }
            }
            None => "unknown[]".to_owned(),
        },
        "object" => object(schema, margin, depth),
        _ => "unknown".to_owned(),
    }
}

fn object(schema: &Map<String, Value>, margin: &str, depth: usize) -> String {
    let properties = schema.get("properties").and_then(Value::as_object);
    let Some(properties) = properties.filter(|properties| !properties.is_empty()) else {
        let values = schema
            .get("additionalProperties")
            .filter(|values| values.is_object());
        let values = values.map_or("unknown".to_owned(), |values| {
            of_schema(values, margin, depth - 1)
        });
        return format!("Record<string, {values}>");
    };
    let whole = Value::Object(schema.clone());
    let required = required(&whole);
    let inner = format!("{margin}  ");
    let mut text = "{\n".to_owned();
    for (name, property) in properties {
        let mut description = property["description"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        if let Some(default) = property.get("default") {
            let _ = write!(description, " Default: {default}");
        }
        comment(&mut text, &inner, &description);
        let optional = if required.contains(&name.as_str()) {
            ""
        } else {
            "?"
        };
        let shown = match is_identifier(name) {
            true => name.clone(),
            false => Value::from(name.as_str()).to_string(),
        };
        let _ = writeln!(
            text,
            "{inner}{shown}{optional}: {},",
            of_schema(property, &inner, depth - 1)
        );
    }
    text + margin + "}"
}

fn union(mut parts: Vec<String>) -> String {
    let mut seen = Vec::new();
    parts.retain(|part| {
        let is_new = !seen.contains(part);
        seen.push(part.clone());
        is_new
    });
    match parts.is_empty() {
        true => "never".to_owned(),
        false => parts.join(" | "),
    }
}

fn is_identifier(name: &str) -> bool {
    let mut letters = name.chars();
    let begins = letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_' || first == '$');
    begins && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '$')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn schemas_become_types() {
        let rows = [
            (json!({}), "unknown"),
            (json!(true), "unknown"),
            (json!({"type": "integer"}), "number"),
            (json!({"type": ["string", "null"]}), "string | null"),
            (json!({"enum": ["a", "b", 1]}), r#""a" | "b" | 1"#),
            (
                json!({"type": "array", "items": {"enum": ["a", "b"]}}),
                r#"("a" | "b")[]"#,
            ),
            (json!({"type": "array"}), "unknown[]"),
            (
                json!({"anyOf": [{"type": "string"}, {"type": "string"}, {"const": null}]}),
                "string | null",
            ),
            (
                json!({"type": "object", "additionalProperties": {"type": "number"}}),
                "Record<string, number>",
            ),
            (
                json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "description": "The */ path"}, "b-c": {"type": "boolean", "default": false}}}),
                "{\n  /** The * / path */\n  a: string,\n  /** Default: false */\n  \"b-c\"?: boolean,\n}",
            ),
        ];
        for (schema, wanted) in rows {
            assert_eq!(of_schema(&schema, "", DEPTH), wanted, "{schema}");
        }
        let deep = (0..100).fold(
            json!({"type": "string"}),
            |inner, _| json!({"type": "array", "items": inner}),
        );
        assert_eq!(of_schema(&deep, "", DEPTH), "unknown[][][][][][]");
    }

    #[test]
    fn methods_are_declared() {
        let method = |skill: &str, parameters: Value| Method {
            skill: skill.to_owned(),
            method: "read".to_owned(),
            description: "Reads\n a file.".to_owned(),
            parameters: parameters.to_string(),
            returns: Some(json!({"type": "string"}).to_string()),
        };
        let with = json!({"type": "object", "required": ["path"], "properties": {"path": {"type": "string"}}});
        let methods = [
            method("my-fs", with),
            method("9", json!({"type": "object"})),
        ];
        let names = Names::new(vec!["my-fs".to_owned(), "9".to_owned()]);
        let (text, count) = stubs(&methods, &names, 10_000);
        assert_eq!(count, 2);
        assert_eq!(
            text,
            "/** Reads a file. */\ntools.my_fs.read(args: {\n  path: string,\n}): Promise<string>\n/** Reads a file. */\ntools[\"9\"].read(): Promise<string>\n"
        );
        assert_eq!(stubs(&methods, &names, 10).1, 1);
    }

    #[test]
    fn each_skill_is_named_in_a_way_that_reaches_it() {
        let ids = ["a-b", "a_b", "x-y_z", "x_y-z", "my-fs", "fs", "9", "q-1"];
        let names = Names::new(ids.map(str::to_owned).to_vec());
        let paths = ids.map(|id| names.path(id));
        let wanted = [
            "tools[\"a-b\"]",
            "tools.a_b",
            "tools[\"x-y_z\"]",
            "tools[\"x_y-z\"]",
            "tools.my_fs",
            "tools.fs",
            "tools[\"9\"]",
            "tools.q_1",
        ];
        assert_eq!(paths, wanted);
    }
}
