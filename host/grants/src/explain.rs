//! Decisions that the operator asks for rather than a skill: the grammar of a question, and its answer.

use thiserror::Error;

use crate::denial::Denial;
use crate::section::Access;

/// A question about a capability, as `luminarys explain` takes it.
#[derive(Debug)]
pub struct Question {
    /// The word for it, such as `filesystem`.
    pub name: &'static str,
    /// What is asked, for people.
    pub help: &'static str,
    /// What it is about.
    pub target: Target,
    /// The options that it takes.
    pub flags: &'static [Flag],
}

/// What a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A text that is given, described for people.
    Needed(&'static str),
    /// A text that may be left out: its description, and what stands for it then.
    Optional(&'static str, &'static str),
    /// Nothing, for this reason.
    Nothing(&'static str),
}

/// An option of a question.
#[derive(Debug, PartialEq, Eq)]
pub struct Flag {
    /// Its name, without dashes.
    pub name: &'static str,
    /// What it takes, for people; none for a switch.
    pub value: Option<&'static str>,
    /// What it asks for.
    pub help: &'static str,
}

/// To write rather than read.
pub(crate) const WRITE: Flag = Flag {
    name: "write",
    value: None,
    help: "ask about writing instead of reading",
};
/// To connect without looking at certificates.
pub(crate) const INSECURE: Flag = Flag {
    name: "insecure",
    value: None,
    help: "ask about connections without certificate verification",
};

/// What is asked: a target, and the options with their values.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    target: String,
    flags: Vec<(&'static str, String)>,
}

/// What is wrong with what is asked, in one sentence.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AskError {
    /// The target is missing.
    #[error("`{0}` needs a target; see `luminarys explain --help`")]
    NoTarget(&'static str),
    /// A target that the question does not take.
    #[error("`{0}` takes no target: {1}")]
    Target(&'static str, &'static str),
    /// An option that belongs to other questions.
    #[error("--{0} is for {1} only")]
    Flag(&'static str, String),
}

impl Asked {
    /// Puts what is asked together: an empty `target` is none; `flags` are names with their values, empty for a switch.
    /// `fitting` returns the names of the questions that take an option.
    ///
    /// # Errors
    /// [`AskError`] for parts that do not belong to `question`: none of them is ignored.
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

    /// What the question is about; empty where it takes nothing.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Whether an option is given.
    pub(crate) fn has(&self, flag: &Flag) -> bool {
        self.value(flag).is_some()
    }

    /// The value of an option that is given.
    pub(crate) fn value(&self, flag: &Flag) -> Option<&str> {
        let found = self.flags.iter().find(|(name, _)| *name == flag.name);
        found.map(|(_, value)| value.as_str())
    }

    /// What [`WRITE`] asks for.
    pub(crate) fn access(&self) -> Access {
        Access::of(self.has(&WRITE))
    }
}

/// What grants answer to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explained {
    /// It is allowed, by this line or key of the manifest.
    By(String),
    /// The disk or a name server decides as well.
    Outside(Outside),
    /// The manifest of the skill with this id decides as well.
    Skill(String),
}

/// What decides beside a manifest, and has to be looked up where the skill would run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outside {
    /// Where the links of a path lead.
    Path {
        /// The path, as a skill writes it.
        path: String,
        /// What is done there.
        access: Access,
    },
    /// Where the links of the directory lead that a command would run in, when the command is allowed.
    Directory {
        /// The line that allows the command.
        rule: String,
        /// The directory.
        directory: String,
    },
    /// The addresses of a URL's host, unless a proxy looks them up.
    Request {
        /// The URL.
        url: String,
    },
    /// The addresses of a WebSocket's host.
    WebSocket {
        /// The URL.
        url: String,
        /// Whether certificates go unchecked.
        insecure: bool,
    },
    /// The addresses of a host.
    Connection {
        /// The host and the port.
        address: String,
        /// Whether certificates go unchecked.
        insecure: bool,
    },
}

/// Why there is no answer, or not the one hoped for.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ExplainError {
    /// The manifest does not allow it.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// The question makes no sense, such as a relative path.
    #[error("{0}")]
    Invalid(String),
}

impl ExplainError {
    /// The error for a question that no capability answers.
    pub(crate) fn unknown(question: &str) -> Self {
        Self::Invalid(format!("{question:?} is nothing that can be asked about"))
    }
}
