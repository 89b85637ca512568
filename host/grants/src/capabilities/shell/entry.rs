//! An entry of `permissions.shell.allowlist`.

use crate::command;
use crate::denial::quoted;
use crate::kind::Kind;
use crate::pattern::{Pattern, PatternError, is_pattern};

/// A command's words, quoted as `command::join` does.
pub(crate) static COMMAND: Kind = Kind::new(
    || format!("{WORD}(?: {WORD})*"),
    "a command is matched as words with one blank between them; a word with other characters than a-z, \
     A-Z, 0-9 and + - . / : @ ] _ stands in quotes",
);

/// A word of a command, quoted if a shell needs quotes.
const WORD: &str = r#"(?:[-+./:@\]_0-9A-Za-z]|'[^'\\]*'|"(?:\\.|[^"\\$`!^])*")+"#;

/// Compiles an entry, which must match some command.
///
/// # Errors
/// [`PatternError`] for an entry that is invalid or matches nothing; the message suggests what to write.
pub(crate) fn matching_command(text: &str) -> Result<Pattern, PatternError> {
    let pattern = Pattern::new(text)?;
    let failed = |reason: String| PatternError {
        pattern: text.to_owned(),
        reason: format!("can match nothing: {reason}"),
    };
    let better = if is_pattern(text) {
        if COMMAND.has_match(&pattern) {
            return Ok(pattern);
        }
        let words: Vec<String> = text.split_whitespace().map(in_quotes).collect();
        let quoted = words.join(" ");
        let matches = Pattern::new(&quoted).is_ok_and(|pattern| COMMAND.has_match(&pattern));
        matches.then_some(quoted)
    } else {
        // Without a wildcard, the entry is itself a command.
        let canonical = command::canonical(text).map_err(failed)?;
        if canonical == text {
            return Ok(pattern);
        }
        Some(canonical)
    };
    let advice = COMMAND.advice();
    Err(failed(match better {
        Some(better) => format!("{advice}; write {}", quoted(&better)),
        None => advice.to_owned(),
    }))
}

/// Returns a word of a pattern, quoted if the words that it matches are quoted.
fn in_quotes(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-+./:@]_*?[{},".contains(c);
    if word.chars().all(is_plain) || word.contains('\'') {
        word.to_owned()
    } else {
        format!("'{word}'")
    }
}
