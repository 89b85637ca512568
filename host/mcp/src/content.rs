//! Results and errors as MCP has them. Errors hold no secrets; a result is what the skill chose to return.

use luminarys_orchestrator::{CallError, InvokeError, Outcome, Tool};
use luminarys_text::redact;
use rmcp::ErrorData;
use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::Value;

/// A call's result: text, the same structured where the tool has an output schema, and the text for the model.
pub(crate) fn success(tool: &Tool, outcome: Outcome) -> CallToolResult {
    let text = match &outcome.value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        value => value.to_string(),
    };
    let mut content = vec![ContentBlock::text(text)];
    content.extend(outcome.text_for_model.map(ContentBlock::text));
    let mut result = CallToolResult::success(content);
    result.structured_content = tool.structured(outcome.value);
    result
}

/// A call's error, redacted: what the model can mend is the tool's error, the rest the protocol's.
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
        };
        let result = success(&wrapped, outcome);
        assert_eq!(result.structured_content, Some(json!({ "result": "a" })));
        assert_eq!(result.content.len(), 2);
        let object = tool(
            json!({ "type": "object", "properties": { "a": {} } }),
            false,
        );
        let outcome = Outcome {
            value: json!({ "a": 1 }),
            text_for_model: None,
        };
        assert_eq!(
            success(&object, outcome).structured_content,
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
    fn unknown_tools_are_the_protocols_errors() {
        assert!(failure(&InvokeError::UnknownTool("x".into())).is_err());
        let wrong = failure(&InvokeError::InvalidArguments("missing".into())).unwrap();
        assert_eq!(wrong.is_error, Some(true));
    }
}
