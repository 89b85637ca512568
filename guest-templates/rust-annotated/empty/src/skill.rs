//! A skill with one method. `lmsk generate` makes `lib.rs` and `wit/skill.wit` of the lines that begin with @skill.
//!
//! @skill:id       ai.luminarys.rust-annotated.empty
//! @skill:name     "Empty"
//! @skill:version  1.0.0
//! @skill:desc     "Greets."

use luminarys_sdk::{Context, SkillError};

/// @skill:method  greet "Greets somebody."
/// @skill:param   name required "Whom to greet" example:Ada
/// @skill:result  "The greeting"
pub fn greet(_context: &mut Context, name: String) -> Result<String, SkillError> {
    Ok(format!("Hello, {name}!"))
}
