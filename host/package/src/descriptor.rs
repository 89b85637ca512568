//! What a skill is and needs, as its package tells without being run.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::hints::{Effects, Hint, title_of};

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
    /// What people see in place of the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What its author declares of its effects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<Hint>,
}

impl Method {
    /// Returns what people see: the declared title, or one made of the name.
    #[must_use]
    pub fn shown_title(&self) -> String {
        self.title.clone().unwrap_or_else(|| title_of(&self.name))
    }

    /// Returns what is to be expected of its calls.
    #[must_use]
    pub fn effects(&self) -> Effects {
        Effects::of(&self.hints)
    }
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
