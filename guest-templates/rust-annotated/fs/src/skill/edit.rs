//! Changing files.

use luminarys_sdk::SkillError;
use luminarys_sdk::skill::{self, Error, filesystem};

use super::lines::{self, Lines};
use super::{diff, report};

/// Bytes at a file's end that are read for its line end.
const TAIL: u64 = 64 * 1024;

/// Makes the file's content `content`.
pub fn write(path: &str, content: &str) -> Result<String, SkillError> {
    let before = match filesystem::read(path) {
        Ok(bytes) => report::text(path, bytes).ok(),
        Err(Error::NotFound(_)) => {
            skill::write(path, content)?;
            return Ok(diff::created(path, content));
        }
        // Too long to compare, yet it may be replaced.
        Err(Error::TooLarge(_)) => None,
        Err(error) => return Err(error.into()),
    };
    skill::write(path, content)?;
    Ok(match before {
        Some(before) => diff::changed("Wrote", path, &before, content),
        None => format!(
            "Wrote {path} ({}, in place of a long or binary file)",
            report::size(content.len() as u64)
        ),
    })
}

/// Adds `line` to the file's end.
pub fn append_line(path: &str, line: &str) -> Result<String, SkillError> {
    let size = match filesystem::stat(path) {
        Ok(entry) => entry.size,
        Err(Error::NotFound(_)) => 0,
        Err(error) => return Err(error.into()),
    };
    let start = size.saturating_sub(TAIL);
    let tail = match size {
        0 => Vec::new(),
        _ => filesystem::read_range(path, start, size - start)?,
    };
    let end = lines::last_end(&tail);
    let mut addition = format!("{line}{end}");
    if size > 0 && !tail.ends_with(end.as_bytes()) {
        // The last line had no end: without one, the two would become one.
        addition.insert_str(0, end);
    }
    filesystem::append(path, addition.as_bytes())?;
    Ok(format!("Appended to {path}: {line}"))
}

/// Replaces `old` by `new`, once or everywhere.
pub fn edit(path: &str, old: &str, new: &str, everywhere: bool) -> Result<String, SkillError> {
    let bytes = match filesystem::read(path) {
        Ok(bytes) => bytes,
        Err(Error::NotFound(_)) if old.is_empty() => {
            skill::write(path, new)?;
            return Ok(diff::created(path, new));
        }
        Err(Error::NotFound(_)) => {
            let advice = "give an empty old_string to make a new file";
            return Err(format!("not found: {path}; {advice}").into());
        }
        Err(error) => return Err(error.into()),
    };
    if old.is_empty() {
        let advice = "old_string must be the text to replace";
        return Err(format!("{path} exists already; {advice}").into());
    }
    let before = Lines::new(&report::text(path, bytes)?);
    let (old, new) = (before.argument(old), before.argument(new));
    let after = edited(path, &before, &old, &new, everywhere)?;
    skill::write(path, after.file())?;
    Ok(diff::changed("Edited", path, &before.text, &after.text))
}

fn edited(
    path: &str,
    content: &Lines,
    old: &str,
    new: &str,
    everywhere: bool,
) -> Result<Lines, SkillError> {
    if old == new {
        return Err("old_string and new_string are the same: there is nothing to change".into());
    }
    match content.text.matches(old).count() {
        0 => Err(format!(
            "old_string was not found in {path}; it must match exactly, blanks included"
        )
        .into()),
        hits if hits > 1 && !everywhere => Err(format!(
            "old_string is at {hits} locations in {path}; add lines around it until it is at one, or set replace_all"
        )
        .into()),
        _ => Ok(content.replace(old, new)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_replaced_is_clear() {
        let content = Lines::new("one two two");
        let all = edited("f", &content, "two", "2", true);
        assert_eq!(all.unwrap().text, "one 2 2");
        for (old, why) in [
            ("two", "2 locations"),
            ("three", "not found"),
            ("2", "nothing to change"),
        ] {
            let Err(SkillError(error)) = edited("f", &content, old, "2", false) else {
                panic!("{old} was replaced");
            };
            assert!(error.contains(why), "{error}");
        }
    }
}
