//! How git is called.

use luminarys_sdk::SkillError;
use luminarys_sdk::skill::shell::{self, Command, End, RunOptions};

/// Runs `git` with `arguments` in `workdir`. What comes from outside never stands where git looks for options.
pub fn git(workdir: &str, arguments: &[&str]) -> Result<String, SkillError> {
    // Words, not a line: nothing in them is special.
    let words = ["git", "--no-pager"].iter().chain(arguments);
    let command = Command::Words(words.map(|word| (*word).to_owned()).collect());
    let options = RunOptions::new();
    options.set_directory(workdir);
    let finished = shell::run(&command, Some(&options))?;
    let output = finished.output.trim_end();
    match finished.end {
        End::Exit(0) => Ok(output.to_owned()),
        End::Exit(code) => Err(format!("git ended with {code}: {output}").into()),
        End::Signal(signal) => Err(format!("git was ended by signal {signal}: {output}").into()),
    }
}

/// A commit, branch or tag, which must not look like an option.
pub fn revision(name: &str) -> Result<&str, SkillError> {
    if name.is_empty() || name.starts_with('-') {
        return Err(format!("{name:?} is no name of a commit, branch or tag").into());
    }
    Ok(name)
}

/// As [`revision`]; HEAD when it is left out.
pub fn revision_or_head(name: &str) -> Result<&str, SkillError> {
    revision(given(name).unwrap_or("HEAD"))
}

/// What an optional text says; it is empty when it is left out.
pub fn given(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// Words are separated by blanks, except in quotes of either kind. Nothing else is special: a backslash is itself.
pub fn words(list: &str) -> Result<Vec<String>, SkillError> {
    let mut found = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for character in list.chars() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, ' ' | '\t' | '\r' | '\n') => found.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    if quote.is_some() {
        return Err(format!("a quote is not closed: {list}").into());
    }
    found.extend(word);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_revision_is_an_option() {
        for name in ["", "-a", "--output=/etc/passwd"] {
            let error = revision(name).unwrap_err().0;
            assert!(error.contains("is no name"), "{name}: {error}");
        }
        assert_eq!(revision_or_head("").unwrap(), "HEAD");
        assert_eq!(revision_or_head("v1").unwrap(), "v1");
        assert!(revision_or_head("-v").is_err());
    }

    #[test]
    fn blanks_separate_and_quotes_hold_together() {
        for (list, expected) in [
            ("", &[] as &[&str]),
            (" a.txt  b/c ", &["a.txt", "b/c"]),
            (r#""a b" 'c d'e\ "" '"'"#, &["a b", r"c de\", "", "\""]),
        ] {
            assert_eq!(words(list).unwrap(), expected);
        }
        assert!(words("\"a").is_err());
    }
}
