//! Methods as MCP tools.

use luminarys_grants::{Mapping, McpSection};
use luminarys_package::{Effects, Visibility, title_of};
use luminarys_runtime::{Method, values};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::tool_names::{NameError, Naming};

/// One tool.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tool {
    /// Unique and valid for every client: the instance id or `mcp.name`, and for a single method `_` and the method.
    pub name: String,
    /// The instance id.
    pub skill: String,
    /// The method; `None` for a tool for the whole skill, which takes `{"method": …, "params": {…}}`.
    pub method: Option<String>,
    /// What people see in place of the name.
    pub title: String,
    /// Its description for the model.
    pub description: String,
    /// JSON Schema of the arguments, always an object.
    pub input_schema: Value,
    /// JSON Schema of the structured result, always an object.
    pub output_schema: Option<Value>,
    /// Whether the method's result is not an object, so that it becomes the property `result` of one.
    pub wraps_result: bool,
    /// The possible effects of its calls.
    pub effects: Effects,
}

impl Tool {
    /// Returns a method's result as structured content, an object that matches `output_schema` and includes the text
    /// for the model: some clients show only the structured part. `None` for a result that is text, a number or
    /// nothing.
    pub fn structured(&self, value: Value, text: Option<&str>) -> Option<Value> {
        let mut members = match value {
            value if self.wraps_result => Map::from_iter([(RESULT.to_owned(), value)]),
            Value::Object(members) => members,
            value @ Value::Array(_) => Map::from_iter([(RESULT.to_owned(), value)]),
            _ => return None,
        };
        if let Some(text) = text {
            let declared = self.output_schema.as_ref().and_then(properties);
            let name = match declared.and_then(text_name) {
                Some(count) => format!("{TEXT}{}", "_".repeat(count)),
                None => free_name(&members),
            };
            members.insert(name, text.into());
        }
        Some(Value::Object(members))
    }

    /// Returns the schema of a result before it became a property.
    pub fn result_schema(&self) -> Option<&Value> {
        let schema = self.output_schema.as_ref()?;
        match self.wraps_result {
            true => properties(schema)?.get(RESULT),
            false => Some(schema),
        }
    }
}

/// The warning about one tool for all methods.
const PER_SKILL: &str = "mcp.mapping: per_skill makes one tool of all methods, which clients cannot review: they see \
                         neither which method a call runs nor what it may change, and get the worst hints of all; remove \
                         it for one tool per method";

/// The property for a result that is not an object.
const RESULT: &str = "result";

/// The property of the text for the model, followed by as many `_` as make it different from the skill's own.
const TEXT: &str = "text_for_model";

fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties")?.as_object()
}

/// Returns the number of `_` after the longest name of a text for the model among `members`.
fn text_name(members: &Map<String, Value>) -> Option<usize> {
    let behind = members.keys().filter_map(|name| name.strip_prefix(TEXT));
    behind
        .filter(|rest| rest.bytes().all(|byte| byte == b'_'))
        .map(str::len)
        .max()
}

/// Returns a name for the text for the model that is not in `members`.
fn free_name(members: &Map<String, Value>) -> String {
    let count = text_name(members).map_or(0, |count| count + 1);
    format!("{TEXT}{}", "_".repeat(count))
}

