//! Parses `@skill:require`.

use luminarys_package::Requirement;

use super::{SyntaxError, skip, wrong};
use crate::reference::{REQUIREMENTS, nearest};

/// Parses the requirement of a `@skill:require`.
///
/// # Errors
/// Fails for an unknown kind, or a target that is invalid for it.
pub fn requirement(rest: &str) -> Result<Requirement, SyntaxError> {
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let kind = &rest[..end];
    let kinds = REQUIREMENTS.iter().map(|(kind, ..)| *kind);
    if !kinds.clone().any(|known| known == kind) {
        let known: Vec<&str> = kinds.clone().collect();
        let near = nearest(kind, kinds).unwrap_or_default();
        let known = known.join(", ");
        return wrong(
            0..end,
            format!(
                "{kind:?} is not something that a skill can require; did you mean {near}? (known: {known})"
            ),
        );
    }
    let at = skip(rest, end);
    // A remark follows a space and two slashes; the slashes of a URL have no space before them.
    let what = rest[at..].split(" //").next().unwrap_or_default().trim();
    let range = at..at + what.len();
    let made = |pattern: &str, mode: Option<&str>| Requirement {
        kind: kind.to_owned(),
        pattern: pattern.to_owned(),
        mode: mode.map(str::to_owned),
    };
    match kind {
        "fs" => {
            let (pattern, mode) = match what.rsplit_once([' ', '\t', ':']) {
                Some((pattern, mode @ ("ro" | "rw"))) => (pattern.trim_end(), mode),
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
        "llm" => Ok(made(what, None)),
        _ if what.is_empty() => {
            let form = REQUIREMENTS.iter().find(|(known, ..)| *known == kind);
            let (_, form, example) = form.copied().unwrap_or_default();
            wrong(
                0..rest.len(),
                format!("{kind} needs {form}, as in: @skill:require {example}"),
            )
        }
        _ => Ok(made(what, None)),
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
            ("env", "name of a variable"),
            ("", "not something that a skill can require"),
        ];
        each_row(rows, |(line, part)| {
            let error = requirement(line).unwrap_err().to_string();
            assert!(error.contains(part), "{line}: {error}");
        });
    }
}
