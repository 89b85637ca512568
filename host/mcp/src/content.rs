//! Tools and errors as MCP has them, errors without secrets, and what answers take while they are sent.

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

/// The texts of a result, and copies of it as JSON while it is sent.
const COPIES: usize = 4;

/// How much of a name that a client made up is told back, in characters.
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

/// Returns all hints: what is left out, clients take for what they like.
fn annotations(tool: &HostTool) -> ToolAnnotations {
    let effects = tool.effects;
    ToolAnnotations::with_title(tool.title.clone())
        .read_only(effects.read_only)
        .destructive(effects.destructive)
        .idempotent(effects.idempotent)
        .open_world(effects.open_world)
}

/// Returns the error of a request whose id another has that is open.
pub(crate) fn id_in_use(id: &RequestId) -> ErrorData {
    let why = format!("the request id {id} is in use; choose another");
    ErrorData::invalid_request(why, None)
}

/// Returns the error of a request that is none of the protocol's: its method is unknown, or its parameters are others.
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
            let why = format!("the params of {method} are not what it takes: {wrong}");
            ErrorData::invalid_params(cut(&why, 2 * MAX_NAME).into_owned(), None)
        }
        None => ErrorData::new(ErrorCode::METHOD_NOT_FOUND, method, None),
    }
}

/// Returns a call's error, redacted: a result of the tool when the model can correct the call, else an error of the protocol.
pub(crate) fn failure(error: &InvokeError) -> Result<CallToolResult, ErrorData> {
    let text = redact(&error.to_string()).into_owned();
    match error {
        InvokeError::UnknownTool(_) | InvokeError::UnknownSkill(_) => {
            // The name is the client's, and may be long.
            let text = cut(&text, 2 * MAX_NAME).into_owned();
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

/// What the hints of a tool take as JSON, in bytes.
const HINTS: usize = 160;

/// Returns the bytes of memory that a tool's description takes until its client has read it.
pub(crate) fn described(tool: &HostTool) -> usize {
    let schemas = [Some(&tool.input_schema), tool.output_schema.as_ref()];
    let schemas = schemas.into_iter().flatten();
    // The title stands twice, in the hints as well.
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
    use super::*;

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
