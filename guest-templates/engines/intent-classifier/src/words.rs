//! The words of a text.

use unicode_normalization::UnicodeNormalization as _;

/// Characters of a text that are looked at: what is asked stands at its beginning.
pub const MOST_CHARACTERS: usize = 2000;
/// Characters of a word that count.
const MOST_WORD: usize = 40;

/// Makes a picture of the character before it.
const PICTURE: char = '\u{FE0F}';

/// Returns a text's characters in their plainest form (NFKC): wide and bold letters become letters, and those with marks become
/// one character. Letters that are shown as pictures are left out.
fn plain(text: &str) -> impl Iterator<Item = char> {
    let mut characters = text.chars().peekable();
    let letters = std::iter::from_fn(move || {
        loop {
            let character = characters.next()?;
            if characters.peek() != Some(&PICTURE) {
                return Some(character);
            }
        }
    });
    letters.nfkc()
}

/// Tells whether there is more text than is looked at.
pub fn is_cut(text: &str) -> bool {
    plain(text).nth(MOST_CHARACTERS).is_some()
}

/// Tells whether words have a letter of English or Russian: the model knows nothing of others.
pub fn has_known_letters(words: &[String]) -> bool {
    let mut letters = words.iter().flat_map(|word| word.chars());
    letters.any(|letter| letter.is_ascii_alphabetic() || ('а'..='я').contains(&letter))
}

/// Splits a text into lower-case words; any other visible character of ASCII is one of its own.
pub fn split(text: &str) -> Vec<String> {
    let start: String = plain(text).take(MOST_CHARACTERS).collect();
    let mut found = Vec::new();
    let mut word = String::new();
    let mut length = 0;
    for character in start.to_lowercase().chars().chain([' ']) {
        if is_letter(character) {
            if length < MOST_WORD {
                word.push(if character == 'ё' { 'е' } else { character });
            }
            length += 1;
            continue;
        }
        if length > 0 {
            found.push(std::mem::take(&mut word));
            length = 0;
        }
        if character.is_ascii_graphic() {
            found.push(character.to_string());
        }
    }
    found
}

/// Tells whether a character is part of words: letters, digits and marks of any script, without tables of Unicode that
/// differ between versions.
pub fn is_letter(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || character > '\u{BF}'
            && !matches!(character, '\u{D7}' | '\u{F7}' | '\u{FEFF}' | '\u{FFFD}')
            && !matches!(character, '\u{2000}'..='\u{2BFF}' | '\u{3000}'..='\u{303F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_where_people_end_them() {
        let long = "a".repeat(100);
        let table: &[(&str, &[&str])] = &[
            ("", &[]),
            (" \t\n\u{a0}\u{2003}", &[]),
            ("Read config.yaml", &["read", "config", ".", "yaml"]),
            ("Ещё ЁЖ, «кавычки»", &["еще", "еж", ",", "кавычки"]),
            ("a\u{0}b\u{202e}c\u{fffd}d", &["a", "b", "c", "d"]),
            ("e\u{301}te\u{301}", &["\u{e9}t\u{e9}"]),
            ("日本語、テスト", &["日本語", "テスト"]),
            ("ｇｉｔ　ｐｕｓｈ", &["git", "push"]),
            ("𝐠𝐢𝐭 №5 ﬁx", &["git", "no5", "fix"]),
            (
                "\u{2139}\u{FE0F} 1\u{FE0F}\u{20E3}",
                &["\u{FE0F}", "\u{FE0F}"],
            ),
            ("и\u{306}е\u{308}", &["йе"]),
            (&long, &[&long[..MOST_WORD]]),
        ];
        let wrong: Vec<_> = table
            .iter()
            .map(|(text, words)| (text, split(text), words))
            .filter(|(_, found, words)| found != *words)
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn what_follows_the_first_characters_is_not_looked_at() {
        let text = "x ".repeat(5_000_000);
        assert!(is_cut(&text));
        assert_eq!(split(&text).len(), MOST_CHARACTERS / 2);
        assert!(!is_cut(&"ж".repeat(MOST_CHARACTERS)));
        assert!(is_cut(&"ж".repeat(MOST_CHARACTERS + 1)));
    }
}
