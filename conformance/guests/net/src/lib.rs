//! Requests, connections and WASI networking as methods.

wit_bindgen::generate!({ path: ["../../../wit", "wit"], world: "luminarys-probe:net/net", generate_all });

#[path = "../../text.rs"]
mod text;

mod connections;
#[cfg_attr(without_sockets, path = "interfaces.rs")]
mod standard;
mod wasi_http;

use luminarys::skill::http::{self, Request, RequestOptions};
use luminarys::skill::{context, tcp, websocket};
use text::text;

struct Skill;

type Done = Result<(), String>;

fn request(url: String) -> Request {
    Request {
        method: String::new(),
        url,
        headers: Vec::new(),
        cookies: Vec::new(),
        body: Vec::new(),
    }
}

fn options(
    timeout: Option<u32>,
    max: Option<u64>,
    follow: Option<bool>,
    jar: Option<bool>,
) -> RequestOptions {
    let options = RequestOptions::new();
    options.set_timeout(timeout.unwrap_or_default().into());
    if let Some(max) = max {
        options.set_max_response_bytes(max);
    }
    options.set_follow_redirects(follow.unwrap_or_default());
    options.set_use_jar(jar.unwrap_or_default());
    options
}

/// Headers with text, as the cases write them.
fn headers(given: Option<Vec<TextHeader>>) -> Vec<http::Header> {
    let each = given.unwrap_or_default().into_iter();
    each.map(|one| http::Header {
        name: one.name,
        value: one.value.into_bytes(),
    })
    .collect()
}

fn body(response: Response) -> String {
    String::from_utf8_lossy(&response.body).into_owned()
}

impl Guest for Skill {
    fn get(url: String) -> Result<String, String> {
        http::get(&url).map(body).map_err(text)
    }

    fn post(url: String, content: String, content_type: String) -> Result<String, String> {
        http::post(&url, content.as_bytes(), &content_type)
            .map(body)
            .map_err(text)
    }

    fn send_request(
        url: String,
        method: Option<String>,
        given: Option<Vec<TextHeader>>,
        cookies: Option<Vec<(String, String)>>,
        content: Option<String>,
        timeout: Option<u32>,
        max: Option<u64>,
        follow: Option<bool>,
        jar: Option<bool>,
    ) -> Result<String, String> {
        let request = Request {
            method: method.unwrap_or_default(),
            headers: headers(given),
            cookies: cookies.unwrap_or_default(),
            body: content.unwrap_or_default().into_bytes(),
            ..request(url)
        };
        let options = options(timeout, max, follow, jar);
        let answer = http::send(&request, Some(&options)).map_err(text)?;
        let head = format!("{}\n{}", answer.status, answer.url);
        Ok(format!("{head}\n{}", body(answer)))
    }

    fn whole(url: String, max: Option<u64>, follow: Option<bool>) -> Result<Response, String> {
        let options = options(None, max, follow, None);
        http::send(&request(url), Some(&options)).map_err(text)
    }

    fn echo_header(url: String, name: String, value: Vec<u8>) -> Result<Vec<Vec<u8>>, String> {
        let request = Request {
            headers: vec![http::Header {
                name: name.clone(),
                value,
            }],
            ..request(url)
        };
        let answer = http::send(&request, None).map_err(text)?;
        let same = answer.headers.into_iter().filter(|one| one.name == name);
        Ok(same.map(|one| one.value).collect())
    }

    fn pieces(url: String, max: u32, stop: Option<u64>) -> Result<u64, String> {
        let incoming = http::open(&request(url), None).map_err(text)?;
        let mut total = 0;
        while stop.is_none_or(|stop| total < stop) {
            let piece = incoming.read(max).map_err(text)?;
            if piece.is_empty() {
                break;
            }
            if piece.len() > max as usize {
                return Err(format!("a piece of {} bytes", piece.len()));
            }
            total += piece.len() as u64;
        }
        Ok(total)
    }

    fn hold(url: String, count: u32) -> Result<u32, String> {
        let mut held = Vec::new();
        for _ in 0..count {
            held.push(http::open(&request(url.clone()), None).map_err(text)?);
        }
        Ok(held.len() as u32)
    }

    fn download(url: String, path: String, timeout: Option<u32>) -> Result<Downloaded, String> {
        let options = options(timeout, None, None, None);
        http::download(&request(url), &path, Some(&options)).map_err(text)
    }

    fn upload(url: String, path: String, method: Option<String>) -> Result<String, String> {
        let method = method.unwrap_or_else(|| "PUT".to_owned());
        let request = Request {
            method,
            ..request(url)
        };
        http::upload(&request, &path, None).map(body).map_err(text)
    }

    fn wasi_get(url: String, content: Option<String>) -> Result<String, String> {
        wasi_http::get(&url, content)
    }

