//! Parses the line of one annotation. Ranges are byte offsets in the given text.

mod hint;
mod requirement;

use std::ops::Range;

use crate::reference::{ANNOTATIONS, nearest};

pub use hint::hints;
pub use requirement::requirement;

/// A syntax error in a line.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// The message.
    pub message: String,
    /// The range.
    pub range: Range<usize>,
}

fn wrong<T>(range: Range<usize>, message: impl Into<String>) -> Result<T, SyntaxError> {
    let message = message.into();
    Err(SyntaxError { message, range })
}

/// One annotation: the word after `@skill:` and the rest of its line.
#[derive(Debug, PartialEq)]
pub struct Annotation<'a> {
    /// One of [`ANNOTATIONS`].
    pub word: &'a str,
    /// Without surrounding spaces.
    pub rest: &'a str,
    /// The offset of `rest`.
    pub offset: usize,
}

/// Parses a line of a comment as an annotation; returns `None` if it is prose.
///
/// # Errors
/// Fails for an unknown word; names the nearest known one.
pub fn annotation(line: &str) -> Result<Option<Annotation<'_>>, SyntaxError> {
    let Some(after) = line.trim_start().strip_prefix("@skill:") else {
        return Ok(None);
    };
    let begin = line.len() - after.len();
    let end = after.find(char::is_whitespace).unwrap_or(after.len());
    let (word, rest) = after.split_at(end);
    if !ANNOTATIONS.iter().any(|known| known.word == word) {
        let words = ANNOTATIONS.iter().map(|known| known.word);
        let known: Vec<&str> = words.clone().collect();
        let near = nearest(word, words).unwrap_or_default();
        return wrong(
            begin..begin + end,
            format!(
                "unknown annotation @skill:{word}; did you mean @skill:{near}? (known: {})",
                known.join(", ")
            ),
        );
    }
    let offset = line.len() - rest.trim_start().len();
    Ok(Some(Annotation {
        word,
        rest: rest.trim(),
        offset,
    }))
}

/// Returns a comment's prose and its annotations.
///
/// # Errors
/// Fails for the first line with an unknown annotation.
pub fn split(docs: &str) -> Result<(String, Vec<Annotation<'_>>), SyntaxError> {
    let mut prose = Vec::new();
    let mut found = Vec::new();
    for line in docs.lines() {
        match annotation(line)? {
            Some(annotation) => found.push(annotation),
            None => prose.push(line.trim_end()),
        }
    }
    Ok((prose.join("\n").trim().to_owned(), found))
}

/// A parameter's annotation.
#[derive(Debug, Default, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Set explicitly; otherwise it follows from the type.
    pub required: Option<bool>,
    /// Its description, for people and models.
    pub description: String,
    /// The default as written, interpreted by the parameter's type.
    pub default: Option<Value>,
    /// The example as written.
    pub example: Option<Value>,
    /// The accepted values, unless empty.
    pub enumeration: Vec<String>,
    /// Their range.
    pub enumeration_range: Range<usize>,
}

/// A value as written, with its range.
#[derive(Debug, Default, PartialEq)]
pub struct Value {
    /// Without its quotes.
    pub text: String,
    /// With them.
    pub range: Range<usize>,
}

const ATTRIBUTES: [&str; 3] = ["default", "example", "enum"];

