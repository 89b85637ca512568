//! What the nodes of a cluster tell each other of a skill: enough to offer it to clients and other skills.

use luminarys_grants::{Mapping, Narrowing};
use luminarys_package::{Effects, Visibility};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

/// The largest description of a skill, in bytes.
pub const MAX_ABOUT: usize = 1 << 20;
/// The most methods of one skill.
const MAX_METHODS: usize = 2_000;
/// The longest description of a skill or a method, in bytes.
const MAX_DESCRIPTION: usize = 64 << 10;
/// The longest name, title or version, in bytes.
const MAX_LINE: usize = 512;
/// The most skills that `can_be_invoked_by` may list.
const MAX_CALLERS: usize = 10_000;

/// A skill as another node describes it. Keys of newer nodes are ignored: the node that runs it checks every call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SkillAbout {
    /// The id of its package.
    pub package: String,
    /// The version of its package.
    pub version: String,
    /// Its purpose.
    pub description: String,
    /// The skills that may call it.
    pub can_be_invoked_by: Vec<String>,
    /// How its methods become tools.
    pub mapping: Mapping,
    /// The prefix of its tools' names, instead of the instance id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<String>,
    /// Whether it keeps an instance for each session, so that a session's calls must go to one node.
    pub keeps_sessions: bool,
    /// The methods that others may call.
    pub methods: Vec<MethodAbout>,
}

/// A method as another node describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MethodAbout {
    /// snake_case name.
    pub name: String,
    /// What people see in place of the name.
    pub title: String,
    /// For people and models.
    pub description: String,
    /// Who may call it.
    pub visibility: Visibility,
    /// Whether clients see it.
    pub exposed: bool,
    /// The possible effects of its calls.
    pub effects: Effects,
    /// How its calls are narrowed.
    pub narrowing: Narrowing,
    /// JSON Schema of the arguments.
    pub input_schema: Value,
    /// JSON Schema of the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Value>,
}

/// A description of a skill cannot be used.
#[derive(Debug, Error)]
pub enum AboutError {
    /// It is too large.
    #[error("the description has {0} bytes; at most {MAX_ABOUT} are allowed")]
    TooLarge(usize),
    /// It is malformed.
    #[error("the description is malformed: {0}")]
    Json(#[from] serde_json::Error),
    /// A part of it is not allowed.
    #[error("the description has an invalid {0}")]
    Invalid(&'static str),
}

impl SkillAbout {
    /// Parses and checks what another node sent.
    ///
    /// # Errors
    /// [`AboutError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, AboutError> {
        if bytes.len() > MAX_ABOUT {
            return Err(AboutError::TooLarge(bytes.len()));
        }
        let about: Self = serde_json::from_slice(bytes)?;
        about.check().map_err(AboutError::Invalid)?;
        Ok(about)
    }

    fn check(&self) -> Result<(), &'static str> {
        let lines = [&self.package, &self.version];
        if lines.iter().any(|line| !is_line(line)) {
            return Err("package or version");
        }
        if self.description.len() > MAX_DESCRIPTION {
            return Err("description: it is too long");
        }
        if self.can_be_invoked_by.len() > MAX_CALLERS
            || self.can_be_invoked_by.iter().any(|id| !is_line(id))
        {
            return Err("list of skills that may call it");
        }
        if self.tools.as_ref().is_some_and(|name| !is_line(name)) {
            return Err("prefix of tools");
        }
        if self.methods.len() > MAX_METHODS {
            return Err("number of methods");
        }
        let mut names = std::collections::HashSet::new();
        for method in &self.methods {
            let is_named =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
            if method.name.is_empty()
                || method.name.len() > MAX_LINE
                || !method.name.bytes().all(is_named)
                || !names.insert(&method.name)
            {
                return Err("name of a method");
            }
            if !is_line(&method.title) {
                return Err("title of a method");
            }
            if method.description.len() > MAX_DESCRIPTION {
                return Err("description of a method: it is too long");
            }
            let schemas = [Some(&method.input_schema), method.output_schema.as_ref()];
            if !is_of_object(&method.input_schema)
                || schemas.into_iter().flatten().any(|it| !is_schema(it))
            {
                return Err("schema of a method");
            }
        }
        Ok(())
    }

    /// Returns the description as bytes, the same ones for the same skill.
    pub fn encode(&self) -> Vec<u8> {
        // It has no maps with other keys than text.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

fn is_line(text: &str) -> bool {
    text.len() <= MAX_LINE && luminarys_text::visible(text) == text
}

/// Whether clients accept a schema for arguments: some refuse all tools because of another one.
fn is_of_object(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("object")
}

fn is_schema(schema: &Value) -> bool {
    schema.is_object() || schema.is_boolean()
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn about() -> Value {
        json!({
            "package": "fs-skill", "version": "1.0.0", "description": "Files.", "can_be_invoked_by": ["*"],
            "mapping": "per_method", "keeps_sessions": false,
            "methods": [{
                "name": "read", "title": "Read", "description": "Reads.", "visibility": "public", "exposed": true,
                "effects": { "read_only": true, "destructive": false, "idempotent": true, "open_world": false },
                "narrowing": { "read_only": true, "closed_world": false },
                "input_schema": { "type": "object" }
            }]
        })
    }

    #[test]
    fn descriptions_are_checked() {
        let parsed = SkillAbout::parse(about().to_string().as_bytes()).unwrap();
        assert_eq!(SkillAbout::parse(&parsed.encode()).unwrap(), parsed);
        let rows = [
            ("/package", json!("a\nb"), "package or version"),
            ("/version", json!("\u{202e}"), "package or version"),
            (
                "/description",
                json!("x".repeat(MAX_DESCRIPTION + 1)),
                "too long",
            ),
            ("/can_be_invoked_by", json!(["a\0"]), "may call it"),
            ("/mapping", json!("other"), "malformed"),
            ("/methods/0/name", json!("Read"), "name of a method"),
            ("/methods/0/name", json!(""), "name of a method"),
            ("/methods/0/title", json!("a\u{1b}[m"), "title"),
            ("/methods/0/input_schema", json!([]), "schema"),
            ("/methods/0/input_schema", json!({}), "schema"),
            (
                "/methods/0/input_schema",
                json!({ "type": "string" }),
                "schema",
            ),
            ("/methods/0/visibility", json!("secret"), "malformed"),
        ];
        each_row(rows, |(pointer, value, expected)| {
            let mut changed = about();
            *changed.pointer_mut(pointer).unwrap() = value;
            let error = SkillAbout::parse(changed.to_string().as_bytes()).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        });
        let mut twice = about();
        let method = twice["methods"][0].clone();
        twice["methods"].as_array_mut().unwrap().push(method);
        assert!(SkillAbout::parse(twice.to_string().as_bytes()).is_err());
        let large = vec![b' '; MAX_ABOUT + 1];
        assert!(matches!(
            SkillAbout::parse(&large),
            Err(AboutError::TooLarge(_))
        ));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            let _ = SkillAbout::parse(&bytes);
        }
    }
}
