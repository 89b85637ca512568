//! @skill:id      echo-skill
//! @skill:name    Notes
//! @skill:version 1.0
//! @skill:versoin 1.0.0
//! @skill:require shel git **

use luminarys_sdk::prelude::*;

// @skill:method stray "Is not documentation."
pub fn stray() -> Result<String, SkillError> {
    todo!()
}

/// @skill:method AddNote "Not snake_case."
/// @skill:param title required "Title" default:x
/// @skill:param count "Count" default:many
pub fn add(ctx: &mut Context, count: i64, title: &str) -> Result<Vec<String>, SkillError> {
    todo!()
}

/// @skill:method private "Not public."
fn private() -> Result<(), SkillError> {
    todo!()
}

/// @skill:param lost "No method is named."
pub fn lost(lost: String) -> Result<(), SkillError> {
    todo!()
}

/// @skill:method plain "No result."
pub fn plain() -> String {
    todo!()
}

/// @skill:method plain "Twice."
/// @skill:param  one "Of two."
pub fn again(one: String, two: String) -> Result<String, SkillError> {
    todo!()
}

/// @skill:method structure "Is no function."
pub struct Structure {
    /// @skill:param inside "Belongs to nothing."
    field: String,
}

/// @skill:method choice "Chooses."
/// @skill:param way required "Way" enum:a|b default:c
/// @skill:param size "Size" enum:1|2
/// @skill:internal now
/// @skill:hint readonly
/// @skill:hint read-only destructive
/// @skill:title none
pub fn choice(way: String, size: i64) -> Result<String, SkillError> {
    todo!()
}