/// Returns the schema of structured content for results of `schema`, and whether results become a property of it;
/// `None` if a result is text, a number or nothing, which clients show best unchanged.
fn structured_schema(schema: &Value) -> Option<(Value, bool)> {
    let kind = |schema: &Value| {
        schema
            .get("type")
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let alternatives = schema.get("anyOf").and_then(Value::as_array);
    let mut all = alternatives.into_iter().flatten().chain([schema]);
    if !all.any(|it| matches!(kind(it).as_deref(), Some("object" | "array"))) {
        return None;
    }
    let mut wrapped = values::wrap_schema(schema.clone());
    let wraps = wrapped != *schema;
    if let Some(members) = wrapped.get_mut("properties").and_then(Value::as_object_mut) {
        let described = json!({ "type": "string", "description": "For the model." });
        members.insert(free_name(members), described);
    }
    Some((wrapped, wraps))
}

/// Whether clients see `method`.
pub(crate) fn exposed(method: &Method, section: &McpSection) -> bool {
    would_be_exposed(method, section) && method.unfit.is_none()
}

fn would_be_exposed(method: &Method, section: &McpSection) -> bool {
    method.visibility == Visibility::Public
        && section.mapping != Mapping::None
        && method.unavailable.is_none()
        && !section.hidden_methods.contains(&method.name)
        && (section.exposed_methods.is_empty() || section.exposed_methods.contains(&method.name))
}

/// Returns warnings for the operator about methods of the manifest's `mcp` section that are not offered.
pub(crate) fn list_warnings(methods: &[Method], section: &McpSection) -> Vec<String> {
    let offered = methods.iter().filter(|it| would_be_exposed(it, section));
    let unfit = offered.filter_map(|method| Some((&method.name, method.unfit.as_ref()?)));
    let mut warnings: Vec<String> = unfit
        .map(|(name, reason)| {
            format!(
                "method {name} is not offered to clients, since some would reject all tools because of it: {reason}; \
                 its author can change that, and mcp.hidden_methods: [{name}] ends this warning"
            )
        })
        .collect();
    if section.mapping == Mapping::PerSkill {
        warnings.push(PER_SKILL.to_owned());
    }
    for (key, names) in [
        ("hidden_methods", &section.hidden_methods),
        ("exposed_methods", &section.exposed_methods),
    ] {
        for name in names {
            match methods.iter().find(|method| method.name == *name) {
                None => warnings.push(format!(
                    "mcp.{key} names {name:?}, which is not a method of this skill"
                )),
                Some(method)
                    if key == "exposed_methods" && method.visibility != Visibility::Public =>
                {
                    warnings.push(format!(
                        "mcp.{key} names {name}, which is not public and so never a tool"
                    ));
                }
                Some(_) => {}
            }
        }
    }
    warnings
}

/// Makes the tools of one skill: `id` is its instance id, `description` its purpose, and `owner` tells which other
/// skill has a name already.
///
/// # Errors
/// A name that cannot be used.
pub(crate) fn tools(
    id: &str,
    description: &str,
    methods: &[Method],
    section: &McpSection,
    owner: impl Fn(&str) -> Option<String>,
) -> Result<Vec<Tool>, NameError> {
    let methods: Vec<&Method> = methods
        .iter()
        .filter(|method| exposed(method, section))
        .collect();
    let called: Vec<&str> = methods.iter().map(|method| method.name.as_str()).collect();
    let names = Naming::new(id, section).names(&called, owner)?.into_iter();
    Ok(match section.mapping {
        Mapping::PerMethod => names
            .zip(methods)
            .map(|(name, method)| of_method(id, name, method))
            .collect(),
        Mapping::None => Vec::new(),
        Mapping::PerSkill => names
            .map(|name| of_skill(id, name, description, &methods))
            .collect(),
    })
}

fn of_method(id: &str, name: String, method: &Method) -> Tool {
    let structured = method.output_schema.as_ref().and_then(structured_schema);
    Tool {
        name,
        skill: id.to_owned(),
        method: Some(method.name.clone()),
        title: method.title.clone(),
        description: method.description.clone(),
        effects: method.effects,
        input_schema: method.input_schema.clone(),
        wraps_result: structured.as_ref().is_some_and(|(_, wraps)| *wraps),
        output_schema: structured.map(|(schema, _)| schema),
    }
}

fn of_skill(id: &str, name: String, description: &str, methods: &[&Method]) -> Tool {
    let mut text = description.trim().to_owned();
    text.push_str("\n\nMethods, each with the JSON Schema of its params:");
    for method in methods {
        // One line each: the model sees where a method begins.
        let about = method
            .description
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        text.push_str(&format!(
            "\n- {}: {about} params: {}",
            method.name, method.input_schema
        ));
    }
    let names: Vec<&str> = methods.iter().map(|method| method.name.as_str()).collect();
    let effects = methods.iter().map(|method| method.effects);
    let worst = effects.reduce(Effects::or);
    Tool {
        name,
        skill: id.to_owned(),
        method: None,
        title: title_of(&id.replace(['-', '.'], "_")),
        effects: worst.unwrap_or_default(),
        description: text.trim().to_owned(),
        input_schema: json!({
            "type": "object",
            "properties": {
                "method": { "type": "string", "enum": names, "description": "The method to call." },
                // As text: not every client accepts an object without properties.
                "params": { "type": "string", "description": "The method's parameters: a JSON object, as text." },
            },
            "required": ["method"],
            "additionalProperties": false,
        }),
        output_schema: None,
        wraps_result: false,
    }
}

/// The parameters of a method.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Params {
    /// An object.
    Json(Value),
    /// A string that should be the text of one.
    Text(String),
}

/// Splits the arguments of a tool for a whole skill into method and parameters.
///
/// # Errors
/// Returns what is wrong with them, for the caller.
pub(crate) fn take_apart(arguments: Value) -> Result<(String, Params), String> {
    let Value::Object(mut arguments) = arguments else {
        return Err("an object with `method` and `params` was expected".to_owned());
    };
    let method = match arguments.remove("method") {
        Some(Value::String(method)) => method,
        Some(_) => return Err("`method` must be a string".to_owned()),
        None => return Err("`method` is missing".to_owned()),
    };
    let params = match arguments.remove("params") {
        None | Some(Value::Null) => Params::Json(Value::Object(Map::new())),
        Some(Value::String(text)) if text.trim().is_empty() => {
            Params::Json(Value::Object(Map::new()))
        }
        Some(Value::String(text)) => Params::Text(text),
        Some(params @ Value::Object(_)) => Params::Json(params),
        Some(_) => return Err("`params` must be an object, or the text of one".to_owned()),
    };
    match arguments.keys().next() {
        Some(unknown) => Err(format!(
            "unknown argument {unknown:?}; there are `method` and `params`"
        )),
        None => Ok((method, params)),
    }
}

#[cfg(test)]
#[path = "tools_tests.rs"]
mod tests;
