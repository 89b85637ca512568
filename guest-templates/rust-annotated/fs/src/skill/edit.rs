//! Changing files.

use luminarys_sdk::SkillError;
use luminarys_sdk::skill::{self, Error, filesystem};

use super::{diff, report};

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
    let mut addition = format!("{line}\n");
    if size > 0 && filesystem::read_range(path, size - 1, 1)? != b"\n" {
        // The last line had no end: without one, the two would become one.
        addition.insert(0, '\n');
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
    let before = report::text(path, bytes)?.replace("\r\n", "\n");
    let (old, new) = (old.replace("\r\n", "\n"), new.replace("\r\n", "\n"));
    let after = edited(path, &before, &old, &new, everywhere)?;
    skill::write(path, &after)?;
    Ok(diff::changed("Edited", path, &before, &after))
}

fn edited(
    path: &str,
    content: &str,
    old: &str,
    new: &str,
    everywhere: bool,
) -> Result<String, SkillError> {
    if old == new {
        return Err("old_string and new_string are the same: there is nothing to change".into());
    }
    match content.matches(old).count() {
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
        let content = "one two two";
        let all = edited("f", content, "two", "2", true);
        assert_eq!(all.unwrap(), "one 2 2");
        for (old, why) in [
            ("two", "2 locations"),
            ("three", "not found"),
            ("2", "nothing to change"),
        ] {
            let error = edited("f", content, old, "2", false).unwrap_err().0;
            assert!(error.contains(why), "{error}");
        }
    }
}
