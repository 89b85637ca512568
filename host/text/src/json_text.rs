//! JSON with hidden characters escaped.

use std::borrow::Cow;

use serde::Serialize;

use crate::is_hidden;

/// Escapes every hidden character in `text`, which is JSON, as `\uXXXX`: the same JSON, safe to display.
///
/// Serialisers escape characters below U+0020. Other hidden characters occur only in strings.
#[must_use]
pub fn visible_json(text: &str) -> Cow<'_, str> {
    let hidden = |character: char| !matches!(character, '\0'..='\x7e') && is_hidden(character);
    if !text.contains(hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if hidden(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

/// Serialises `value` as one line of visible JSON.
///
/// # Errors
/// As [`serde_json::to_string`].
pub fn to_json(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(visible_json(&serde_json::to_string(value)?).into_owned())
}

/// Serialises `value` as indented visible JSON.
///
/// # Errors
/// As [`serde_json::to_string_pretty`].
pub fn to_json_pretty(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(visible_json(&serde_json::to_string_pretty(value)?).into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::visible::tests::any_text;

    proptest! {
        #[test]
        fn json_stays_the_same_and_hides_nothing(key in any_text(), text in any_text()) {
            let value = json!({ key: [text] });
            for shown in [to_json(&value)?, to_json_pretty(&value)?] {
                prop_assert_eq!(&serde_json::from_str::<Value>(&shown)?, &value);
                let hidden = shown.chars().find(|c| *c != '\n' && is_hidden(*c));
                prop_assert_eq!(hidden, None, "{}", shown);
            }
            prop_assert_eq!(to_json(&value)?.lines().count(), 1);
        }
    }

    #[test]
    fn supplementary_characters_are_two_units() {
        let tag = "\u{7f}\u{85}\u{e0041}é";
        assert_eq!(to_json(&tag).unwrap(), r#""\u007f\u0085\udb40\udc41é""#);
    }
}
