//! The smallest skill: what its methods are is in the lines that begin with @skill, and `lmsk build` makes `lib.rs` and
//! `wit/skill.wit` of them.
//!
//! @skill:id       ai.luminarys.rust-annotated.echo
//! @skill:name     "Echo"
//! @skill:version  1.0.0
//! @skill:desc     "Repeats, answers and reverses text; needs no permission."

use luminarys_sdk::{Context, SkillError};

/// @skill:method  echo "Returns the message unchanged."
/// @skill:param   message required "Text to return" example:"hello"
/// @skill:result  "The same text"
/// @skill:hint    read-only closed-world
pub fn echo(_ctx: &mut Context, message: String) -> Result<String, SkillError> {
    Ok(message)
}

/// @skill:method  ping "Answers \"pong\"."
/// @skill:result  "The word pong"
/// @skill:hint    read-only closed-world
pub fn ping() -> Result<String, SkillError> {
    Ok("pong".to_owned())
}

/// @skill:method  reverse "Returns the message with its characters in reverse order."
/// @skill:param   message required "Text to reverse" example:"abc"
/// @skill:result  "The reversed text"
/// @skill:hint    read-only closed-world
pub fn reverse(_ctx: &mut Context, message: String) -> Result<String, SkillError> {
    Ok(message.chars().rev().collect())
}

#[cfg(test)]
mod tests {
    #[test]
    fn characters_are_reversed() {
        for (message, reversed) in [("", ""), ("abc", "cba"), ("привет", "тевирп")] {
            let result = luminarys_sdk::call(|ctx| super::reverse(ctx, message.to_owned()));
            assert_eq!(result.as_deref(), Ok(reversed));
        }
    }
}
