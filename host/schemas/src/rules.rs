//! The rules, with the reports that they are based on.

use serde_json::{Map, Number, Value};

/// The largest absolute value of integers in a schema: JavaScript is not exact beyond it.
pub const MAX_INTEGER: i64 = (1 << 53) - 1;

/// The types that a schema may have.
const TYPES: [&str; 6] = ["object", "array", "string", "integer", "number", "boolean"];

/// The keywords that Gemini knows and the others accept, except for those that mean a choice of types. In addition
/// there is `additionalProperties: false`, which Gemini does not know: its clients remove it, which does no harm.
const KEYWORDS: [&str; 15] = [
    "type",
    "description",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "enum",
];

/// The longest property name, in characters.
pub const MAX_NAME: usize = 64;

/// A requirement of a client or model on schemas.
#[derive(Debug)]
pub struct Rule {
    /// The client or model.
    pub client: &'static str,
    /// The requirement, as the text after "needs".
    pub needs: &'static str,
    /// A report of a violation, or the documentation.
    pub source: &'static str,
    /// Describes the violation; `None` if the rule is satisfied.
    pub(crate) broken: fn(&Part<'_>) -> Option<String>,
}

/// A schema or a part of one.
pub(crate) struct Part<'a> {
    pub schema: &'a Value,
    /// The property that it belongs to, if any.
    pub name: Option<&'a str>,
    /// Its depth.
    pub depth: usize,
}

impl Part<'_> {
    fn is_root(&self) -> bool {
        self.depth == 0
    }

    fn is(&self, kind: &str) -> bool {
        self.schema.get("type").and_then(Value::as_str) == Some(kind)
    }
}

/// All rules.
pub static RULES: &[Rule] = &[
    Rule {
        client: "MCP",
        needs: "an object at the top level",
        source: "https://modelcontextprotocol.io/specification/2025-11-25/server/tools",
        broken: |part| {
            let wrong = part.is_root() && !part.is("object");
            wrong.then(|| "is not of type object".to_owned())
        },
    },
    Rule {
        client: "Claude",
        needs: "no choice at the top level",
        source: "https://github.com/anthropics/claude-code/issues/4886",
        broken: |part| {
            let choices = ["anyOf", "oneOf", "allOf"];
            part.is_root().then(|| keyword(part, &choices)).flatten()
        },
    },
    Rule {
        client: "Claude",
        needs: "property names of 1 to 64 characters out of a-z, A-Z, 0-9, _, . and -",
        source: "https://github.com/anthropics/claude-code/issues/79418",
        broken: |part| {
            let name = part.name.filter(|name| !is_property_name(name))?;
            Some(format!("has a name of {} characters", name.chars().count()))
        },
    },
    Rule {
        client: "Claude",
        needs: "integers that fit in 53 bits",
        source: "https://github.com/RevenueCat/ai-toolkit/issues/26",
        broken: |part| {
            let numbers = ["minimum", "maximum"].map(|key| Some((key, part.schema.get(key)?)));
            let mut numbers = numbers.into_iter().flatten();
            let (key, value) =
                numbers.find(|(_, value)| !value.as_number().is_some_and(is_taken))?;
            Some(format!("has the {key} {value}"))
        },
    },
    Rule {
        client: "Codex",
        needs: "exactly one type for each value",
        source: "https://github.com/openai/codex/pull/1975",
        broken: one_type,
    },
    Rule {
        client: "Codex",
        needs: "no choice of types, which it replaces by text",
        source: "https://github.com/openai/codex/issues/13768",
        broken: |part| keyword(part, &["anyOf", "oneOf", "allOf", "not", "if"]),
    },
    Rule {
        client: "Copilot",
        needs: "`items` in every array",
        source: "https://github.com/microsoft/vscode-copilot-release/issues/9514",
        broken: |part| {
            let items = part.schema.get("items");
            let wrong = part.is("array") && !items.is_some_and(Value::is_object);
            wrong.then(|| "is an array without one schema for its items".to_owned())
        },
    },
    Rule {
        client: "Copilot",
        needs: "schemas without references",
        source: "https://github.com/perforce/p4mcp-server/issues/3",
        broken: |part| keyword(part, &["$ref", "$defs", "definitions", "$dynamicRef"]),
    },
    Rule {
        client: "Copilot",
        needs: "`enum` in strings alone",
        source: "https://github.com/github/copilot-cli/issues/4835",
        broken: |part| {
            let wrong = part.schema.get("enum").is_some() && !part.is("string");
            wrong.then(|| "has an enum and is not a string".to_owned())
        },
    },
    Rule {
        client: "OpenAI",
        needs: "`properties` in every object",
        source: "https://github.com/github/copilot-cli/issues/2223",
        broken: |part| {
            let properties = part.schema.get("properties");
            let wrong = part.is("object") && !properties.is_some_and(Value::is_object);
            wrong.then(|| "is an object without properties".to_owned())
        },
    },
    Rule {
        client: "Gemini",
        needs: "parameter names that begin with a letter or _",
        source: "https://cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/FunctionDeclaration",
        broken: |part| {
            let name = part.name.filter(|_| part.depth == 1)?;
            let begins = name.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic());
            (!begins).then(|| "has a name that begins with another character".to_owned())
        },
    },
    Rule {
        client: "Gemini",
        needs: "at least one property in every nested object",
        source: "https://github.com/agno-agi/agno/issues/2112",
        broken: |part| {
            let properties = part.schema.get("properties").and_then(Value::as_object);
            let wrong =
                !part.is_root() && part.is("object") && properties.is_some_and(Map::is_empty);
            wrong.then(|| "is an object without any property".to_owned())
        },
    },
    Rule {
        client: "Gemini",
        needs: "enums of one or more distinct, non-empty strings",
        source: "https://github.com/sbroenne/mcp-server-excel/issues/607",
        broken: texts,
    },
    Rule {
        client: "Gemini",
        needs: "every required property to be defined",
        source: "https://github.com/iBUHub/AIStudioToAPI/issues/154",
        broken: required,
    },
    Rule {
        client: "Gemini",
        needs: "no unknown keywords",
        source: "https://github.com/zendev-sh/goai/pull/108",
        broken: |part| {
            let mut keys = part.schema.as_object()?.keys();
            let unknown = keys.find(|key| !KEYWORDS.contains(&key.as_str()))?;
            Some(format!("has the keyword {unknown}"))
        },
    },
    Rule {
        client: "Gemini",
        needs: "`additionalProperties` to be absent, or false, which its clients remove",
        source: "https://github.com/brainlid/langchain/pull/599",
        broken: |part| {
            let other = part.schema.get("additionalProperties")?;
            (*other != Value::Bool(false)).then(|| "allows additional properties".to_owned())
        },
    },
];

