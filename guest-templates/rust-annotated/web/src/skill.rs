//! HTTP for agents. Which servers are reached, the manifest says.
//!
//! @skill:id       ai.luminarys.rust-annotated.web
//! @skill:name     "Web"
//! @skill:version  1.0.0
//! @skill:desc     "HTTP requests to the servers that the manifest lists."

mod answer;
mod ask;

use luminarys_sdk::{Context, SkillError};
use serde_json::{Value, json};

/// @skill:method  get "Fetches a page, redirects followed. A status of 400 or more is an error."
/// @skill:param   url required "The address" example:https://example.com/
/// @skill:param   timeout_ms optional "Milliseconds to wait at most" default:30000
/// @skill:result  "The body as text"
/// @skill:hint    read-only
pub fn get(_ctx: &mut Context, url: String, timeout_ms: i64) -> Result<String, SkillError> {
    let response = ask::send("GET", url, Vec::new(), String::new(), timeout_ms)?;
    answer::body(&response)
}

/// @skill:method  get_json "Fetches JSON and shows it indented. A status of 400 or more, and what is no JSON, is an error."
/// @skill:param   url required "The address"
/// @skill:param   timeout_ms optional "Milliseconds to wait at most" default:30000
/// @skill:result  "The JSON, indented"
/// @skill:hint    read-only
pub fn get_json(_ctx: &mut Context, url: String, timeout_ms: i64) -> Result<String, SkillError> {
    let accept = vec![ask::header("accept", "application/json")];
    let response = ask::send("GET", url, accept, String::new(), timeout_ms)?;
    let text = answer::body(&response)?;
    let json: Value = serde_json::from_str(&text).map_err(|error| format!("not JSON: {error}"))?;
    Ok(format!("{json:#}"))
}

/// @skill:method  post "Sends a body. A status of 400 or more is an error."
/// @skill:param   url required "The address"
/// @skill:param   body required "The body; JSON is recognised and said to be"
/// @skill:param   timeout_ms optional "Milliseconds to wait at most" default:30000
/// @skill:result  "The answer's body as text"
pub fn post(
    _ctx: &mut Context,
    url: String,
    body: String,
    timeout_ms: i64,
) -> Result<String, SkillError> {
    let headers = vec![ask::header("content-type", ask::kind(&body))];
    let response = ask::send("POST", url, headers, body, timeout_ms)?;
    answer::body(&response)
}

/// @skill:method  request "Sends any request, redirects followed. Every status is an answer."
/// @skill:param   method required "The method" example:PUT
/// @skill:param   url required "The address"
/// @skill:param   body optional "The body" default:""
/// @skill:param   headers optional "A JSON object: names and values" example:{"Accept":"text/html"}
/// @skill:param   timeout_ms optional "Milliseconds to wait at most" default:30000
/// @skill:result  "JSON: status and body"
pub fn request(
    _ctx: &mut Context,
    method: String,
    url: String,
    body: String,
    headers: String,
    timeout_ms: i64,
) -> Result<String, SkillError> {
    let response = ask::send(&method, url, ask::headers(&headers)?, body, timeout_ms)?;
    Ok(json!({ "status": response.status, "body": response.text() }).to_string())
}

/// @skill:method  head "Asks for the headers alone."
/// @skill:param   url required "The address"
/// @skill:param   timeout_ms optional "Milliseconds to wait at most" default:30000
/// @skill:result  "JSON: status and headers"
/// @skill:hint    read-only
pub fn head(_ctx: &mut Context, url: String, timeout_ms: i64) -> Result<String, SkillError> {
    let response = ask::send("HEAD", url, Vec::new(), String::new(), timeout_ms)?;
    let headers = answer::headers(response.headers);
    Ok(json!({ "status": response.status, "headers": headers }).to_string())
}
