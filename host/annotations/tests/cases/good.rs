/// @skill:id      ai.example.notes
/// @skill:name    "Notes"
/// @skill:version 1.2.0
/// @skill:desc    "Keeps \"notes\" in a folder."
/// @skill:require fs /data/notes:rw
/// @skill:require shell git **  // for history
use luminarys_sdk::prelude::*;

/// Adds a note.
///
/// @skill:method add_note "Adds a note."
/// @skill:param  title  required "Its first line" example:"Buy milk"
/// @skill:param  kind   optional "What it is" default:plain enum:plain|list
/// @skill:param  ref  "A reference" example:HEAD~1
/// @skill:param  pinned optional "Keep it on top" default:false
/// @skill:param  weight "How heavy" default:1.5
/// @skill:param  image  "A picture"
/// @skill:result "The note's path"
/// @skill:title   "A title of its own"
/// @skill:hint    read-only, idempotent
/// @skill:hint    closed-world
pub fn add(
    ctx: &mut Context,
    title: String,
    kind: String,
    r#ref: String,
    pinned: bool,
    weight: f64,
    image: Vec<u8>,
) -> Result<String, SkillError> {
    let text = "@skill:method in_a_text";
    todo!()
}

/// @skill:method touched "Is told of events."
/// @skill:param  count "How many"
/// @skill:callback
pub fn touched(_: &sdk::Context, count: i64) -> Result<(), luminarys_sdk::SkillError> {
    todo!()
}

/** @skill:method hidden "For others."
 * @skill:internal
 */
pub fn hidden() -> Result<i64, SkillError> {
    todo!()
}

/// No method.
fn helper() {}
