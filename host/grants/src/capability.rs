//! How every capability describes itself: its words on command lines and in comments, and the decisions of its section.

use crate::explain::{Asked, ExplainError, Explained, Question};
use crate::protected::Protected;
use crate::requirement::RequirementVerdict;

/// The description of a capability.
#[derive(Debug)]
pub struct About {
    /// The interfaces that a package imports to use it and that need a grant.
    pub interfaces: &'static [Interface],
    /// The keys that can be granted and required.
    pub keys: &'static [Key],
    /// The questions that an operator can ask about it.
    pub questions: &'static [Question],
}

/// An interface that needs a grant.
#[derive(Debug)]
pub struct Interface {
    /// Its name in the package `luminarys:skill`.
    pub name: &'static str,
    /// Its purpose, for people.
    pub what: &'static str,
    /// The key that grants it.
    pub key: &'static str,
    /// Whether an operator who adds a package is asked for grants.
    pub is_asked_for: bool,
}

/// A word for something that a manifest grants: `--grant KEY=VALUE`, `@skill:require KEY WHAT`.
#[derive(Debug)]
pub struct Key {
    /// The word, such as `fs` or `shell.dir`.
    pub name: &'static str,
    /// The form of a value, for people.
    pub form: &'static str,
    /// What is granted, for people.
    pub help: &'static str,
    /// An example value, as written on a command line.
    pub example: &'static str,
    /// The kind of its values.
    pub value: ValueKind,
    /// Where a manifest holds it.
    pub place: Place,
    /// Its label in a list of grants.
    pub shown: &'static str,
    /// How a package requires it; `None` if no package can.
    pub requirement: Option<Required>,
}

/// The kind of value that follows a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// A path, with an optional mode.
    Path,
    /// Text, as the manifest holds it.
    Text,
    /// The value of a variable that the key names.
    Variable,
    /// No value: the key is granted as a whole.
    Nothing,
}

/// Where a manifest holds the grants of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The keys that lead to the section.
    pub section: &'static [&'static str],
    /// The list that holds the value; `None` for a key without a value.
    pub list: Option<&'static str>,
    /// The switches that must be on.
    pub switches: &'static [&'static str],
    /// How a list of grants describes a switch other than `enabled`.
    pub also: Option<&'static str>,
}

impl Key {
    /// Returns the key as written, with `NAME` for the name of a variable.
    pub fn written(&self) -> String {
        match self.value {
            ValueKind::Variable => format!("{}.NAME", self.name),
            _ => self.name.to_owned(),
        }
    }
}

impl Place {
    /// Returns the place of a list in a section that must be enabled.
    pub(crate) const fn switched(
        section: &'static [&'static str],
        list: Option<&'static str>,
    ) -> Self {
        Self {
            section,
            list,
            switches: &["enabled"],
            also: None,
        }
    }

    /// Returns the place of a list in a section without a switch.
    pub(crate) const fn listed(
        section: &'static [&'static str],
        list: Option<&'static str>,
    ) -> Self {
        Self {
            section,
            list,
            switches: &[],
            also: None,
        }
    }
}

/// The form of a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Required {
    /// The form of its value, for people.
    pub form: &'static str,
    /// A complete example.
    pub example: &'static str,
}

/// Returns the warning about connections that bypass the proxy.
pub(crate) fn past_the_proxy(key: &str, what: &str) -> String {
    format!(
        "{key}: the proxy (network.proxy) is for HTTP requests only; {what} go past it, directly to their hosts"
    )
}

/// The opened grants of a section, ready to decide.
pub(crate) trait Capability {
    /// Returns its description.
    fn about(&self) -> &'static About;

    /// Checks a package's requirement of one of its keys.
    fn requirement(&self, key: &str, _what: &str, _mode: Option<&str>) -> RequirementVerdict {
        RequirementVerdict::unknown(key)
    }

    /// Answers one of its questions from an operator.
    ///
    /// # Errors
    /// [`ExplainError`] with the denial, or for an invalid question.
    fn explain(&self, question: &str, _asked: &Asked) -> Result<Explained, ExplainError> {
        Err(ExplainError::unknown(question))
    }

    /// Returns whether it can reach anything outside of the host. When unsure, returns true.
    fn reaches_out(&self) -> bool;

    /// Returns warnings for an operator who configures a proxy.
    fn proxy_warnings(&self) -> Vec<String> {
        Vec::new()
    }

    /// Closes the protected places, even where the manifest grants them.
    fn protect(&mut self, _protected: &Protected) {}

    /// Keeps read access only, for read-only calls.
    fn make_read_only(&mut self) {}
}
