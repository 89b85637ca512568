//! Text that is shortened. A secret that were cut first would no longer be found.

use std::borrow::Cow;

use super::registry::Redactor;

/// Bytes that are looked at in one go.
const PIECE: usize = 4 << 10;

/// How much longer than what is kept the text that is looked at may be: secrets are longer than what stands for them.
const LONGER: usize = 16;

/// Cuts `text` to `limit` characters and an ellipsis, with the secrets in it replaced first. What is not cut is returned as
/// it is: it is redacted where it leaves the host. Takes no more time for a text that is much longer than the limit.
pub fn cut(text: &str, limit: usize) -> Cow<'_, str> {
    if text.chars().nth(limit).is_none() {
        return Cow::Borrowed(text);
    }
    // No character has more bytes than four.
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
        // Otherwise what is held back may be the beginning of a secret.
        stream.finish(&mut kept);
    }
    let kept = String::from_utf8_lossy(&kept);
    // A character that is cut in two at the end is left out.
    let kept = kept.trim_end_matches(char::REPLACEMENT_CHARACTER);
    match kept.char_indices().nth(limit) {
        Some((end, _)) => Cow::Owned(format!("{}…", &kept[..end])),
        None if is_whole => Cow::Owned(kept.to_owned()),
        None => Cow::Owned(format!("{kept}…")),
    }
}
