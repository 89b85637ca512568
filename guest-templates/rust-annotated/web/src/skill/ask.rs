//! What requests are made of.

use luminarys_sdk::SkillError;
use luminarys_sdk::skill::http::{self, Header, Request, RequestOptions, Response};
use serde_json::{Map, Value};

/// Sends a request and goes where the answer says.
pub fn send(
    method: &str,
    url: String,
    headers: Vec<Header>,
    body: String,
    timeout_ms: i64,
) -> Result<Response, SkillError> {
    let timeout_ms = u32::try_from(timeout_ms)
        .map_err(|_| format!("timeout_ms: {timeout_ms} is not possible"))?;
    let request = Request {
        method: method.to_owned(),
        url,
        headers,
        body: body.into_bytes(),
        ..Request::default()
    };
    let options = RequestOptions::new();
    options.set_timeout(timeout_ms.into());
    Ok(http::send(&request, Some(&options))?)
}

pub fn header(name: &str, value: &str) -> Header {
    Header::new(name, value)
}

/// What a body is sent as.
pub fn kind(body: &str) -> &'static str {
    match serde_json::from_str::<Value>(body) {
        Ok(_) => "application/json",
        Err(_) => "text/plain; charset=utf-8",
    }
}

/// Headers from a JSON object.
pub fn headers(object: &str) -> Result<Vec<Header>, SkillError> {
    if object.trim().is_empty() {
        return Ok(Vec::new());
    }
    let parsed: Map<String, Value> =
        serde_json::from_str(object).map_err(|error| format!("headers: {error}"))?;
    let each = parsed.into_iter().map(|(name, value)| match value {
        Value::String(value) => Ok(header(&name, &value)),
        Value::Number(value) => Ok(header(&name, &value.to_string())),
        other => Err(SkillError(format!(
            "headers: {name}: a text is wanted, not {other}"
        ))),
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_an_object_of_texts() {
        for (object, expected) in [
            (" ", ""),
            ("{}", ""),
            (r#"{"B": "1", "A": 2}"#, "A: 2, B: 1"),
        ] {
            let headers = headers(object).unwrap();
            let each = headers
                .iter()
                .map(|header| format!("{}: {}", header.name, header.text()));
            assert_eq!(each.collect::<Vec<_>>().join(", "), expected);
        }
        for object in ["nonsense", "[]", r#"{"A": {}}"#, r#"{"A": null}"#, "{} x"] {
            let error = headers(object).unwrap_err().0;
            assert!(error.starts_with("headers: "), "{object}: {error}");
        }
    }

    #[test]
    fn json_is_recognised() {
        assert_eq!(kind(r#"{"a": 1}"#), "application/json");
        assert_eq!(kind("plain"), "text/plain; charset=utf-8");
    }

    #[test]
    fn no_time_is_below_zero() {
        let sent = send("GET", String::new(), Vec::new(), String::new(), -1);
        assert_eq!(sent.unwrap_err().0, "timeout_ms: -1 is not possible");
    }
}
