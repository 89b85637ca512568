//! Splits a command line into words: by spaces, with single and double quotes as in a shell.

use anyhow::{bail, ensure};

/// Returns the words of `line`. Nothing is expanded.
pub fn split(line: &str) -> anyhow::Result<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for character in line.chars() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => word.get_or_insert_default().push(character),
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            (None, '|' | '>' | '<' | ';' | '&' | '$' | '`' | '\\') => {
                bail!("{character} in {line:?}: there is no shell")
            }
            (None, _) => word.get_or_insert_default().push(character),
        }
    }
    ensure!(quote.is_none(), "a quote is not closed in {line:?}");
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn words_are_split_as_a_shell_splits_them() {
        let rows = [
            ("a b  c", &["a", "b", "c"][..]),
            ("a 'b c' \"d 'e\"", &["a", "b c", "d 'e"]),
            ("a '' b", &["a", "", "b"]),
            ("x='1 2'", &["x=1 2"]),
        ];
        each_row(rows, |(line, words)| {
            assert_eq!(split(line).unwrap(), words, "{line}");
        });
        let rows = ["a | b", "a 'b", "a > b", "$HOME"];
        each_row(rows, |line| {
            assert!(split(line).is_err(), "{line}");
        });
    }
}
