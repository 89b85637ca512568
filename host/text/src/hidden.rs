//! Which characters are hidden: the one rule for which may be shown as they are.
//!
//! Hidden characters are those that a reader does not see or that change how other text is shown: control and format
//! characters (Cc, Cf: bidirectional controls, zero-width characters, tags), line and paragraph separators (Zl, Zp),
//! characters that Unicode defines as ignorable (variation selectors, fillers), and those without a fixed meaning:
//! unassigned (Cn) and private use (Co). Arabic signs that enclose digits are format characters, but visible, and
//! allowed.

use icu_properties::props::{
    DefaultIgnorableCodePoint, GeneralCategory, PrependedConcatenationMark,
};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Tells whether `character` is hidden regardless of context, including line breaks and tabs.
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

/// The braille pattern without dots, which is not a space.
const BLANK_BRAILLE: char = '\u{2800}';