/// Parses `NAME [required|optional] "description" [default:V] [example:V] [enum:A|B]`.
///
/// # Errors
/// Fails for a missing, unknown or unterminated part.
pub fn param(text: &str) -> Result<Param, SyntaxError> {
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let name = &text[..end];
    if name.is_empty() {
        return wrong(0..text.len(), "@skill:param needs a name");
    }
    let mut param = Param {
        name: name.to_owned(),
        ..Param::default()
    };
    let mut at = skip(text, end);
    for (word, required) in [("required", true), ("optional", false)] {
        if param.required.is_some() {
            break;
        }
        let after = text[at..].strip_prefix(word);
        if after.is_some_and(|after| after.is_empty() || after.starts_with([' ', '\t'])) {
            param.required = Some(required);
            at = skip(text, at + word.len());
        }
    }
    (param.description, at) = quoted(text, at)?;
    if text[at..].starts_with(|c: char| !c.is_whitespace()) {
        return unknown_attribute(name, text, at, None);
    }
    at = skip(text, at);
    let mut seen: Vec<&str> = Vec::new();
    while at < text.len() {
        let colon = text[at..].find(':').map(|index| at + index);
        let key = colon.map(|colon| &text[at..colon]);
        let Some((key, colon)) = key.zip(colon).filter(|(key, _)| ATTRIBUTES.contains(key)) else {
            return unknown_attribute(name, text, at, key);
        };
        if seen.contains(&key) {
            return wrong(
                at..colon,
                format!("@skill:param {name}: {key}: is repeated"),
            );
        }
        seen.push(key);
        let (value, next) = attribute(text, skip(text, colon + 1))?;
        match key {
            "default" => param.default = Some(value),
            "example" => param.example = Some(value),
            _ => {
                let items = value.text.split('|').map(str::trim);
                param.enumeration = items.map(str::to_owned).collect();
                if param.enumeration.iter().any(String::is_empty) {
                    return wrong(
                        value.range,
                        format!("@skill:param {name}: enum: has an empty value"),
                    );
                }
                param.enumeration_range = value.range;
            }
        }
        at = skip(text, next);
    }
    Ok(param)
}

fn unknown_attribute<T>(
    name: &str,
    text: &str,
    at: usize,
    key: Option<&str>,
) -> Result<T, SyntaxError> {
    let end = text[at..].find(char::is_whitespace);
    let range = at..end.map_or(text.len(), |end| at + end);
    let known = ATTRIBUTES.join(", ");
    let near = key.filter(|key| !key.contains(char::is_whitespace));
    let near = near.and_then(|key| nearest(key, ATTRIBUTES.into_iter()));
    let hint = near.map_or_else(String::new, |near| format!("; did you mean {near}:?"));
    let shown = &text[range.clone()];
    let message = format!("@skill:param {name}: {shown:?} is no attribute{hint} (known: {known})");
    wrong(range, message)
}

/// Returns the value at `at` and its end: a string in quotes, or everything up to the next attribute.
fn attribute(text: &str, at: usize) -> Result<(Value, usize), SyntaxError> {
    if text[at..].starts_with('"') {
        let (value, end) = quoted(text, at)?;
        let range = at..end;
        return Ok((Value { text: value, range }, end));
    }
    let next = |(index, blank): (usize, char)| {
        let rest = text[at + index..].strip_prefix(blank)?;
        let is_key = |key: &&str| {
            rest.strip_prefix(*key)
                .is_some_and(|after| after.starts_with(':'))
        };
        ATTRIBUTES.iter().any(is_key).then_some(at + index)
    };
    let blanks = text[at..].char_indices().filter(|(_, c)| c.is_whitespace());
    let end = blanks.filter_map(next).next().unwrap_or(text.len());
    let value = text[at..end].trim_end();
    let range = at..at + value.len();
    let text = value.to_owned();
    Ok((Value { text, range }, end))
}

fn skip(text: &str, at: usize) -> usize {
    text.len() - text[at..].trim_start().len()
}

/// Returns the string in quotes at `at` and its end. `\"` and `\\` are a quote and a backslash.
fn quoted(text: &str, at: usize) -> Result<(String, usize), SyntaxError> {
    let Some(inner) = text[at..].strip_prefix('"') else {
        let end = text[at..].find(char::is_whitespace);
        let range = at..end.map_or(text.len(), |end| at + end);
        let found = match &text[range.clone()] {
            "" => "nothing".to_owned(),
            found => format!("{found:?}"),
        };
        return wrong(range, format!("expected text in quotes, found {found}"));
    };
    // It would become an annotation when the text is written into a comment.
    if inner.trim_start().starts_with("@skill:") {
        return wrong(at..text.len(), "text must not begin with @skill:");
    }
    let mut out = String::new();
    let mut characters = inner.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return Ok((out, at + 1 + index + 1)),
            '\\' => match characters.next() {
                Some((_, escaped @ ('"' | '\\'))) => out.push(escaped),
                Some((_, other)) => out.extend(['\\', other]),
                None => break,
            },
            other => out.push(other),
        }
    }
    wrong(at..text.len(), "the quote is not closed")
}

