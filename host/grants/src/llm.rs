//! `permissions.llm`: whether a skill may ask a language model, and how much.

use crate::denial::Denial;
use crate::manifest::LlmSection;

/// `permissions.llm`, ready to decide.
#[derive(Clone, Debug, Default)]
pub struct LlmGrants(pub LlmSection);

impl LlmGrants {
    /// Whether a model may be asked; where that stands.
    ///
    /// # Errors
    /// [`Denial`] when the section is closed.
    pub fn decide(&self) -> Result<&'static str, Denial> {
        if self.0.enabled {
            return Ok("permissions.llm.enabled");
        }
        let reason = "permissions.llm is not enabled";
        let rule = "permissions.llm.enabled: true";
        Err(Denial::new("llm", "complete", reason, rule))
    }
}
