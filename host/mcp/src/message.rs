//! Reading a message, by either transport: what is wrong with a text that is none.

use bytes::{Bytes, BytesMut};
use luminarys_text::cut;
use rmcp::RoleServer;
use rmcp::model::ErrorData;
use rmcp::service::RxJsonRpcMessage;
use rmcp::transport::async_rw::{JsonRpcMessageCodec, JsonRpcMessageCodecError};
use serde_json::error::Category;
use tokio_util::codec::Decoder as _;

/// The longest explanation of what is wrong, in characters.
const LONGEST_REASON: usize = 500;

/// Parses the text of a message. None is a notification that other protocols have and this one has not.
pub(crate) fn parse(
    text: impl Into<Bytes>,
) -> Result<Option<RxJsonRpcMessage<RoleServer>>, ErrorData> {
    let mut text = BytesMut::from(text.into());
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
            true => ErrorData::invalid_request(format!("no message of JSON-RPC 2.0: {why}"), None),
            false => ErrorData::parse_error(format!("not JSON: {why}"), None),
        }
    })
}

/// Parses a body, which must be a message.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn parse_body(text: Bytes) -> Result<(), ErrorData> {
    match text.trim_ascii().is_empty() {
        true => Err(ErrorData::parse_error("the body is empty", None)),
        false => parse(text).map(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_message_is_told_apart_from_what_is_no_json() {
        let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
        for (line, code) in [
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
        ] {
            let text = String::from_utf8_lossy(line);
            let answered = parse(line.to_vec()).map_err(|error| error.code.0);
            assert_eq!(answered.err().unwrap_or_default(), code, "{text}");
        }
    }
}
