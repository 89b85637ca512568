//! Parses `@skill:hint`.

use luminarys_package::{Hint, check_hints};

use super::{SyntaxError, skip, wrong};
use crate::reference::nearest;

/// Adds the hints of a line, separated by spaces or commas, to those of the method's previous lines.
///
/// # Errors
/// Fails for an empty line, an unknown hint (names the nearest known one), and a hint that is repeated or contradicts
/// another.
pub fn hints(rest: &str, known: &mut Vec<Hint>) -> Result<(), SyntaxError> {
    let is_blank = |character: char| character.is_whitespace() || character == ',';
    let mut at = 0;
    let mut found = false;
    loop {
        at = skip(rest, at);
        let after = rest[at..].trim_start_matches(is_blank);
        at = rest.len() - after.len();
        if after.is_empty() {
            break;
        }
        let end = at + after.find(is_blank).unwrap_or(after.len());
        let word = &rest[at..end];
        let Some(hint) = Hint::of_word(word) else {
            let words = Hint::ALL.iter().map(|(hint, _)| hint.word());
            let near = nearest(word, words.clone()).unwrap_or_default();
            let all: Vec<&str> = words.collect();
            let all = all.join(", ");
            return wrong(
                at..end,
                format!("{word:?} is not a hint; did you mean {near}? (known: {all})"),
            );
        };
        known.push(hint);
        if let Err(reason) = check_hints(known) {
            known.pop();
            return wrong(at..end, reason);
        }
        found = true;
        at = end;
    }
    match found {
        true => Ok(()),
        false => wrong(0..rest.len(), "@skill:hint needs a word such as read-only"),
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn words_are_parsed() {
        use Hint::{ClosedWorld, Idempotent, ReadOnly};
        let rows = [
            ("read-only", &[ReadOnly][..]),
            ("read-only closed-world", &[ReadOnly, ClosedWorld]),
            (" idempotent,  read-only ", &[Idempotent, ReadOnly]),
        ];
        each_row(rows, |(line, expected)| {
            let mut found = Vec::new();
            hints(line, &mut found).unwrap();
            assert_eq!(found, expected, "{line}");
        });
    }

    #[test]
    fn mistakes_are_named() {
        let rows = [
            (None, "", 0..0, "read-only"),
            (None, " , ", 0..3, "needs a word"),
            (None, "readonly", 0..8, "did you mean read-only?"),
            (
                None,
                "read-only idempotant",
                10..20,
                "did you mean idempotent?",
            ),
            (None, "read-only, destructive", 11..22, "contradict"),
            (Some(Hint::ReadOnly), "read-only", 0..9, "repeated"),
            (Some(Hint::Destructive), "read-only", 0..9, "contradict"),
            (None, "idempotent\u{2003}é", 13..15, "is not a hint"),
        ];
        each_row(rows, |(before, line, range, part)| {
            let mut known = before.into_iter().collect();
            let error = hints(line, &mut known).unwrap_err();
            assert_eq!(error.range, range, "{line:?}: {error}");
            assert!(error.to_string().contains(part), "{line:?}: {error}");
        });
    }
}
