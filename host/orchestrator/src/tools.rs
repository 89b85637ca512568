//! Methods as MCP tools.

use luminarys_grants::{Mapping, McpSection};
use luminarys_package::Visibility;
use luminarys_runtime::{Method, values};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// One tool.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tool {
    /// Unique: the instance id, and for a single method the separator and the method.
    pub name: String,
    /// The instance id.
    pub skill: String,
    /// The method; none for a tool that stands for the whole skill and takes `{"method": …, "params": {…}}`.
    pub method: Option<String>,
    /// For the model.
    pub description: String,
    /// JSON Schema of the arguments, always an object.
    pub input_schema: Value,
    /// JSON Schema of the structured result, always an object.
    pub output_schema: Option<Value>,
    /// Whether the method's result is no object, so that it becomes the property `result` of one.
    pub wraps_result: bool,
}

impl Tool {
    /// A method's result as structured content, which is an object and fits `output_schema`; none for no result.
    pub fn structured(&self, value: Value) -> Option<Value> {
        match value {
            Value::Null if self.output_schema.is_none() => None,
            value if self.wraps_result => Some(json!({ "result": value })),
            value @ Value::Object(_) => Some(value),
            value => Some(json!({ "result": value })),
        }
    }
}

/// Whether clients see `method`.
pub(crate) fn exposed(method: &Method, section: &McpSection) -> bool {
    would_be_exposed(method, section) && method.unfit.is_none()
}

fn would_be_exposed(method: &Method, section: &McpSection) -> bool {
    method.visibility == Visibility::Public
        && method.unavailable.is_none()
        && !section.hidden_methods.contains(&method.name)
        && (section.exposed_methods.is_empty() || section.exposed_methods.contains(&method.name))
}

/// What the manifest's `mcp` section asks for and clients are not given, for the operator.
pub(crate) fn list_warnings(methods: &[Method], section: &McpSection) -> Vec<String> {
    let offered = methods.iter().filter(|it| would_be_exposed(it, section));
    let unfit = offered.filter_map(|method| Some((&method.name, method.unfit.as_ref()?)));
    let mut warnings: Vec<String> = unfit
        .map(|(name, reason)| {
            format!(
                "method {name} is not offered to clients, some of which would refuse all tools beside it: {reason}; \
                 its author can change that, and mcp.hidden_methods: [{name}] ends this warning"
            )
        })
        .collect();
    for (key, names) in [
        ("hidden_methods", &section.hidden_methods),
        ("exposed_methods", &section.exposed_methods),
    ] {
        for name in names {
            match methods.iter().find(|method| method.name == *name) {
                None => warnings.push(format!(
                    "mcp.{key} names {name:?}, which is no method of this skill"
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

/// The tools of one skill: `id` is its instance id, `description` tells what it is for.
pub(crate) fn tools(
    id: &str,
    description: &str,
    methods: &[Method],
    section: &McpSection,
    separator: &str,
) -> Vec<Tool> {
    let methods = methods.iter().filter(|method| exposed(method, section));
    match section.mapping {
        Mapping::PerMethod => methods
            .map(|method| of_method(id, method, separator))
            .collect(),
        Mapping::PerSkill => of_skill(id, description, &methods.collect::<Vec<_>>())
            .into_iter()
            .collect(),
    }
}

fn of_method(id: &str, method: &Method, separator: &str) -> Tool {
    let output_schema = method.output_schema.clone().map(values::wrap_schema);
    Tool {
        name: format!("{id}{separator}{}", method.name),
        skill: id.to_owned(),
        method: Some(method.name.clone()),
        description: method.description.clone(),
        input_schema: method.input_schema.clone(),
        wraps_result: output_schema != method.output_schema,
        output_schema,
    }
}

fn of_skill(id: &str, description: &str, methods: &[&Method]) -> Option<Tool> {
    if methods.is_empty() {
        return None;
    }
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
    Some(Tool {
        name: id.to_owned(),
        skill: id.to_owned(),
        method: None,
        description: text.trim().to_owned(),
        input_schema: json!({
            "type": "object",
            "properties": {
                "method": { "type": "string", "enum": names, "description": "The method to call." },
                // As text: not every client takes an object of which nothing is known.
                "params": { "type": "string", "description": "The method's parameters: a JSON object, as text." },
            },
            "required": ["method"],
            "additionalProperties": false,
        }),
        output_schema: None,
        wraps_result: false,
    })
}

/// The parameters of a method.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Params {
    /// An object.
    Json(Value),
    /// What should be the text of one.
    Text(String),
}

/// Takes the arguments of a tool that stands for a whole skill apart, into method and parameters.
///
/// # Errors
/// What is wrong with them, for the caller.
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
