//! Parses `@skill:require`.

use luminarys_grants::{Required, ValueKind, is_like_a_mode};
use luminarys_package::Requirement;

use super::{SyntaxError, skip, wrong};
use crate::reference::{nearest, requirements};

/// Parses the requirement of a `@skill:require`.
///
/// # Errors
/// Fails for an unknown kind, or a target that is invalid for it.
pub fn requirement(rest: &str) -> Result<Requirement, SyntaxError> {
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let kind = &rest[..end];
    let Some((key, required)) = requirements().find(|(key, _)| key.name == kind) else {
        let known: Vec<&str> = requirements().map(|(key, _)| key.name).collect();
        let near = nearest(kind, known.iter().copied()).unwrap_or_default();
        let known = known.join(", ");
        return wrong(
            0..end,
            format!(
                "{kind:?} is not something that a skill can require; did you mean {near}? (known: {known})"
            ),
        );
    };
    let at = skip(rest, end);
    // A remark follows a space and two slashes; the slashes of a URL have no space before them.
    let what = rest[at..].split(" //").next().unwrap_or_default().trim();
    let range = at..at + what.len();
    let made = |pattern: &str, mode: Option<&str>| Requirement {
        kind: kind.to_owned(),
        pattern: pattern.to_owned(),
        mode: mode.map(str::to_owned),
    };
    match key.value {
        ValueKind::Path => {
            let (pattern, mode) = match what.rsplit_once([' ', '\t', ':']) {
                Some((pattern, mode @ ("ro" | "rw"))) => (pattern.trim_end(), mode),
                Some((_, word)) if is_like_a_mode(word) => {
                    return wrong(
                        range.end - word.len()..range.end,
                        format!("{word:?} is neither ro (read) nor rw (read and write)"),
                    );
                }
                _ => (what, "ro"),
            };
            if !pattern.starts_with('/') {
                return wrong(
                    range,
                    "expected an absolute path, optionally followed by ro or rw",
                );
            }
            Ok(made(pattern, Some(mode)))
        }
        ValueKind::Text | ValueKind::Variable if what.is_empty() => {
            let Required { form, example } = required;
            wrong(
                0..rest.len(),
                format!("{kind} needs {form}, as in: @skill:require {example}"),
            )
        }
        ValueKind::Text | ValueKind::Variable | ValueKind::Nothing => Ok(made(what, None)),
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn requirements() {
        let read = |line: &str| {
            let made = requirement(line).unwrap();
            (made.kind, made.pattern, made.mode)
        };
        let text = |text: &str| text.to_owned();
        let rows = [
            ("fs /data/** rw", "fs", "/data/**", Some("rw")),
            ("fs /data/**:rw", "fs", "/data/**", Some("rw")),
            ("fs /data", "fs", "/data", Some("ro")),
            ("fs /data:rwx:ro", "fs", "/data:rwx", Some("ro")),
            ("shell git **  // for history", "shell", "git **", None),
            ("http https://a.b/** // x", "http", "https://a.b/**", None),
            ("llm", "llm", "", None),
        ];
        each_row(rows, |(line, kind, pattern, mode)| {
            assert_eq!(
                read(line),
                (text(kind), text(pattern), mode.map(text)),
                "{line}"
            );
        });
        let rows = [
            ("shel git", "did you mean shell?"),
            ("fs data", "absolute"),
            ("fs /data rwx", "neither ro (read) nor rw"),
            ("fs /data:w", "neither ro (read) nor rw"),
            ("env", "name of a variable"),
            ("", "not something that a skill can require"),
        ];
        each_row(rows, |(line, part)| {
            let error = requirement(line).unwrap_err().to_string();
            assert!(error.contains(part), "{line}: {error}");
        });
    }
}
