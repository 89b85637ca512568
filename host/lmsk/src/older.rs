//! Supports command lines of the older tool in `//go:generate` lines and build scripts: `lmsk -lang go -verbose .`.

use std::ffi::OsString;

/// Options with one hyphen, and their new form; `None` for one without effect.
const OPTIONS: [(&str, Option<&str>); 3] = [
    ("-lang", Some("--lang")),
    ("-out", Some("--out")),
    ("-verbose", None),
];

/// Converts such a command line to one of this tool.
pub(crate) fn words(given: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut words: Vec<OsString> = given.collect();
    let older = |word: &OsString| OPTIONS.iter().find(|(old, _)| word == *old);
    let first = words.get(1).is_some_and(|word| older(word).is_some());
    let generate = first
        || words
            .get(1)
            .is_some_and(|word| word == "generate" || word == "gen");
    if !generate {
        return words;
    }
    if first {
        words.insert(1, "generate".into());
    }
    let kept = words.into_iter().filter_map(|word| match older(&word) {
        Some((_, new)) => new.map(OsString::from),
        None => Some(word),
    });
    kept.collect()
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn older_command_lines_are_converted() {
        let rows = [
            ("lmsk -lang go -verbose .", "lmsk generate --lang go ."),
            (
                "lmsk generate -lang rust -out src ./src",
                "lmsk generate --lang rust --out src ./src",
            ),
            ("lmsk generate .", "lmsk generate ."),
            ("lmsk sign -out x", "lmsk sign -out x"),
            ("lmsk", "lmsk"),
        ];
        each_row(rows, |(given, expected)| {
            let made = words(given.split(' ').map(OsString::from));
            assert_eq!(made.join(" ".as_ref()), OsString::from(expected), "{given}");
        });
    }
}
