//! The smallest skill. Its methods, their parameters and their documentation are in `wit/world.wit`.

wit_bindgen::generate!({ path: ["../../../wit", "wit"], world: "luminarys-rust:echo/echo", generate_all });

struct Echo;

impl Guest for Echo {
    fn echo(message: String) -> String {
        message
    }

    fn ping() -> String {
        "pong".to_owned()
    }

    fn reverse(message: String) -> String {
        message.chars().rev().collect()
    }
}

export!(Echo);
