//! Which characters are hidden: the one rule for which may be shown as they are.
//!
//! Hidden is what a reader does not see and what changes how the text around it is shown: control and format characters
//! (Cc, Cf: bidirectional controls, zero-width characters, tags), line and paragraph separators (Zl, Zp), characters that
//! Unicode says are ignored in display (variation selectors, fillers), and those that have no agreed meaning: unassigned
//! (Cn) and private use (Co). Arabic signs that enclose digits are format characters, but are seen, and may pass.

use icu_properties::props::{
    DefaultIgnorableCodePoint, GeneralCategory, PrependedConcatenationMark,
};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Returns whether `character` is hidden wherever it stands, line breaks and tabs included.
#[must_use]
pub fn is_hidden(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    if character == BLANK_BRAILLE {
        return true;
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    match category {
        GeneralCategory::Control
        | GeneralCategory::LineSeparator
        | GeneralCategory::ParagraphSeparator
        | GeneralCategory::PrivateUse
        | GeneralCategory::Surrogate
        | GeneralCategory::Unassigned => true,
        GeneralCategory::Format => {
            !CodePointSetData::new::<PrependedConcatenationMark>().contains(character)
        }
        _ => CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character),
    }
}

/// The one pattern of braille that shows nothing and is no space.
const BLANK_BRAILLE: char = '\u{2800}';