/// Parses the string in quotes that is all of `text`.
///
/// # Errors
/// Fails without quotes, or with anything after them.
pub fn text(text: &str) -> Result<String, SyntaxError> {
    let (value, end) = quoted(text, 0)?;
    let after = skip(text, end);
    if after < text.len() {
        return wrong(after..text.len(), "unexpected text after the closing quote");
    }
    Ok(value)
}

/// Parses `NAME "TEXT"` of `@skill:method`, and returns both.
///
/// # Errors
/// Fails if a part is missing.
pub fn named(rest: &str) -> Result<(&str, String), SyntaxError> {
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    if end == 0 || rest.starts_with('"') {
        return wrong(0..end, "expected a name in snake_case first");
    }
    let at = skip(rest, end);
    let (value, close) = quoted(rest, at)?;
    let after = skip(rest, close);
    if after < rest.len() {
        return wrong(after..rest.len(), "unexpected text after the closing quote");
    }
    Ok((&rest[..end], value))
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn params() {
        let line = r#"path required "The \"path\"" default:20 example:"a; b" enum:a | b"#;
        let full = param(line).unwrap();
        assert_eq!(full.name, "path");
        assert_eq!(full.required, Some(true));
        assert_eq!(full.description, r#"The "path""#);
        let (default, example) = (full.default.unwrap(), full.example.unwrap());
        assert_eq!((default.text.as_str(), &line[default.range]), ("20", "20"));
        assert_eq!(
            (example.text.as_str(), &line[example.range]),
            ("a; b", "\"a; b\"")
        );
        assert_eq!(full.enumeration, ["a", "b"]);
        let unquoted = |line: &str| param(line).unwrap().example.unwrap().text;
        assert_eq!(
            unquoted(r#"glob "x" example:**/*.go default:HEAD~1"#),
            "**/*.go"
        );
        assert_eq!(unquoted(r#"s optional "x" example:func New"#), "func New");
        assert_eq!(unquoted(r#"s "x" example:http://a:1/b"#), "http://a:1/b");
        let spaced = param("a \"x\" default:x\texample: \"q\"").unwrap();
        assert_eq!(spaced.default.unwrap().text, "x");
        assert_eq!(spaced.example.unwrap().text, "q");
        let rows = [
            ("", 0..0),
            ("a", 1..1),
            ("a required", 10..10),
            (r#"a "open"#, 2..7),
            (r#"a "x" colour:red"#, 6..16),
            (r#"a "x" junk"#, 6..10),
            (r#"a "x" defautl:1"#, 6..15),
            (r#"a "x" enum:a||b"#, 11..15),
            (r#"a "x" default:1 default:2"#, 16..23),
            (r#"a "x"default:1"#, 5..14),
            (r#"a required optional "x""#, 11..19),
        ];
        each_row(rows, |(wrong, at)| {
            assert_eq!(param(wrong).unwrap_err().range, at, "{wrong}");
        });
        let near = param(r#"a "x" defautl:1"#).unwrap_err().to_string();
        assert!(near.contains("did you mean default:?"), "{near}");
    }

    #[test]
    fn prose_and_annotations_are_distinguished() {
        let (prose, found) =
            split(" Reads.\n\n @skill:param a \"b\"\n More.\n@skill:internal").unwrap();
        assert_eq!(prose, "Reads.\n\n More.");
        let found: Vec<_> = found.iter().map(|one| (one.word, one.rest)).collect();
        assert_eq!(found, [("param", "a \"b\""), ("internal", "")]);
        let error = split("@skill:parm x").unwrap_err();
        assert!(error.to_string().contains("@skill:param"), "{error}");
        assert_eq!(error.range, 7..11);
    }
}