    fn tcp_request(
        address: String,
        data: String,
        tls: Option<bool>,
        insecure: Option<bool>,
        server_name: Option<String>,
        timeout: Option<u32>,
        max: Option<u32>,
    ) -> Result<String, String> {
        let options = connections::options(tls.unwrap_or_default(), timeout);
        options.set_insecure(insecure.unwrap_or_default());
        if let Some(name) = server_name {
            options.set_server_name(&name);
        }
        let answer = tcp::request(&address, data.as_bytes(), max, Some(&options)).map_err(text)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    fn tcp_talk(
        address: String,
        parts: Vec<String>,
        tls: Option<bool>,
        timeout: Option<u32>,
    ) -> Result<Vec<String>, String> {
        connections::talk(&address, &parts, tls.unwrap_or_default(), timeout)
    }

    fn tcp_hold(address: String, count: u32) -> Result<u32, String> {
        let mut held = Vec::new();
        for _ in 0..count {
            held.push(tcp::connect(&address, None).map_err(text)?);
        }
        Ok(held.len() as u32)
    }

    fn tcp_deliver(address: String, data: String) -> Result<String, String> {
        let connection = tcp::connect(&address, None).map_err(text)?;
        let delivery = tcp::deliver(connection, "on_data").map_err(text)?;
        delivery.send(data.as_bytes()).map_err(text)?;
        Ok(delivery.id())
    }

    fn tcp_deliver_with(address: String, method: String) -> Result<String, String> {
        let connection = tcp::connect(&address, None).map_err(text)?;
        let delivery = tcp::deliver(connection, &method).map_err(text)?;
        Ok(delivery.id())
    }

    fn tcp_send(id: String, data: String) -> Done {
        let delivery = tcp::Delivery::find(&id).map_err(text)?;
        delivery.send(data.as_bytes()).map_err(text)
    }

    fn tcp_close(id: String) -> bool {
        let delivery = tcp::Delivery::find(&id);
        delivery.and_then(|delivery| delivery.close()).is_ok()
    }

    fn ws_request(
        url: String,
        content: String,
        given: Option<Vec<TextHeader>>,
        insecure: Option<bool>,
        timeout: Option<u32>,
    ) -> Result<String, String> {
        let options = connections::ws_options(timeout);
        options.set_headers(&headers(given));
        options.set_insecure(insecure.unwrap_or_default());
        let message = websocket::Message::Text(content);
        let answer = websocket::request(&url, &message, Some(&options));
        answer.map(connections::message).map_err(text)
    }

    fn ws_talk(
        url: String,
        texts: Vec<String>,
        count: u32,
        timeout: Option<u32>,
    ) -> Result<Vec<String>, String> {
        connections::chat(&url, &texts, count, timeout)
    }

    fn ws_deliver(url: String, content: String) -> Result<String, String> {
        let connection = websocket::connect(&url, None).map_err(text)?;
        let delivery = websocket::deliver(connection, "on_data").map_err(text)?;
        let message = websocket::Message::Text(content);
        delivery.send(&message).map_err(text)?;
        Ok(delivery.id())
    }

    fn ws_send(id: String, content: String) -> Done {
        let delivery = websocket::Delivery::find(&id).map_err(text)?;
        let message = websocket::Message::Text(content);
        delivery.send(&message).map_err(text)
    }

    fn ws_close(id: String, code: u16, reason: String) -> bool {
        let delivery = websocket::Delivery::find(&id);
        let closed = delivery.and_then(|delivery| delivery.close(code, &reason));
        closed.is_ok()
    }

    fn on_data(
        connection: String,
        event: String,
        data: Option<String>,
        error: Option<String>,
        code: Option<u16>,
    ) -> Done {
        let mut state = context::get_state().map_err(text)?;
        let kind = connection.split('-').next().unwrap_or_default();
        let data = data.unwrap_or_default();
        let error = if error.is_some() { " error" } else { "" };
        let code = code.map(|code| format!(" {code}")).unwrap_or_default();
        state.extend_from_slice(format!("{kind} {event} {data}{error}{code}\n").as_bytes());
        context::set_state(&state).map_err(text)?;
        if data == "again" {
            let delivery = tcp::Delivery::find(&connection).map_err(text)?;
            delivery.send(b"once more").map_err(text)?;
        }
        Ok(())
    }

    fn told() -> Result<String, String> {
        let state = context::get_state().map_err(text)?;
        Ok(String::from_utf8_lossy(&state).into_owned())
    }

    fn forget() -> Done {
        context::set_state(&[]).map_err(text)
    }

    fn wasi_hold(url: String, count: u32) -> Result<u32, String> {
        wasi_http::hold(&url, count)
    }

    fn std_hold(address: String, count: u32) -> Result<u32, String> {
        standard::hold(&address, count)
    }

    fn std_connect(address: String, data: String) -> Result<String, String> {
        standard::connect(&address, &data)
    }

    fn std_resolve(name: String) -> Result<Vec<String>, String> {
        standard::resolve(&name)
    }
}

export!(Skill);
