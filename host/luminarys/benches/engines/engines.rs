//! The engines, and the call that each is measured by.

use std::path::PathBuf;

use serde_json::{Value, json};

/// A skill and a call of it.
pub struct Measured {
    /// The name of its package's file, without the ending.
    pub package: &'static str,
    pub method: &'static str,
    /// The arguments, as JSON.
    pub arguments: &'static str,
    /// What the answer contains.
    pub expected: &'static str,
}

const fn run(package: &'static str) -> Measured {
    Measured {
        package,
        method: "run",
        arguments: r#"{"code": "1+1"}"#,
        expected: "2",
    }
}

/// The first is what the others are compared with. Those that work on their input are measured by a call that does not.
pub static ENGINES: [Measured; 7] = [
    Measured {
        package: "echo",
        method: "echo",
        arguments: r#"{"message": "a message of 24 bytes..."}"#,
        expected: "a message of 24 bytes...",
    },
    run("js-engine"),
    run("js-engine-plain"),
    run("python-engine"),
    Measured {
        package: "tree-sitter",
        method: "languages",
        arguments: "{}",
        expected: "rust",
    },
    Measured {
        package: "intent-classifier",
        method: "intents",
        arguments: "{}",
        expected: "general",
    },
    Measured {
        package: "intent-classifier-plain",
        method: "intents",
        arguments: "{}",
        expected: "general",
    },
];

/// An engine whose package is there.
pub struct Engine {
    pub engine: &'static Measured,
    pub package: PathBuf,
}

impl Engine {
    pub fn arguments(&self) -> Value {
        serde_json::from_str(self.engine.arguments).unwrap_or_else(|_| json!({}))
    }

    /// The tool of instance `id`.
    pub fn tool(&self, id: &str) -> String {
        format!("{id}_{}", self.engine.method)
    }
}
