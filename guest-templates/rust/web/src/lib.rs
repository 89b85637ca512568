//! Requests to web servers, as methods.

#![allow(
    clippy::too_many_arguments,
    reason = "the bindings pass each part of a parameter by itself"
)]

mod statuses;

wit_bindgen::generate!({ path: ["../../../wit", "wit"], world: "luminarys-rust:web/web", generate_all });

use luminarys::skill::http::{self, Header, RequestOptions, Response};
use luminarys::skill::types::Error;
use serde_json::{Map, Value, json};

struct Web;

fn text(error: Error) -> String {
    match error {
        Error::Denied(denial) => format!(
            "denied: {}; to allow it, the manifest needs {}",
            denial.target, denial.suggestion
        ),
        Error::NotFound(text)
        | Error::AlreadyExists(text)
        | Error::Invalid(text)
        | Error::TooLarge(text)
        | Error::LimitExceeded(text)
        | Error::Timeout(text)
        | Error::Closed(text)
        | Error::Unavailable(text)
        | Error::Io(text) => text,
    }
}

fn send(
    method: &str,
    url: String,
    headers: Vec<Header>,
    body: String,
    timeout_ms: Option<u32>,
) -> Result<Response, String> {
    let request = http::Request {
        method: method.to_owned(),
        url,
        headers,
        cookies: Vec::new(),
        body: body.into_bytes(),
    };
    let options = RequestOptions::new();
    if let Some(timeout) = timeout_ms {
        options.set_timeout(timeout.into());
    }
    http::send(&request, Some(&options)).map_err(text)
}

/// The body of an answer that is none of failure.
fn body(response: Response) -> Result<String, String> {
    let body = String::from_utf8_lossy(&response.body).into_owned();
    if response.status >= 400 {
        let beginning: String = body.chars().take(500).collect();
        return Err(format!("status {}: {beginning}", response.status));
    }
    Ok(body)
}

fn header(name: &str, value: &str) -> Header {
    Header {
        name: name.to_owned(),
        value: value.as_bytes().to_vec(),
    }
}

/// Headers from a JSON object.
fn headers(json: &str) -> Result<Vec<Header>, String> {
    let parsed: Map<String, Value> =
        serde_json::from_str(json).map_err(|error| format!("headers: {error}"))?;
    let each = parsed.into_iter().map(|(name, value)| match value {
        Value::String(value) => Ok(header(&name, &value)),
        Value::Number(value) => Ok(header(&name, &value.to_string())),
        other => Err(format!("headers: {name}: a text is wanted, not {other}")),
    });
    each.collect()
}

impl Guest for Web {
    fn get(url: String, timeout_ms: Option<u32>) -> Result<String, String> {
        body(send("GET", url, Vec::new(), String::new(), timeout_ms)?)
    }

    fn get_json(url: String, timeout_ms: Option<u32>) -> Result<String, String> {
        let accept = vec![header("accept", "application/json")];
        let text = body(send("GET", url, accept, String::new(), timeout_ms)?)?;
        let json: Value =
            serde_json::from_str(&text).map_err(|error| format!("not JSON: {error}"))?;
        Ok(format!("{json:#}"))
    }

    fn post(url: String, content: String, timeout_ms: Option<u32>) -> Result<String, String> {
        let is_json = serde_json::from_str::<Value>(&content).is_ok();
        let kind = if is_json {
            "application/json"
        } else {
            "text/plain; charset=utf-8"
        };
        let headers = vec![header("content-type", kind)];
        body(send("POST", url, headers, content, timeout_ms)?)
    }

    fn request(
        method: String,
        url: String,
        content: Option<String>,
        given: Option<String>,
        timeout_ms: Option<u32>,
    ) -> Result<String, String> {
        let given = given.filter(|given| !given.trim().is_empty());
        let headers = given.map_or_else(|| Ok(Vec::new()), |given| headers(&given))?;
        let content = content.unwrap_or_default();
        let answer = send(&method, url, headers, content, timeout_ms)?;
        let body = String::from_utf8_lossy(&answer.body);
        Ok(json!({ "status": answer.status, "body": body }).to_string())
    }

    fn head(url: String, timeout_ms: Option<u32>) -> Result<String, String> {
        let answer = send("HEAD", url, Vec::new(), String::new(), timeout_ms)?;
        let mut headers = Map::new();
        for Header { name, value } in answer.headers {
            let value = String::from_utf8_lossy(&value).into_owned();
            // One that came twice is one with a comma, as for a list.
            let joined = match headers.get(&name).and_then(Value::as_str) {
                Some(before) => format!("{before}, {value}"),
                None => value,
            };
            headers.insert(name, Value::String(joined));
        }
        Ok(json!({ "status": answer.status, "headers": headers }).to_string())
    }

    async fn statuses(urls: Vec<String>) -> Result<Vec<String>, String> {
        statuses::of(urls).await
    }
}

export!(Web);
