//! Decisions that an operator asks for: the form of a question, and its answer.

use thiserror::Error;

use crate::denial::Denial;
use crate::section::Access;

/// A question about a capability, as `luminarys explain` accepts it.
#[derive(Debug)]
pub struct Question {
    /// Its name, such as `filesystem`.
    pub name: &'static str,
    /// What the question asks, for people.
    pub help: &'static str,
    /// Its target.
    pub target: Target,
    /// The options that it accepts.
    pub flags: &'static [Flag],
}

/// The target of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A required target, with its description.
    Needed(&'static str),
    /// An optional target: its description, and its default.
    Optional(&'static str, &'static str),
    /// No target, for this reason.
    Nothing(&'static str),
}

/// An option of a question.
#[derive(Debug, PartialEq, Eq)]
pub struct Flag {
    /// Its name, without dashes.
    pub name: &'static str,
    /// The form of its value, for people; `None` for a switch.
    pub value: Option<&'static str>,
    /// What it asks for.
    pub help: &'static str,
}

/// Asks about writing rather than reading.
pub(crate) const WRITE: Flag = Flag {
    name: "write",
    value: None,
    help: "ask about writing instead of reading",
};
/// Asks about connecting without certificate verification.
pub(crate) const INSECURE: Flag = Flag {
    name: "insecure",
    value: None,
    help: "ask about connections without certificate verification",
};

/// A question's arguments: a target, and the options with their values.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    target: String,
    flags: Vec<(&'static str, String)>,
}

/// An invalid question, described in one sentence.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AskError {
    /// The target is missing.
    #[error("`{0}` needs a target; see `luminarys explain --help`")]
    NoTarget(&'static str),
    /// A target that the question does not accept.
    #[error("`{0}` takes no target: {1}")]
    Target(&'static str, &'static str),
    /// An option that belongs to other questions.
    #[error("--{0} is for {1} only")]
    Flag(&'static str, String),
}

impl Asked {
    /// Builds the arguments of a question: an empty `target` is none; `flags` are names with their values, empty for a
    /// switch. `fitting` returns the names of the questions that accept an option.
    ///
    /// # Errors
    /// [`AskError`] for every part that does not belong to `question`.
    pub fn new(
        question: &Question,
        target: &str,
        flags: Vec<(&'static str, String)>,
        fitting: impl Fn(&str) -> Vec<&'static str>,
    ) -> Result<Self, AskError> {
        let is_taken = |name: &str| question.flags.iter().any(|flag| flag.name == name);
        if let Some((name, _)) = flags.iter().find(|(name, _)| !is_taken(name)) {
            let fitting = fitting(name).into_iter().map(|name| format!("`{name}`"));
            let fitting: Vec<String> = fitting.collect();
            return Err(AskError::Flag(name, fitting.join(" and ")));
        }
        let target = match (question.target, target) {
            (Target::Needed(_), "") => return Err(AskError::NoTarget(question.name)),
            (Target::Nothing(why), target) if !target.is_empty() => {
                return Err(AskError::Target(question.name, why));
            }
            (Target::Optional(_, default), "") => default,
            (_, target) => target,
        };
        Ok(Self {
            target: target.to_owned(),
            flags,
        })
    }

    /// Returns the target; empty if the question has none.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Returns whether an option is given.
    pub(crate) fn has(&self, flag: &Flag) -> bool {
        self.value(flag).is_some()
    }

    /// Returns the value of an option that is given.
    pub(crate) fn value(&self, flag: &Flag) -> Option<&str> {
        let found = self.flags.iter().find(|(name, _)| *name == flag.name);
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the access that [`WRITE`] selects.
    pub(crate) fn access(&self) -> Access {
        Access::of(self.has(&WRITE))
    }
}

/// The answer of the grants to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explained {
    /// Allowed by this line or key of the manifest.
    By(String),
    /// The disk or a name server decides as well.
    Outside(Outside),
    /// The manifest of the skill with this id decides as well.
    Skill(String),
}

/// A further decision that has to be made where the skill would run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outside {
    /// The target of a path's links.
    Path {
        /// The path, as a skill passes it.
        path: String,
        /// The kind of access.
        access: Access,
    },
    /// The target of the links of an allowed command's working directory.
    Directory {
        /// The line that allows the command.
        rule: String,
        /// The directory.
        directory: String,
    },
    /// The target of the links of a file that is sent to a node, or received.
    Transfer {
        /// The entry that allows the node.
        rule: String,
        /// The path, as a skill passes it.
        path: String,
        /// Reading to send, writing to receive.
        access: Access,
    },
    /// The addresses of a URL's host, unless a proxy resolves it.
    Request {
        /// The URL.
        url: String,
    },
    /// The addresses of a WebSocket's host.
    WebSocket {
        /// The URL.
        url: String,
        /// Whether certificate verification is skipped.
        insecure: bool,
    },
    /// The addresses of a host.
    Connection {
        /// The host and the port.
        address: String,
        /// Whether certificate verification is skipped.
        insecure: bool,
    },
}

/// A refusal, or a question without an answer.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ExplainError {
    /// The manifest does not allow it.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// The question is invalid, such as one with a relative path.
    #[error("{0}")]
    Invalid(String),
}

impl ExplainError {
    /// Returns the error for a question that no capability answers.
    pub(crate) fn unknown(question: &str) -> Self {
        Self::Invalid(format!("unknown question {question:?}"))
    }
}
