//! Words of TypeScript before a class member's name, and ends of list items.

const MODIFIERS: [&str; 7] = [
    "abstract",
    "declare",
    "override",
    "private",
    "protected",
    "public",
    "readonly",
];

/// The modifiers in the text before a member's name: offset and length of each.
pub(super) fn modifiers(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        let offset = text.len() - rest.len();
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
        } else if let Some(comment) = rest.strip_prefix("//") {
            rest = comment.split_once('\n').map_or("", |(_, after)| after);
        } else {
            let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
            let length = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
            if MODIFIERS.contains(&&rest[..length]) {
                found.push((offset, length));
            }
            let step = length.max(rest.chars().next().map_or(0, char::len_utf8));
            if step == 0 {
                return found;
            }
            rest = &rest[step..];
        }
    }
}

/// The end of a list's item, its comma included.
pub(super) fn list_item_end(text: &str, end: u32) -> u32 {
    let rest = &text[end as usize..];
    let blank = rest.len() - rest.trim_start().len();
    match rest[blank..].starts_with(',') {
        true => end + blank as u32 + 1,
        false => end,
    }
}
