//! Methods as MCP tools.

use serde::Serialize;
use serde_json::Value;

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
            value if self.wraps_result => Some(serde_json::json!({ "result": value })),
            value @ Value::Object(_) => Some(value),
            value => Some(serde_json::json!({ "result": value })),
        }
    }
}
