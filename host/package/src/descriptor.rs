//! The descriptor of a skill: its identity, methods and requirements, readable without running it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::hints::{Effects, Hint, title_of};

/// The interface of skills whose instances are prepared before a call: an export that is no method.
pub const PREPARED: &str = "luminarys:skill/prepared@1.0.0";

/// The content of the `luminarys:descriptor` section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Descriptor {
    /// The version of this format: 1.
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
    /// Its language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Its SDK.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdk: Option<String>,
    /// Its methods.
    #[serde(default)]
    pub methods: Vec<Method>,
    /// The grants that it needs from the manifest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requirements: Vec<Requirement>,
}

/// How methods are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Abi {
    /// Each method is an export of the component.
    Typed,
    /// All methods go through `luminarys:skill/dynamic`.
    Dynamic,
}

/// Who may call a method.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everyone.
    #[default]
    Public,
    /// Other skills, if the policy allows it.
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
    /// The result, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// Who may call it.
    #[serde(default)]
    pub visibility: Visibility,
    /// The title shown to people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The effects that its author declares.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<Hint>,
}

impl Method {
    /// Returns the title for people: the declared one, or one made from the name.
    #[must_use]
    pub fn shown_title(&self) -> String {
        self.title.clone().unwrap_or_else(|| title_of(&self.name))
    }

    /// Returns the possible effects of its calls.
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
    /// `string integer number boolean bytes object array`; `None` for typed skills.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// For people and models.
    #[serde(default)]
    pub description: String,
    /// Whether calls without it are rejected.
    #[serde(default)]
    pub required: bool,
    /// The value if it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// For people and models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<Value>,
    /// The accepted values, unless empty.
    #[serde(default, rename = "enum", skip_serializing_if = "Vec::is_empty")]
    pub enumeration: Vec<String>,
    /// The element type of an array.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Box<Parameter>>,
}

/// A grant that a skill needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    /// `fs http tcp ws shell env invoke llm file_transfer`.
    pub kind: String,
    /// A path, URL, address, command, name or skill id, possibly with wildcards.
    #[serde(default)]
    pub pattern: String,
    /// `ro` or `rw`, for `fs`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
}
