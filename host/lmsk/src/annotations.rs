//! `@skill:` lines in documentation comments.

use anyhow::{Context as _, bail, ensure};

/// One annotation: the word after `@skill:` and the rest of its line.
#[derive(Debug, PartialEq)]
pub(crate) struct Annotation<'a> {
    pub word: &'a str,
    pub rest: &'a str,
}

const KNOWN: [&str; 9] = [
    "id", "name", "version", "desc", "require", "param", "result", "internal", "callback",
];

/// A comment's prose and its annotations.
pub(crate) fn split(docs: &str) -> anyhow::Result<(String, Vec<Annotation<'_>>)> {
    let mut prose = Vec::new();
    let mut found = Vec::new();
    for line in docs.lines() {
        let Some(annotation) = line.trim().strip_prefix("@skill:") else {
            prose.push(line.trim_end());
            continue;
        };
        let (word, rest) = annotation
            .split_once(char::is_whitespace)
            .unwrap_or((annotation, ""));
        if !KNOWN.contains(&word) {
            let near = |known: &&&str| {
                // strsim gives no NaN: the order is total.
                (strsim::jaro_winkler(known, word) * 1e6) as u64
            };
            let nearest = KNOWN.iter().max_by_key(near).copied().unwrap_or_default();
            bail!(
                "unknown annotation @skill:{word}; did you mean @skill:{nearest}? (known: {})",
                KNOWN.join(", ")
            );
        }
        found.push(Annotation {
            word,
            rest: rest.trim(),
        });
    }
    Ok((prose.join("\n").trim().to_owned(), found))
}

/// A parameter's annotation.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Param {
    pub name: String,
    /// Said explicitly; otherwise the type tells.
    pub required: Option<bool>,
    pub description: String,
    /// As written; the parameter's type says what it means.
    pub default: Option<String>,
    pub example: Option<String>,
}

/// Takes `NAME [required|optional] "description" [default:V] [example:V]` apart.
pub(crate) fn param(text: &str) -> anyhow::Result<Param> {
    let (name, mut rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    ensure!(!name.is_empty(), "@skill:param needs a name");
    let mut param = Param {
        name: name.to_owned(),
        ..Param::default()
    };
    rest = rest.trim_start();
    for (word, required) in [("required", true), ("optional", false)] {
        if let Some(after) = rest
            .strip_prefix(word)
            .filter(|after| after.starts_with([' ', '\t']) || after.is_empty())
        {
            param.required = Some(required);
            rest = after.trim_start();
        }
    }
    let (description, mut rest) = quoted(rest).with_context(|| format!("@skill:param {name}"))?;
    param.description = description;
    while !rest.is_empty() {
        let (key, value) = rest
            .split_once(':')
            .with_context(|| format!("@skill:param {name}: {rest:?} is no attribute"))?;
        let (value, after) = if value.starts_with('"') {
            quoted(value)?
        } else {
            let end = [" default:", " example:"]
                .iter()
                .filter_map(|next| value.find(next))
                .min()
                .unwrap_or(value.len());
            let text = value[..end].trim();
            (text.to_owned(), value[end..].trim_start())
        };
        match key {
            "default" => param.default = Some(value),
            "example" => param.example = Some(value),
            other => {
                bail!("@skill:param {name}: unknown attribute {other:?}; known: default, example")
            }
        }
        rest = after;
    }
    Ok(param)
}

/// The text in quotes that `text` begins with, and what follows.
pub(crate) fn quoted(text: &str) -> anyhow::Result<(String, &str)> {
    let inner = text
        .strip_prefix('"')
        .with_context(|| format!("a text in quotes was expected, not {text:?}"))?;
    let mut out = String::new();
    let mut characters = inner.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return Ok((out, inner[index + 1..].trim_start())),
            '\\' => match characters.next() {
                Some((_, escaped @ ('"' | '\\'))) => out.push(escaped),
                Some((_, other)) => out.extend(['\\', other]),
                None => break,
            },
            other => out.push(other),
        }
    }
    bail!("the quote in {text:?} is not closed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn params() {
        let full = param(r#"path required "The \"path\"" default:20 example:"a; b""#).unwrap();
        assert_eq!(full.name, "path");
        assert_eq!(full.required, Some(true));
        assert_eq!(full.description, r#"The "path""#);
        assert_eq!(
            (full.default, full.example),
            (Some("20".to_owned()), Some("a; b".to_owned()))
        );
        assert_eq!(
            param(r#"glob "x" example:**/*.go default:HEAD~1"#)
                .unwrap()
                .example,
            Some("**/*.go".to_owned())
        );
        assert_eq!(
            param(r#"s optional "x" example:func New"#).unwrap().example,
            Some("func New".to_owned())
        );
        for wrong in [
            "",
            "a",
            "a required",
            r#"a "open"#,
            r#"a "x" colour:red"#,
            r#"a "x" junk"#,
        ] {
            assert!(param(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn prose_and_annotations_are_told_apart() {
        let (prose, found) =
            split(" Reads.\n\n @skill:param a \"b\"\n More.\n@skill:internal").unwrap();
        assert_eq!(prose, "Reads.\n\n More.");
        assert_eq!(
            found,
            [
                Annotation {
                    word: "param",
                    rest: "a \"b\""
                },
                Annotation {
                    word: "internal",
                    rest: ""
                }
            ]
        );
        let error = split("@skill:parm x").unwrap_err().to_string();
        assert!(error.contains("@skill:param"), "{error}");
    }
}
