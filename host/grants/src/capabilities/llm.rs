//! `permissions.llm`: whether a skill may ask a language model, and how much.

use serde::Deserialize;

use super::filesystem::FilesystemGrants;
use crate::capability::{About, Capability, Interface, Key, Place, Required, ValueKind};
use crate::denial::Denial;
use crate::explain::{Asked, ExplainError, Explained, Question, Target};
use crate::open_error::OpenError;
use crate::requirement::RequirementVerdict;
use crate::section::{Import, Listed, Reader, Section, Written};
use crate::yaml::YamlError;

/// The key that enables the section.
const ENABLED: &str = "permissions.llm.enabled";

pub(crate) static ABOUT: About = About {
    interfaces: &[Interface {
        name: "llm",
        what: "language models",
        key: "llm",
        is_asked_for: false,
    }],
    keys: &[Key {
        name: "llm",
        form: "",
        help: "language models",
        example: "",
        value: ValueKind::Nothing,
        place: Place::switched(&["permissions", "llm"], None),
        shown: "llm",
        requirement: Some(Required {
            form: "nothing",
            example: "llm",
        }),
    }],
    questions: &[Question {
        name: "llm",
        help: "Language models",
        target: Target::Nothing("models are granted as a whole"),
        flags: &[],
    }],
};

/// `permissions.llm`
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct LlmSection {
    /// Whether a model may be asked.
    pub enabled: bool,
    /// Maximum number of tokens of one completion.
    pub max_tokens: u32,
    /// Maximum number of completions per minute.
    pub max_calls_per_minute: u64,
    /// Maximum number of requested tokens per hour.
    pub max_tokens_per_hour: u64,
}

impl Default for LlmSection {
    fn default() -> Self {
        Self {
            enabled: false,
            max_tokens: 1_024,
            max_calls_per_minute: 20,
            max_tokens_per_hour: 100_000,
        }
    }
}

impl Written for LlmSection {
    type Section = Self;

    fn read(self, _: &Reader<'_>) -> Result<Self, YamlError> {
        Ok(self)
    }

    fn add(&mut self, line: Self) {
        self.enabled |= line.enabled;
    }
}

impl Section for LlmSection {
    fn listed(&self) -> Vec<Listed> {
        let limits = || {
            format!(
                "{} tokens a completion, {} completions a minute, {} tokens an hour",
                self.max_tokens, self.max_calls_per_minute, self.max_tokens_per_hour
            )
        };
        let listed = self.enabled.then(|| Listed::new("llm", limits(), ENABLED));
        listed.into_iter().collect()
    }

    fn import(&self, interface: &str) -> Option<Import> {
        (interface == "llm").then(|| Import {
            granted: self.enabled,
            why: match self.enabled {
                true => ENABLED.to_owned(),
                false => format!("{ENABLED} is not set"),
            },
        })
    }
}

/// The grants of `permissions.llm`.
#[derive(Clone, Debug, Default)]
pub struct LlmGrants(pub LlmSection);

impl LlmGrants {
    /// Wraps `section`.
    ///
    /// # Errors
    /// Never fails: the section needs nothing opened.
    pub(crate) fn open(section: &LlmSection, _: &FilesystemGrants) -> Result<Self, OpenError> {
        Ok(Self(section.clone()))
    }

    /// Decides whether a model may be asked. Returns the key that allows it.
    ///
    /// # Errors
    /// [`Denial`] when the section is closed.
    pub fn decide(&self) -> Result<&'static str, Denial> {
        if self.0.enabled {
            return Ok(ENABLED);
        }
        let reason = "permissions.llm is not enabled";
        let rule = "permissions.llm.enabled: true";
        Err(Denial::new("llm", "complete", reason, rule))
    }
}

impl Capability for LlmGrants {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn requirement(&self, _: &str, _: &str, _: Option<&str>) -> RequirementVerdict {
        match self.decide() {
            Ok(rule) => RequirementVerdict::met(rule),
            Err(denial) => RequirementVerdict::unmet(denial.reason, denial.rule),
        }
    }

    fn explain(&self, _: &str, _: &Asked) -> Result<Explained, ExplainError> {
        Ok(Explained::By(self.decide()?.to_owned()))
    }

    fn reaches_out(&self) -> bool {
        self.0.enabled
    }
}
