//! Conversations over TCP and WebSockets.

use crate::luminarys::skill::{tcp, websocket};
use crate::text::text;

pub fn options(tls: bool, timeout: Option<u32>) -> tcp::ConnectOptions {
    let options = tcp::ConnectOptions::new();
    options.set_tls(tls);
    options.set_timeout(timeout.unwrap_or_default().into());
    options
}

pub fn ws_options(timeout: Option<u32>) -> websocket::ConnectOptions {
    let options = websocket::ConnectOptions::new();
    options.set_timeout(timeout.unwrap_or_default().into());
    options
}

pub fn talk(
    address: &str,
    parts: &[String],
    tls: bool,
    timeout: Option<u32>,
) -> Result<Vec<String>, String> {
    let connection = tcp::connect(address, Some(&options(tls, timeout))).map_err(text)?;
    let mut answers = Vec::new();
    for part in parts {
        connection.write(part.as_bytes()).map_err(text)?;
        let answer = connection.read(4096).map_err(text)?;
        answers.push(String::from_utf8_lossy(&answer).into_owned());
    }
    connection.finish().map_err(text)?;
    let rest = connection.read(4096).map_err(text)?;
    answers.push(String::from_utf8_lossy(&rest).into_owned());
    Ok(answers)
}

pub fn message(message: websocket::Message) -> String {
    match message {
        websocket::Message::Text(text) => text,
        websocket::Message::Binary(bytes) => format!("binary of {} bytes", bytes.len()),
    }
}

pub fn chat(
    url: &str,
    texts: &[String],
    count: u32,
    timeout: Option<u32>,
) -> Result<Vec<String>, String> {
    let connection = websocket::connect(url, Some(&ws_options(timeout))).map_err(text)?;
    for each in texts {
        connection
            .write(&websocket::Message::Text(each.clone()))
            .map_err(text)?;
    }
    let mut answers = Vec::new();
    while answers.len() < count as usize {
        match connection.read().map_err(text)? {
            Some(next) => answers.push(message(next)),
            None => {
                answers.push("closed".to_owned());
                return Ok(answers);
            }
        }
    }
    connection.close(1000, "done").map_err(text)?;
    Ok(answers)
}
