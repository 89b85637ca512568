//! Places where an invisible character is legitimate: what is needed to write languages and emoji, and no more.
//!
//! - U+200C and U+200D as RFC 5892 (appendix A.1 and A.2) allows them in names: after a virama, and U+200C between
//!   letters
//!   that would join. U+200D also before a virama, as Bengali and Kannada write it.
//! - U+200D between emoji, and U+FE0F after one, or in a keycap such as 1️⃣.
//!
//! Nothing else: no tag characters (not even in flags), no other variation selectors, no bidirectional marks.

use icu_properties::props::{CanonicalCombiningClass, Emoji, ExtendedPictographic, JoiningType};
use icu_properties::{CodePointMapData, CodePointSetData};

use crate::hidden::is_hidden;

const ZERO_WIDTH_NON_JOINER: char = '\u{200c}';
const ZERO_WIDTH_JOINER: char = '\u{200d}';
const EMOJI_VARIATION: char = '\u{fe0f}';
const KEYCAP: char = '\u{20e3}';

/// Tells whether the hidden `character` is legitimate between `before` and `after`.
pub(crate) fn belongs(before: &str, character: char, after: &str) -> bool {
    let next = after.chars().next().filter(|next| !is_hidden(*next));
    match character {
        ZERO_WIDTH_NON_JOINER => follows_virama(before) || joins(before, after),
        ZERO_WIDTH_JOINER => {
            let before_virama = next.is_some_and(is_virama);
            follows_virama(before)
                || (before_virama
                    && before.ends_with(|last: char| last.is_alphabetic() && !is_hidden(last)))
                || (follows_emoji(before) && next.is_some_and(is_pictograph))
        }
        EMOJI_VARIATION => match before.chars().next_back() {
            Some(last) if last.is_ascii() => is_keycap(last) && next == Some(KEYCAP),
            Some(last) => is_emoji(last),
            None => false,
        },
        _ => false,
    }
}

fn is_keycap(character: char) -> bool {
    character.is_ascii_digit() || matches!(character, '#' | '*')
}

fn is_virama(character: char) -> bool {
    let class = CodePointMapData::<CanonicalCombiningClass>::new().get(character);
    class == CanonicalCombiningClass::Virama
}

fn follows_virama(before: &str) -> bool {
    before.ends_with(|last| !is_hidden(last) && is_virama(last))
}

fn is_emoji(character: char) -> bool {
    let emoji = CodePointSetData::new::<Emoji>().contains(character);
    emoji && !character.is_ascii() && !is_hidden(character)
}

fn is_pictograph(character: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(character)
}

/// Whether `before` ends with an emoji, possibly with its variation selector.
fn follows_emoji(before: &str) -> bool {
    let mut last = before.chars().rev();
    match last.next() {
        Some(EMOJI_VARIATION) => last.next().is_some_and(is_emoji),
        Some(last) => is_emoji(last),
        None => false,
    }
}

/// Whether the letters on both sides would join, ignoring transparent marks.
fn joins(before: &str, after: &str) -> bool {
    let types = CodePointMapData::<JoiningType>::new();
    let letter = |mut characters: Box<dyn Iterator<Item = char> + '_>| {
        let letter =
            characters.find(|one| is_hidden(*one) || types.get(*one) != JoiningType::Transparent);
        letter
            .filter(|one| !is_hidden(*one))
            .map(|one| types.get(one))
    };
    let left = letter(Box::new(before.chars().rev()));
    let right = letter(Box::new(after.chars()));
    matches!(
        left,
        Some(JoiningType::LeftJoining | JoiningType::DualJoining)
    ) && matches!(
        right,
        Some(JoiningType::RightJoining | JoiningType::DualJoining)
    )
}