/// Tells whether every client accepts a property with this name.
#[must_use]
pub fn is_property_name(name: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(known)
}

fn keyword(part: &Part<'_>, keywords: &[&str]) -> Option<String> {
    let mut found = keywords.iter();
    let found = found.find(|key| part.schema.get(**key).is_some())?;
    Some(format!("has the keyword {found}"))
}

fn is_taken(number: &Number) -> bool {
    match (number.as_i64(), number.is_f64()) {
        (Some(integer), _) => integer.unsigned_abs() <= MAX_INTEGER.unsigned_abs(),
        (None, is_float) => is_float,
    }
}

fn one_type(part: &Part<'_>) -> Option<String> {
    match part.schema.get("type") {
        Some(Value::String(kind)) if TYPES.contains(&kind.as_str()) => None,
        Some(Value::Array(_)) => Some("has a list of types".to_owned()),
        Some(other) => Some(format!("has the type {other}")),
        None => Some("has no type".to_owned()),
    }
}

fn texts(part: &Part<'_>) -> Option<String> {
    let listed = part.schema.get("enum")?;
    let listed = listed.as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    if listed.is_empty() {
        return Some("has an empty enum".to_owned());
    }
    if let Some(other) = listed.iter().find(|value| !text(value)) {
        return Some(format!("has an enum with {other}"));
    }
    let mut each = listed.iter().enumerate();
    let twice = each.find(|(index, value)| listed[..*index].contains(value));
    twice.map(|(_, value)| format!("has an enum with {value} twice"))
}

fn required(part: &Part<'_>) -> Option<String> {
    let names = part.schema.get("required")?;
    let properties = part.schema.get("properties");
    let is_known = |name: &Value| {
        let name = name.as_str();
        name.is_some_and(|name| properties.is_some_and(|known| known.get(name).is_some()))
    };
    let names = names.as_array().map(Vec::as_slice).unwrap_or_default();
    let unknown = names.iter().find(|name| !is_known(name))?;
    Some(format!("requires {unknown}, which is not a property"))
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
