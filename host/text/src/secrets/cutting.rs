//! Shortens text. A secret that is cut first would no longer be found.

use std::borrow::Cow;

use super::registry::Redactor;

/// Bytes that are examined at once.
const PIECE: usize = 4 << 10;

/// How much more text is examined than is kept, since secrets are longer than their replacement.
const LONGER: usize = 16;

/// Cuts `text` to `limit` characters and an ellipsis, with its secrets replaced first. Text that is not cut is returned
/// unchanged: it is redacted where it leaves the host. The time does not grow with text beyond the limit.
pub fn cut(text: &str, limit: usize) -> Cow<'_, str> {
    if text.chars().nth(limit).is_none() {
        return Cow::Borrowed(text);
    }
    // A character has at most four bytes.
    let enough = limit.saturating_mul(4);
    let (mut stream, mut kept) = (Redactor::process().stream(), Vec::new());
    let most = text.len().min(enough.saturating_mul(LONGER).max(PIECE));
    let mut pieces = text.as_bytes()[..most].chunks(PIECE);
    while kept.len() < enough
        && let Some(piece) = pieces.next()
    {
        stream.push(piece, &mut kept);
    }
    let is_whole = most == text.len() && pieces.len() == 0;
    if is_whole {
        // Otherwise the text held back may be the beginning of a secret.
        stream.finish(&mut kept);
    }
    let kept = String::from_utf8_lossy(&kept);
    // A character cut in two at the end is dropped.
    let kept = kept.trim_end_matches(char::REPLACEMENT_CHARACTER);
    match kept.char_indices().nth(limit) {
        Some((end, _)) => Cow::Owned(format!("{}…", &kept[..end])),
        None if is_whole => Cow::Owned(kept.to_owned()),
        None => Cow::Owned(format!("{kept}…")),
    }
}
