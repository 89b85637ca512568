//! Tools and errors in the form of MCP, errors without secrets, and the memory of responses while they are sent.

use std::sync::Arc;

use luminarys_orchestrator::{CallError, InvokeError, Tool as HostTool};
use luminarys_text::{cut, json, redact};
use rmcp::ErrorData;
use rmcp::model::{
    CallToolRequestParams, CallToolResult, ContentBlock, CustomRequest, ErrorCode, JsonObject,
    ReadResourceRequestParams, RequestId, Tool, ToolAnnotations,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Copies of a result that exist while it is sent: its texts and its JSON.
const COPIES: usize = 4;

/// The longest part of a client's own name that is repeated in an error, in characters.
const MAX_NAME: usize = 200;

/// Describes a tool to clients.
pub(crate) fn describe(tool: &HostTool) -> Tool {
    let object =
        |value: &Value| Arc::new(value.as_object().cloned().unwrap_or_else(JsonObject::new));
    let mut described = Tool::new(
        tool.name.clone(),
        tool.description.clone(),
        object(&tool.input_schema),
    );
    described.output_schema = tool.output_schema.as_ref().map(object);
    described.title = Some(tool.title.clone());
    described.annotations = Some(annotations(tool));
    described
}

/// Returns all hints: for those that are missing, clients assume what they like.
fn annotations(tool: &HostTool) -> ToolAnnotations {
    let effects = tool.effects;
    ToolAnnotations::with_title(tool.title.clone())
        .read_only(effects.read_only)
        .destructive(effects.destructive)
        .idempotent(effects.idempotent)
        .open_world(effects.open_world)
}

/// Returns the error of a request whose id belongs to another open request.
pub(crate) fn id_in_use(id: &RequestId) -> ErrorData {
    let why = format!("the request id {id} is in use; choose another");
    ErrorData::invalid_request(why, None)
}

/// Returns the error of a request that is not part of the protocol: its method is unknown, or its parameters are
/// invalid.
pub(crate) fn not_understood(request: &CustomRequest) -> ErrorData {
    fn wrong<T: DeserializeOwned>(request: &CustomRequest) -> Option<String> {
        match request.params_as::<T>() {
            Ok(None) => Some("they are missing".to_owned()),
            Ok(Some(_)) => None,
            Err(error) => Some(error.to_string()),
        }
    }
    let wrong = match &*request.method {
        "tools/call" => wrong::<CallToolRequestParams>(request),
        "resources/read" => wrong::<ReadResourceRequestParams>(request),
        _ => None,
    };
    let method = cut(&request.method, MAX_NAME).into_owned();
    match wrong {
        Some(wrong) => {
            let why = format!("the params of {method} are not valid: {wrong}");
            ErrorData::invalid_params(cut(&why, 2 * MAX_NAME).into_owned(), None)
        }
        None => ErrorData::new(ErrorCode::METHOD_NOT_FOUND, method, None),
    }
}

/// Returns a call's error, redacted: a result of the tool when the model can correct the call, else an error of the
/// protocol.
pub(crate) fn failure(error: &InvokeError) -> Result<CallToolResult, ErrorData> {
    let text = redact(&error.to_string()).into_owned();
    match error {
        InvokeError::UnknownTool(_) | InvokeError::UnknownSkill(_) => {
            // The name comes from the client, and may be long.
            let text = cut(&text, 2 * MAX_NAME).into_owned();
            Err(ErrorData::invalid_params(text, None))
        }
        InvokeError::NotConnected(_) => {
            let text = cut(&text, 4 * MAX_NAME).into_owned();
            Ok(CallToolResult::error(vec![ContentBlock::text(text)]))
        }
        InvokeError::ShuttingDown => Err(ErrorData::internal_error(text, None)),
        _ => {
            let mut content = vec![ContentBlock::text(text)];
            if let InvokeError::Call(CallError::Skill {
                denial: Some(denial),
                message,
            }) = error
                && !denial.is_told_by(message)
            {
                // The skill's own message omits the reason.
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

/// The size of a tool's hints as JSON, in bytes.
const HINTS: usize = 160;

/// Returns the bytes of memory that a tool's description takes until its client has read it.
pub(crate) fn described(tool: &HostTool) -> usize {
    let schemas = [Some(&tool.input_schema), tool.output_schema.as_ref()];
    let schemas = schemas.into_iter().flatten();
    // The title occurs twice, in the hints as well.
    let texts = tool.name.len() + 2 * tool.title.len() + tool.description.len() + HINTS;
    schemas
        .map(|schema| in_memory(schema) + COPIES * written(schema))
        .sum::<usize>()
        + COPIES * texts
}

fn in_memory(value: &Value) -> usize {
    usize::try_from(json::memory(value)).unwrap_or(usize::MAX)
}

/// Returns the length of `value` as JSON, in bytes.
pub(crate) fn written(value: &impl Serialize) -> usize {
    json::written(value).bytes
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn errors_contain_no_secret() {
        let secret = "the \"content\" test\'s secret";
        let _registered = luminarys_text::Redactor::process().register([secret]);
        let denial =
            luminarys_grants::Denial::new("http", &format!("https://a/{secret}"), secret, secret);
        let rows = [
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
        ];
        each_row(rows, |error| {
            let shown = match failure(&error) {
                Ok(result) => serde_json::to_string(&result).unwrap(),
                Err(error) => serde_json::to_string(&error).unwrap(),
            };
            assert!(
                shown.contains("[secret]") && !shown.contains("content\\\" test"),
                "{shown}"
            );
        });
    }

    #[test]
    fn a_denial_is_told_once() {
        let denial =
            luminarys_grants::Denial::new("fs", "/etc/passwd", "not granted", "permissions.fs: {}");
        let rows = [
            (String::new(), 2),
            ("not granted".to_owned(), 2),
            (format!("cannot read {}", denial.target), 2),
            (format!("add {}", denial.rule), 2),
            (format!("{}: {}", denial.target, denial.rule), 2),
            (denial.to_string(), 1),
            (format!("Error: {denial}\n    at program:1"), 1),
        ];
        each_row(rows, |(message, blocks)| {
            let denial = Some(denial.clone());
            let shown = failure(&InvokeError::Call(CallError::Skill { message, denial }));
            assert_eq!(shown.unwrap().content.len(), blocks);
        });
    }

    #[test]
    fn unknown_tools_are_the_protocols_errors() {
        assert!(failure(&InvokeError::UnknownTool("x".into())).is_err());
        let wrong = failure(&InvokeError::InvalidArguments("missing".into())).unwrap();
        assert_eq!(wrong.is_error, Some(true));
    }
}
