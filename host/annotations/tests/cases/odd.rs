//! See the @skill:method lines below: this sentence is none.
//!
//! @skill:id      ai.example.odd
//! @skill:name    "Odd"
//! @skill:version 1.0.0

// In this comment @skill:method is a word like others.

/// @skill:method waits "Waits."
pub async fn waits() -> Result<(), SkillError> {}

/// @skill:method generic "Is generic."
/// @skill:param  a "A"
pub fn generic<T>(a: String) -> Result<(), SkillError> {}

/// @skill:method otherwise "Fails otherwise."
pub fn otherwise() -> Result<(), String> {}

/// @skill:method sometimes "Is there at times."
#[cfg(unix)]
pub fn sometimes() -> Result<(), SkillError> {}

#[doc = "@skill:method attribute \"Is an attribute.\""]
pub fn attribute() -> Result<(), SkillError> {}

/// @skill:method text "@skill:internal"
pub fn text() -> Result<(), SkillError> {}
