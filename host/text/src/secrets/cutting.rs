//! Text that is shortened. A secret that were cut first would no longer be found.

use std::borrow::Cow;

use super::redact;

/// Cuts `text` to `limit` characters and an ellipsis, with the secrets in it replaced first. What is not cut is returned as
/// it is: it is redacted where it leaves the host.
pub fn cut(text: &str, limit: usize) -> Cow<'_, str> {
    if text.chars().nth(limit).is_none() {
        return Cow::Borrowed(text);
    }
    let redacted = redact(text);
    match redacted.char_indices().nth(limit) {
        Some((end, _)) => Cow::Owned(format!("{}…", &redacted[..end])),
        None => redacted,
    }
}
