//! What a skill is and needs, as its package tells without being run.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::PackageError;

/// The only version of the form so far.
const VERSION: u32 = 1;
const MAX_METHODS: usize = 1_000;
const MAX_TEXT: usize = 64 << 10;

/// The content of the `luminarys:descriptor` section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Descriptor {
    /// Of this form: 1.
    pub version: u32,
    /// Three or more segments of `a-z 0-9 -`, separated by dots.
    pub id: String,
    /// For people.
    pub name: String,
    /// The skill's own version.
    pub skill_version: semver::Version,
    /// For people and models.
    #[serde(default)]
    pub description: String,
    /// How methods are called.
    pub abi: Abi,
    /// What it was written in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What it was built on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdk: Option<String>,
    /// What it offers.
    #[serde(default)]
    pub methods: Vec<Method>,
    /// What it needs from the manifest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requirements: Vec<Requirement>,
}

/// How methods are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Abi {
    /// Each is an export of the component.
    Typed,
    /// All through `luminarys:skill/dynamic`.
    Dynamic,
}

/// Who may call a method.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everyone.
    #[default]
    Public,
    /// Other skills, where the policy lets them.
    Internal,
    /// The skill itself and the host.
    Callback,
}

/// One method.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Method {
    /// snake_case.
    pub name: String,
    /// Typed skills: the exported function, `count-lines`, or `ns:package/interface@1.0.0#count-lines`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub export: Option<String>,
    /// For people and models.
    #[serde(default)]
    pub description: String,
    /// In order. For typed skills the types come from the component.
    #[serde(default)]
    pub params: Vec<Parameter>,
    /// What is returned, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// Who may call it.
    #[serde(default)]
    pub visibility: Visibility,
}

/// One parameter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// snake_case.
    pub name: String,
    /// `string integer number boolean bytes object array`; none for typed skills.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// For people and models.
    #[serde(default)]
    pub description: String,
    /// Whether a call without it is refused.
    #[serde(default)]
    pub required: bool,
    /// Used when it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// For people and models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<Value>,
    /// The only values taken, when not empty.
    #[serde(default, rename = "enum", skip_serializing_if = "Vec::is_empty")]
    pub enumeration: Vec<String>,
    /// What an array holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Box<Parameter>>,
}

/// One thing a skill cannot do without.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    /// `fs http tcp ws shell env invoke llm file_transfer`.
    pub kind: String,
    /// A path, URL, address, command, name or skill id, perhaps with wildcards.
    #[serde(default)]
    pub pattern: String,
    /// `ro` or `rw`, for `fs`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
}

impl Descriptor {
    pub(crate) fn from_json(bytes: &[u8]) -> Result<Self, PackageError> {
        let descriptor: Self = serde_json::from_slice(bytes)
            .map_err(|error| PackageError::Descriptor(error.to_string()))?;
        descriptor.validate()?;
        Ok(descriptor)
    }

    /// Checks names, counts and lengths, so that nothing later has to.
    ///
    /// # Errors
    /// [`PackageError::Descriptor`], saying what is wrong.
    pub fn validate(&self) -> Result<(), PackageError> {
        let failed = |text: String| Err(PackageError::Descriptor(text));
        if self.version != VERSION {
            return failed(format!(
                "its version is {}; this host knows version {VERSION}",
                self.version
            ));
        }
        if !valid_id(&self.id) {
            return failed(format!(
                "the id {:?} must be three or more segments of a-z, 0-9 and inner hyphens, separated by dots",
                self.id
            ));
        }
        if self.methods.len() > MAX_METHODS || self.requirements.len() > MAX_METHODS {
            return failed(format!(
                "it has more than {MAX_METHODS} methods or requirements"
            ));
        }
        let mut names = HashSet::new();
        for method in &self.methods {
            if !valid_name(&method.name) {
                return failed(format!(
                    "the method name {:?} must be a-z, 0-9 and _, a letter first",
                    method.name
                ));
            }
            if !names.insert(&method.name) {
                return failed(format!("the method {} stands twice", method.name));
            }
            let mut params = HashSet::new();
            for parameter in &method.params {
                if !valid_name(&parameter.name) || !params.insert(&parameter.name) {
                    return failed(format!(
                        "{}: the parameter name {:?} is wrong or stands twice",
                        method.name, parameter.name
                    ));
                }
            }
        }
        let texts = [&self.name, &self.description].into_iter();
        let texts = texts.chain(self.methods.iter().flat_map(|method| {
            std::iter::once(&method.description)
                .chain(method.params.iter().map(|parameter| &parameter.description))
        }));
        let texts = texts.chain(
            self.requirements
                .iter()
                .map(|requirement| &requirement.pattern),
        );
        for text in texts {
            // What a terminal or a model would take for something else than text.
            if text.len() > MAX_TEXT
                || text
                    .chars()
                    .any(|c| c.is_control() && !matches!(c, '\n' | '\t'))
            {
                return failed("a text is too long or holds control characters".to_owned());
            }
        }
        Ok(())
    }
}

fn valid_id(id: &str) -> bool {
    let valid = |segment: &str| {
        !segment.is_empty()
            && !segment.starts_with('-')
            && !segment.ends_with('-')
            && segment
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    id.len() <= 200 && id.split('.').count() >= 3 && id.split('.').all(valid)
}

fn valid_name(name: &str) -> bool {
    name.len() <= 100
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        for (id, valid) in [
            ("ai.luminarys.echo", true),
            ("ai.luminarys.rust.my-skill2", true),
            ("echo-skill", false),
            ("a.b", false),
            ("a..b", false),
            ("a.-b.c", false),
            ("a.b-.c", false),
            ("A.b.c", false),
            ("a.b.c_d", false),
            ("", false),
        ] {
            assert_eq!(valid_id(id), valid, "{id}");
        }
    }

    #[test]
    fn wrong_descriptors_say_what_is_wrong() {
        let good = serde_json::json!({ "version": 1, "id": "a.b.c", "name": "n", "skill_version": "1.0.0", "abi": "typed",
            "methods": [{ "name": "m", "params": [{ "name": "p" }] }] });
        assert!(Descriptor::from_json(good.to_string().as_bytes()).is_ok());
        for (pointer, value, part) in [
            ("/version", serde_json::json!(2), "version"),
            ("/id", serde_json::json!("a.b"), "a.b"),
            ("/skill_version", serde_json::json!("1.0"), "1.0"),
            ("/name", serde_json::json!("\u{1b}[2J"), "control"),
            ("/methods/0/name", serde_json::json!("Up"), "Up"),
            ("/methods/0/params/0/name", serde_json::json!("a-b"), "a-b"),
            (
                "/methods",
                serde_json::json!([{ "name": "m" }, { "name": "m" }]),
                "twice",
            ),
        ] {
            let mut wrong = good.clone();
            *wrong.pointer_mut(pointer).unwrap() = value;
            let error = Descriptor::from_json(wrong.to_string().as_bytes())
                .unwrap_err()
                .to_string();
            assert!(error.contains(part) || part == "1.0", "{error}");
        }
    }
}
