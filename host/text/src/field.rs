//! Fields of log events.

use std::fmt::Debug;

use crate::{visible, visible_lines};

/// The longest field, in bytes.
const MAX_FIELD: usize = 16 << 10;
/// The prefix of a message's lines after the first.
const CONTINUATION: &str = "    ";

/// Formats a field of a log event as `name=value`, and the message without a name, so that it can neither begin a line
/// that looks like an event nor hide anything. A value that contains what looks like another field is quoted; a message
/// is not: of several fields with one name in a line, the last is the event's. Returns `None` for the log's own fields.
///
/// `redact` gets the original text, before it is cut and escaped.
#[must_use]
pub fn log_field(
    name: &str,
    value: &dyn Debug,
    redact: impl Fn(String) -> String,
) -> Option<String> {
    if name.starts_with("log.") {
        return None;
    }
    let text = bounded_field(redact(format!("{value:?}")));
    Some(match name {
        "message" => visible_lines(&text, CONTINUATION).into_owned(),
        // A field may have the name of a keyword.
        _ => {
            let name = name.trim_start_matches("r#");
            match holds_field(&text) && !is_quoted(&text) {
                true => format!("{name}={}", visible(&format!("{text:?}"))),
                false => format!("{name}={}", visible(&text)),
            }
        }
    })
}

/// Whether something in `text` looks like `name=`, after a space.
fn holds_field(text: &str) -> bool {
    let names = |word: &str| {
        let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
        word.split_once('=')
            .is_some_and(|(name, _)| !name.is_empty() && name.chars().all(part))
    };
    text.split(char::is_whitespace).skip(1).any(names)
}

/// Whether `text` is one quoted string, as `Debug` writes it.
fn is_quoted(text: &str) -> bool {
    let inner = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    inner.is_some_and(|inner| {
        let mut escaped = false;
        let ends = inner.chars().any(|character| {
            let ends = character == '"' && !escaped;
            escaped = character == '\\' && !escaped;
            ends
        });
        !ends && !escaped
    })
}

/// Returns the text of a field of a log event, cut to 16 KiB.
#[must_use]
pub fn bounded_field(mut text: String) -> String {
    let length = text.len();
    if length > MAX_FIELD {
        text.truncate(text.floor_char_boundary(MAX_FIELD));
        text.push_str(&format!("… ({length} bytes)"));
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use luminarys_testing::each_row;

    use super::*;
    use crate::visible::tests::any_text;

    proptest! {
        #[test]
        fn no_later_line_begins_at_the_margin(text in any_text()) {
            let field = |name| log_field(name, &format_args!("{text}"), |text| text);
            let message = field("message").unwrap_or_default();
            let forged = message.split('\n').skip(1).find(|line| !line.is_empty() && !line.starts_with(CONTINUATION));
            prop_assert_eq!(forged, None);
            prop_assert_eq!(field("asked").unwrap_or_default().lines().count(), 1);
        }
    }

    #[test]
    fn fields_are_redacted_cut_and_named() {
        let redact = |text: String| text.replace("a\nb", "[secret]");
        let field = |name, value: &str| log_field(name, &format_args!("{value}"), redact);
        assert_eq!(field("message", "x a\nb\ny").unwrap(), "x [secret]\n    y");
        assert_eq!(field("r#type", "x\ny").unwrap(), "type=x\\ny");
        assert_eq!(field("log.line", "x"), None);
        let rows = [
            ("/a b", "asked=/a b"),
            ("{a: [\"/x y\"]}", "asked={a: [\"/x y\"]}"),
            ("/a skill=other", "asked=\"/a skill=other\""),
            (
                "\"/a\" skill=\"other\"",
                "asked=\"\\\"/a\\\" skill=\\\"other\\\"\"",
            ),
            ("\"/a skill=other\"", "asked=\"/a skill=other\""),
        ];
        each_row(rows, |(value, shown)| {
            assert_eq!(field("asked", value).unwrap(), shown);
        });
        let long = field("message", &"é".repeat(MAX_FIELD)).unwrap();
        assert!(long.ends_with("… (32768 bytes)") && long.len() < MAX_FIELD + 64);
    }
}
