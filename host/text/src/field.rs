//! Fields of log events.

use std::fmt::Debug;

use crate::{visible, visible_lines};

/// The longest field, in bytes.
const MAX_FIELD: usize = 16 << 10;
/// What lines of a message after the first begin with.
const CONTINUATION: &str = "    ";

/// Formats a field of a log event as `name=value`, and the message by itself, so that it can neither begin a line that
/// passes for an event nor hide anything. None for fields that are the log's own.
///
/// `redact` is given the text as it is, before it is cut and escaped.
#[must_use]
pub fn log_field(
    name: &str,
    value: &dyn Debug,
    redact: impl Fn(String) -> String,
) -> Option<String> {
    if name.starts_with("log.") {
        return None;
    }
    let text = bounded(redact(format!("{value:?}")));
    Some(match name {
        "message" => visible_lines(&text, CONTINUATION).into_owned(),
        // A field may be named as a keyword is.
        _ => format!("{}={}", name.trim_start_matches("r#"), visible(&text)),
    })
}

fn bounded(mut text: String) -> String {
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

    use super::*;
    use crate::visible::tests::any_text;

    proptest! {
        #[test]
        fn no_line_begins_at_the_margin(text in any_text()) {
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
        let long = field("message", &"é".repeat(MAX_FIELD)).unwrap();
        assert!(long.ends_with("… (32768 bytes)") && long.len() < MAX_FIELD + 64);
    }
}
