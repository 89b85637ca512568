//! Results and errors as MCP has them. Errors hold no secrets; a result is what the skill chose to return.

use std::io;

use luminarys_orchestrator::{CallError, InvokeError, Outcome, Tool};
use luminarys_text::{json, redact};
use rmcp::ErrorData;
use rmcp::model::{CallToolResult, ContentBlock};
use serde::Serialize;
use serde_json::Value;

/// The texts of a result, and copies of it as JSON while it is sent.
const COPIES: usize = 4;

/// A call's result: text, the same structured where the tool is known and has an output schema, and the text for the
/// model.
pub(crate) fn success(tool: Option<&Tool>, outcome: Outcome) -> CallToolResult {
    let text = match &outcome.value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        value => value.to_string(),
    };
    let mut content = vec![ContentBlock::text(text)];
    content.extend(outcome.text_for_model.map(ContentBlock::text));
    let mut result = CallToolResult::success(content);
    result.structured_content = tool.and_then(|tool| tool.structured(outcome.value));
    result
}

/// Returns a call's error, redacted: a result of the tool when the model can correct the call, else an error of the protocol.
pub(crate) fn failure(error: &InvokeError) -> Result<CallToolResult, ErrorData> {
    let text = redact(&error.to_string()).into_owned();
    match error {
        InvokeError::UnknownTool(_) | InvokeError::UnknownSkill(_) => {
            Err(ErrorData::invalid_params(text, None))
        }
        InvokeError::ShuttingDown => Err(ErrorData::internal_error(text, None)),
        _ => {
            let mut content = vec![ContentBlock::text(text)];
            if let InvokeError::Call(CallError::Skill {
                denial: Some(denial),
                ..
            }) = error
            {
                // The skill's own words may have left out why.
                let denial = redact(&denial.to_string()).into_owned();
                content.push(ContentBlock::text(denial));
            }
            Ok(CallToolResult::error(content))
        }
    }
}

/// Returns the bytes of memory that a result takes until its client has read it: as a value, as JSON, and as events.
pub(crate) fn held(result: &CallToolResult) -> usize {
    let structured = result.structured_content.as_ref().map_or(0, in_memory);
    structured + COPIES * written(result)
}

/// Returns the bytes of memory that a tool's description takes until its client has read it.
pub(crate) fn described(tool: &Tool) -> usize {
    let schemas = [Some(&tool.input_schema), tool.output_schema.as_ref()];
    let schemas = schemas.into_iter().flatten();
    let texts = tool.name.len() + tool.description.len();
    schemas
        .map(|schema| in_memory(schema) + COPIES * written(schema))
        .sum::<usize>()
        + COPIES * texts
}

fn in_memory(value: &Value) -> usize {
    usize::try_from(json::memory(value)).unwrap_or(usize::MAX)
}

/// Returns the length of `value` as JSON, in bytes.
fn written(value: &impl Serialize) -> usize {
    struct Length(usize);
    impl io::Write for Length {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut length = Length(0);
    // Counting does not fail, nor does writing what is JSON already.
    let _ = serde_json::to_writer(&mut length, value);
    length.0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tool(schema: Value, wraps_result: bool) -> Tool {
        Tool {
            name: "t".into(),
            skill: "s".into(),
            method: None,
            description: String::new(),
            input_schema: json!({}),
            output_schema: Some(schema),
            wraps_result,
        }
    }

    #[test]
    fn structured_content_follows_the_schema() {
        let wrapped = tool(
            json!({ "type": "object", "properties": { "result": { "type": "string" } } }),
            true,
        );
        let outcome = Outcome {
            value: json!("a"),
            text_for_model: Some("hint".into()),
            held: Default::default(),
        };
        let result = success(Some(&wrapped), outcome);
        assert_eq!(result.structured_content, Some(json!({ "result": "a" })));
        assert_eq!(result.content.len(), 2);
        let object = tool(
            json!({ "type": "object", "properties": { "a": {} } }),
            false,
        );
        let outcome = Outcome {
            value: json!({ "a": 1 }),
            text_for_model: None,
            held: Default::default(),
        };
        assert_eq!(
            success(Some(&object), outcome).structured_content,
            Some(json!({ "a": 1 }))
        );
    }

    #[test]
    fn no_error_holds_a_secret() {
        let secret = "the \"content\" test\'s secret";
        let _registered = luminarys_text::Redactor::process().register([secret]);
        let denial =
            luminarys_grants::Denial::new("http", &format!("https://a/{secret}"), secret, secret);
        for error in [
            InvokeError::UnknownTool(secret.into()),
            InvokeError::UnknownSkill(format!("{secret:?}")),
            InvokeError::NotLoaded {
                skill: "s".into(),
                problem: secret.into(),
            },
            InvokeError::Denied(denial.clone()),
            InvokeError::InvalidArguments(format!("{secret:?}")),
            InvokeError::Call(CallError::Trap(secret.into())),
            InvokeError::Call(CallError::Host(secret.into())),
            InvokeError::Call(CallError::Skill {
                message: secret.into(),
                denial: Some(denial),
            }),
        ] {
            let shown = match failure(&error) {
                Ok(result) => serde_json::to_string(&result).unwrap(),
                Err(error) => serde_json::to_string(&error).unwrap(),
            };
            assert!(
                shown.contains("[secret]") && !shown.contains("content\\\" test"),
                "{shown}"
            );
        }
    }

    #[test]
    fn a_result_outlives_its_tool() {
        let outcome = Outcome {
            value: json!({ "a": 1 }),
            text_for_model: None,
            held: Default::default(),
        };
        let result = success(None, outcome);
        assert_eq!(result.structured_content, None);
        let text = result.content[0].as_text().map(|text| text.text.as_str());
        assert_eq!(text, Some("{\"a\":1}"));
        assert!(held(&result) > 7);
    }

    #[test]
    fn unknown_tools_are_the_protocols_errors() {
        assert!(failure(&InvokeError::UnknownTool("x".into())).is_err());
        let wrong = failure(&InvokeError::InvalidArguments("missing".into())).unwrap();
        assert_eq!(wrong.is_error, Some(true));
    }
}
