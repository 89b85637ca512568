//! Reads messages for both transports, and explains what is wrong with a text that is not one.

use std::borrow::Cow;

use bytes::{Bytes, BytesMut};
use luminarys_text::cut;
use rmcp::RoleServer;
use rmcp::model::ErrorData;
use rmcp::service::RxJsonRpcMessage;
use rmcp::transport::async_rw::{JsonRpcMessageCodec, JsonRpcMessageCodecError};
use serde::Deserialize;
use serde_json::error::Category;
use serde_json::value::RawValue;
use tokio_util::codec::Decoder as _;

/// The longest explanation of what is wrong, in characters.
const LONGEST_REASON: usize = 500;

/// The longest request for a list whose cursor is checked, in bytes.
const LONGEST_LIST_REQUEST: usize = 64 << 10;

/// Parses the text of a message. `None` is a notification that this protocol does not have.
pub(crate) fn parse(
    text: impl Into<Bytes>,
) -> Result<Option<RxJsonRpcMessage<RoleServer>>, ErrorData> {
    let text = text.into();
    if let Some(error) = wrong_cursor(&text) {
        return Err(error);
    }
    let mut text = BytesMut::from(text);
    let mut codec = JsonRpcMessageCodec::<RxJsonRpcMessage<RoleServer>>::new();
    codec.decode_eof(&mut text).map_err(|error| {
        let is_json = match &error {
            JsonRpcMessageCodecError::Serde(error) => {
                !matches!(error.classify(), Category::Syntax | Category::Eof)
            }
            _ => true,
        };
        let error = error.to_string();
        let why = error.strip_prefix("serde error ").unwrap_or(&error);
        let why = cut(why, LONGEST_REASON);
        match is_json {
            true => ErrorData::invalid_request(format!("not a JSON-RPC 2.0 message: {why}"), None),
            false => ErrorData::parse_error(format!("not JSON: {why}"), None),
        }
    })
}

/// Returns the error of a request for a list whose params or cursor have the wrong type.
///
/// rmcp reads such params as none, and would answer with the first page.
pub(crate) fn wrong_cursor(text: &[u8]) -> Option<ErrorData> {
    #[derive(Deserialize)]
    struct Head<'a> {
        #[serde(borrow)]
        method: Cow<'a, str>,
        #[serde(borrow)]
        params: Option<&'a RawValue>,
    }
    #[derive(Deserialize)]
    struct Params {
        #[serde(rename = "cursor")]
        _cursor: Option<String>,
    }
    // A request for a list is short.
    if text.len() > LONGEST_LIST_REQUEST {
        return None;
    }
    let head: Head<'_> = serde_json::from_slice(text).ok()?;
    let params = head.params.filter(|_| head.method.ends_with("/list"))?;
    let is_object = params.get().starts_with('{');
    if is_object && serde_json::from_str::<Params>(params.get()).is_ok() {
        return None;
    }
    let why = match is_object {
        true => "its cursor is not a string",
        false => "they are not an object",
    };
    let method = cut(&head.method, LONGEST_REASON);
    let text = format!("the params of {method} are not valid: {why}");
    Some(ErrorData::invalid_params(text, None))
}

/// Parses a body, which must be a message.
///
/// # Errors
/// The JSON-RPC error for it.
pub(crate) fn parse_body(text: Bytes) -> Result<(), ErrorData> {
    match text.trim_ascii().is_empty() {
        true => Err(ErrorData::parse_error("the body is empty", None)),
        false => parse(text).map(drop),
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn invalid_messages_are_distinguished_from_invalid_json() {
        let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
        let rows = [
            (ping.as_bytes(), 0),
            (
                b"\xef\xbb\xbf{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\r",
                0,
            ),
            (br#"{"jsonrpc":"2.0","method":"of/others"}"#, 0),
            (b"hello", -32700),
            (br#"{"jsonrpc":"2.0","id":1,"method":"ping""#, -32700),
            (br#"{"jsonrpc":"2.0","id":1e400,"method":"ping"}"#, -32700),
            (br#"{"jsonrpc":"2.0","id":1,"method":"\ud800"}"#, -32700),
            (
                b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}",
                -32700,
            ),
            (b"\0\0", -32700),
            (&[ping, ping].concat().into_bytes(), -32700),
            (b"5", -32600),
            (br#"{"jsonrpc":"2.0","id":1}"#, -32600),
            (br#"{"jsonrpc":"2.0","id":1,"method":5}"#, -32600),
            (br#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, -32600),
            (
                br#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#,
                -32600,
            ),
            (br#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, -32600),
            (
                br#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":5}}"#,
                -32602,
            ),
            (
                br#"{"jsonrpc":"2.0","id":1,"method":"prompts/list","params":{"cursor":[]}}"#,
                -32602,
            ),
            (
                br#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[]}"#,
                -32602,
            ),
            (
                br#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"5"}}"#,
                0,
            ),
            (
                br#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":null}}"#,
                0,
            ),
            (
                br#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":null}"#,
                0,
            ),
            (br#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#, 0),
        ];
        each_row(rows, |(line, code)| {
            let text = String::from_utf8_lossy(line);
            let answered = parse(line.to_vec()).map_err(|error| error.code.0);
            assert_eq!(answered.err().unwrap_or_default(), code, "{text}");
        });
    }
}
