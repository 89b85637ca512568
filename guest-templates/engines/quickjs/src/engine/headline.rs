//! The name and the message of an error.

use rquickjs::{Object, Value};

use super::helpers::Helpers;
use super::text::cut;

/// The longest message, in bytes.
pub(super) const MESSAGE: usize = 8 << 10;

/// The name and the message of an error; empty where the program made them something else than text.
pub(super) fn name_and_message<'js>(
    helpers: &Helpers<'js>,
    error: &Value<'js>,
) -> (String, String) {
    let get = |key: &str| {
        let object = Object::from_value(error.clone()).ok()?;
        let found = object.get::<_, Value>(key);
        match found {
            Ok(found) if found.is_string() => cut(helpers, &found, MESSAGE).ok(),
            Ok(_) => None,
            Err(_) => {
                // The program's getter threw.
                error.ctx().catch();
                None
            }
        }
    };
    let name = get("name").unwrap_or_else(|| "Error".to_owned());
    (name, get("message").unwrap_or_default())
}

/// The first line: name and message.
pub(super) fn headline<'js>(helpers: &Helpers<'js>, error: &Value<'js>) -> String {
    let (name, message) = name_and_message(helpers, error);
    match (name.is_empty(), message.is_empty()) {
        (true, _) => message,
        (_, true) => name,
        _ => format!("{name}: {message}"),
    }
}
