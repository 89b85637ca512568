//! `http_…`: requests.

use super::{Outcome, Reply, explain, functions};
use crate::bindings::luminarys::skill::http::{self, Header, Request, RequestOptions, Response};
use crate::wire::{Fields as _, Value};

functions! {
    http_get = |request| send(request, "GET", true, Vec::new());
    http_post = post;
    http_request = |request| {
        send(request, &request.text("method"), request.flag("follow_redirects"), headers(request))
    };
}

/// Headers as the ABI has them.
pub fn headers(request: &Value<'_>) -> Vec<Header> {
    let each = request.items("headers").iter();
    each.map(|one| Header {
        name: one.text("name"),
        value: one.text("value").into_bytes(),
    })
    .collect()
}

fn post(request: &Value<'_>) -> Outcome {
    let content_type = request.filled("content_type");
    let content_type = Header {
        name: "content-type".to_owned(),
        value: content_type
            .unwrap_or_else(|| "application/octet-stream".to_owned())
            .into_bytes(),
    };
    send(request, "POST", true, vec![content_type])
}

fn send(
    request: &Value<'_>,
    method: &str,
    follow_redirects: bool,
    headers: Vec<Header>,
) -> Outcome {
    let cookies = request.items("cookies").iter();
    let options = RequestOptions::new();
    options.set_timeout(request.positive::<u32>("timeout_ms").unwrap_or(0).into());
    if let Some(max) = request.positive("max_bytes") {
        options.set_max_response_bytes(max);
    }
    options.set_follow_redirects(follow_redirects);
    options.set_use_jar(request.flag("use_jar"));
    let request = Request {
        method: method.to_owned(),
        url: request.text("url"),
        headers,
        cookies: cookies
            .map(|one| (one.text("name"), one.text("value")))
            .collect(),
        body: request.bytes("body").to_vec(),
    };
    http::send(&request, Some(&options))
        .map(reply)
        .map_err(explain)
}

fn reply(response: Response) -> Reply {
    let mut reply = Reply::default();
    let out = reply
        .head
        .map(5)
        .text("status")
        .unsigned(response.status.into());
    out.text("truncated").flag(response.truncated);
    out.text("headers").array(response.headers.len());
    for header in &response.headers {
        out.map(2)
            .text("name")
            .text(&header.name)
            .text("value")
            .text(&String::from_utf8_lossy(&header.value));
    }
    out.text("cookies").array(response.cookies.len());
    for cookie in &response.cookies {
        let optional = [("domain", &cookie.domain), ("path", &cookie.path)];
        let set = optional.iter().filter(|(_, value)| value.is_some()).count();
        out.map(5 + set)
            .text("name")
            .text(&cookie.name)
            .text("value")
            .text(&cookie.value);
        for (key, value) in optional {
            if let Some(value) = value {
                out.text(key).text(value);
            }
        }
        out.text("expires")
            .integer(cookie.expires.unwrap_or_default().div_euclid(1000));
        out.text("secure")
            .flag(cookie.secure)
            .text("httponly")
            .flag(cookie.http_only);
    }
    reply.with_bytes("body", response.body)
}
