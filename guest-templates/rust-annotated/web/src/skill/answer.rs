//! What is shown of an answer.

use luminarys_sdk::SkillError;
use luminarys_sdk::skill::http::{Header, Response};
use serde_json::{Map, Value};

/// How much of a body that tells of a failure is shown, in characters.
const BEGINNING: usize = 500;

/// The body of an answer that is none of failure.
pub fn body(response: &Response) -> Result<String, SkillError> {
    let body = response.text();
    if response.status >= 400 {
        let beginning: String = body.chars().take(BEGINNING).collect();
        return Err(format!("status {}: {beginning}", response.status).into());
    }
    Ok(body)
}

/// Headers by name. One that came twice is one with a comma, as for a list.
pub fn headers(each: Vec<Header>) -> Map<String, Value> {
    let mut headers = Map::new();
    for header in each {
        let value = header.text();
        let joined = match headers.get(&header.name).and_then(Value::as_str) {
            Some(before) => format!("{before}, {value}"),
            None => value.into_owned(),
        };
        headers.insert(header.name, Value::String(joined));
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, body: &[u8]) -> Response {
        Response {
            status,
            url: String::new(),
            headers: Vec::new(),
            cookies: Vec::new(),
            body: body.to_vec(),
            truncated: false,
        }
    }

    #[test]
    fn a_failure_shows_the_beginning_of_its_body() {
        let ok = body(&answered(200, b"a\xffb"));
        assert_eq!(ok.unwrap(), "a\u{fffd}b");
        let error = body(&answered(404, "é".repeat(600).as_bytes()));
        let shown = format!("status 404: {}", "é".repeat(500));
        assert_eq!(error.unwrap_err().0, shown);
    }

    #[test]
    fn a_header_that_came_twice_is_one() {
        let headers = headers(
            [("a", "1"), ("b", "2"), ("a", "3")]
                .map(|(name, value)| Header::new(name, value))
                .into(),
        );
        assert_eq!(
            Value::Object(headers).to_string(),
            r#"{"a":"1, 3","b":"2"}"#
        );
    }
}
