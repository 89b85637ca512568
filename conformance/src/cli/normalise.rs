//! Replaces what differs between runs and machines: paths, digests, times and the version.

use std::path::Path;

use crate::host;

/// Returns `text` normalised, and marks a missing line end.
pub fn lines(text: &str, home: &Path) -> String {
    let mut text = text.to_owned();
    let real = home.canonicalize().unwrap_or_else(|_| home.to_owned());
    let named = [
        (real.join("work"), "[WORK]"),
        (real, "[HOME]"),
        (home.join("work"), "[WORK]"),
        (home.to_owned(), "[HOME]"),
        (host::binary(), "[LUMINARYS]"),
        (host::lmsk(), "[LMSK]"),
        (host::repository(), "[REPOSITORY]"),
    ];
    for (path, name) in named {
        text = text.replace(&*path.to_string_lossy(), name);
    }
    text = replace_words(&text);
    if !text.is_empty() && !text.ends_with('\n') {
        text.push_str("[no line end]\n");
    }
    text
}

/// Replaces words of letters, digits and `.:+-_` that are digests, times, durations or this version.
fn replace_words(text: &str) -> String {
    let is_part =
        |character: char| character.is_ascii_alphanumeric() || ".:+-_".contains(character);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|character| !is_part(character));
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        out.push_str(&replace_word(word));
        let next = after.find(is_part).unwrap_or(after.len());
        let (between, after) = after.split_at(next);
        out.push_str(between);
        rest = after;
    }
    out
}

fn replace_word(word: &str) -> String {
    // Full stops and colons at the end are not part of the word.
    let trimmed = word.trim_end_matches(['.', ':']);
    let end = &word[trimmed.len()..];
    let replaced = if is_time(trimmed) {
        "[time]"
    } else if is_duration(trimmed) {
        "[duration]"
    } else if trimmed == env!("CARGO_PKG_VERSION") {
        "[version]"
    } else {
        return replace_digests(word);
    };
    format!("{replaced}{end}")
}

/// Replaces hexadecimal parts that are longer than the id of a key.
fn replace_digests(word: &str) -> String {
    let parts = word.split_inclusive(|character: char| !character.is_ascii_hexdigit());
    let replaced = parts.map(|part| {
        let digits = part.trim_end_matches(|character: char| !character.is_ascii_hexdigit());
        match digits.len() > 20 {
            true => format!("[digest]{}", &part[digits.len()..]),
            false => part.to_owned(),
        }
    });
    replaced.collect()
}

/// Whether it begins as `2026-01-31T12:00:00` does and goes on without letters but `Z`.
fn is_time(word: &str) -> bool {
    let form = b"dddd-dd-ddTdd:dd:dd";
    let bytes = word.as_bytes();
    bytes.len() >= form.len()
        && form.iter().zip(bytes).all(|(form, byte)| match form {
            b'd' => byte.is_ascii_digit(),
            other => byte == other,
        })
        && bytes[form.len()..]
            .iter()
            .all(|byte| byte.is_ascii_digit() || b".:+-Z".contains(byte))
}

/// Whether it is a number with a fraction and a unit of time, as measured times are written.
fn is_duration(word: &str) -> bool {
    let number = word.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let unit = &word[number.len()..];
    ["ms", "s", "us", "ns"].contains(&unit) && number.contains('.') && number.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_differ_between_runs_are_replaced() {
        let digest = "0123456789abcdef".repeat(4);
        let version = env!("CARGO_PKG_VERSION");
        let cases = [
            (format!("sha256:{digest}."), "sha256:[digest].\n"),
            (format!("\"{digest}\""), "\"[digest]\"\n"),
            (format!("a/{}.json", &digest[..32]), "a/[digest].json\n"),
            (
                "key 34750f98bd59fcfc946d".to_owned(),
                "key 34750f98bd59fcfc946d\n",
            ),
            (
                "at 2026-11-29T18:10:48.123Z: x".to_owned(),
                "at [time]: x\n",
            ),
            ("took 1.234ms, 5s".to_owned(), "took [duration], 5s\n"),
            (format!("luminarys {version}"), "luminarys [version]\n"),
            ("/h/work/a and /h".to_owned(), "[WORK]/a and [HOME]\n"),
        ];
        luminarys_testing::each_row(cases, |(text, normalised)| {
            assert_eq!(lines(&(text + "\n"), Path::new("/h")), normalised);
        });
        assert_eq!(lines("x", Path::new("/h")), "x[no line end]\n");
        assert_eq!(lines("", Path::new("/h")), "");
    }
}
