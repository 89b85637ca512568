//! The words of a text.

/// Characters of a text that are looked at: what is asked stands at its beginning.
pub const MOST_CHARACTERS: usize = 2000;
/// Characters of a word that count.
const MOST_WORD: usize = 40;

/// Tells whether there is more text than is looked at.
pub fn is_cut(text: &str) -> bool {
    text.chars().nth(MOST_CHARACTERS).is_some()
}

/// Splits a text into lower-case words; any other visible character of ASCII is one of its own.
pub fn split(text: &str) -> Vec<String> {
    let start: String = text.chars().take(MOST_CHARACTERS).collect();
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
            ("e\u{301}te\u{301}", &["e\u{301}te\u{301}"]),
            ("日本語、テスト", &["日本語", "テスト"]),
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
