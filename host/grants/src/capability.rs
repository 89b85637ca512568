//! What every capability says of itself: its words on command lines and in comments, and the decisions of its section.

use crate::explain::{Asked, ExplainError, Explained, Question};
use crate::protected::Protected;
use crate::requirement::RequirementVerdict;

/// The words of a capability.
#[derive(Debug)]
pub struct About {
    /// What a package imports to use it and that does nothing without a grant.
    pub interfaces: &'static [Interface],
    /// What can be granted and required of it.
    pub keys: &'static [Key],
    /// What can be asked about it.
    pub questions: &'static [Question],
}

/// An interface that does nothing without a grant.
#[derive(Debug)]
pub struct Interface {
    /// Its name in the package `luminarys:skill`.
    pub name: &'static str,
    /// What it is for, for people.
    pub what: &'static str,
    /// The key that grants it.
    pub key: &'static str,
    /// Whether an operator who adds a package is asked for what to grant.
    pub is_asked_for: bool,
}

/// A word for something that a manifest grants: `--grant KEY=VALUE`, `@skill:require KEY WHAT`.
#[derive(Debug)]
pub struct Key {
    /// The word, such as `fs` or `shell.dir`.
    pub name: &'static str,
    /// What a value looks like, for people.
    pub form: &'static str,
    /// What is granted, for people.
    pub help: &'static str,
    /// A value, as it stands on a command line.
    pub example: &'static str,
    /// What a value is.
    pub value: ValueKind,
    /// Where a manifest has it.
    pub place: Place,
    /// What it is called in a list of grants.
    pub shown: &'static str,
    /// How a package requires it; none for what no package can require.
    pub requirement: Option<Required>,
}

/// What stands behind a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// A path, perhaps with a mode behind it.
    Path,
    /// Text, as the manifest has it.
    Text,
    /// The value of a variable, whose name is in the key.
    Variable,
    /// Nothing: it is granted as a whole.
    Nothing,
}

/// Where a manifest has what a key grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The keys that lead to the section.
    pub section: &'static [&'static str],
    /// The list that the value goes to; none for a key without a value.
    pub list: Option<&'static str>,
    /// The switches that have to be on.
    pub switches: &'static [&'static str],
    /// What the grants tell of a switch beside `enabled`.
    pub also: Option<&'static str>,
}

impl Key {
    /// The key as it is written, with `NAME` for the name of a variable.
    pub fn written(&self) -> String {
        match self.value {
            ValueKind::Variable => format!("{}.NAME", self.name),
            _ => self.name.to_owned(),
        }
    }
}

impl Place {
    /// The list of a section that has to be enabled.
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

    /// The list of a section without a switch.
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

/// How a package requires something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Required {
    /// What stands behind the key, for people.
    pub form: &'static str,
    /// A whole one.
    pub example: &'static str,
}

/// The warning about connections that a proxy is not for.
pub(crate) fn past_the_proxy(key: &str, what: &str) -> String {
    format!(
        "{key}: the proxy (network.proxy) is for HTTP requests only; {what} go past it, directly to their hosts"
    )
}

/// What a section of a manifest grants, opened and ready to decide.
pub(crate) trait Capability {
    /// Its words.
    fn about(&self) -> &'static About;

    /// Checks what a package requires by one of its keys.
    fn requirement(&self, key: &str, _what: &str, _mode: Option<&str>) -> RequirementVerdict {
        RequirementVerdict::unknown(key)
    }

    /// Answers one of its questions.
    ///
    /// # Errors
    /// [`ExplainError`] with the denial, or where the question makes no sense.
    fn explain(&self, question: &str, _asked: &Asked) -> Result<Explained, ExplainError> {
        Err(ExplainError::unknown(question))
    }

    /// Whether something outside of the host can be reached by it. What is not known for sure counts as reached.
    fn reaches_out(&self) -> bool;

    /// What an operator should know of it when a proxy is configured.
    fn proxy_warnings(&self) -> Vec<String> {
        Vec::new()
    }

    /// Closes what gives authority, even where the manifest grants it.
    fn protect(&mut self, _protected: &Protected) {}

    /// Leaves what can be read, for calls that change nothing.
    fn make_read_only(&mut self) {}
}
