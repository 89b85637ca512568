//! How AssemblyScript ends: its errors come as `abort`, its traces as `trace`, and it asks for a seed.

use crate::bindings::luminarys::skill::log;
use crate::bindings::wasi::random0_2_12::random;
use crate::fault::fail;
use crate::glue::Place;
use crate::json;

/// The longest text that is read, in bytes.
const MAX_TEXT: u32 = 64 << 10;

/// A string of AssemblyScript: UTF-16, its length in bytes before it.
fn string(pointer: u32) -> String {
    let length = pointer
        .checked_sub(4)
        .and_then(|pointer| Place { pointer, length: 4 }.read());
    let length = length.and_then(|bytes| Some(u32::from_le_bytes(bytes.try_into().ok()?)));
    let length = length.unwrap_or_default().min(MAX_TEXT) & !1;
    let bytes = Place { pointer, length }.read().unwrap_or_default();
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    String::from_utf16_lossy(&units)
}

/// The error of the call is the message alone, as the skill's author wrote it.
#[unsafe(export_name = "env_abort")]
extern "C" fn abort(message: u32, file: u32, line: u32, column: u32) {
    let place = format!("{}:{line}:{column}", string(file));
    let message = match message {
        0 => format!("the skill stopped at {place}"),
        message => string(message),
    };
    log::message(log::Level::Debug, &message, &[("at".to_owned(), place)]);
    fail(&message)
}

#[unsafe(export_name = "env_trace")]
extern "C" fn trace(message: u32, count: u32, a: f64, b: f64, c: f64, d: f64, e: f64) {
    let values: Vec<String> = [a, b, c, d, e]
        .iter()
        .take(count as usize)
        .map(|value| json::float(*value).to_string())
        .collect();
    log::message(
        log::Level::Info,
        &format!("{} {}", string(message), values.join(" ")),
        &[],
    );
}

#[unsafe(export_name = "env_seed")]
extern "C" fn seed() -> f64 {
    random::get_random_u64() as f64
}
