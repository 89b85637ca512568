//! Syntax errors as text.

use super::place::Source;

/// The text of a syntax error at an offset.
pub(super) fn syntax_error(text: &str, message: &str, offset: usize) -> String {
    let source = Source {
        original: text.to_owned(),
        ..Source::default()
    };
    let place = source.place(offset);
    let mut error = format!(
        "SyntaxError: {message}\n    at program:{}:{}",
        place.line, place.column
    );
    if let Some(excerpt) = source.excerpt(place.line) {
        error = format!("{error}\n{excerpt}");
    }
    error
}
