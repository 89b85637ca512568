//! Where an edit goes. Without columns it is about whole lines, with columns about what is between them.

use std::borrow::Cow;

use crate::position::Lines;
use crate::syntax::Change;

/// Returns the bytes that an edit replaces, and the text that replaces them.
///
/// # Errors
/// Fails for a place that the text does not have, and for positions that do not go together.
pub fn of<'a>(
    text: &str,
    lines: &Lines,
    change: &'a Change,
) -> Result<(usize, usize, Cow<'a, str>), String> {
    let new = Cow::Borrowed(change.new.as_str());
    if let Some(old) = change.old.as_deref().filter(|old| !old.is_empty()) {
        let positions = [
            change.start_line,
            change.start_column,
            change.end_line,
            change.end_column,
        ];
        if positions.iter().any(Option::is_some) {
            return Err("give old, or positions, not both".to_owned());
        }
        let start = only(text, old)?;
        return Ok((start, start + old.len(), new));
    }
    let Some(start_line) = change.start_line else {
        return Err("give old (the text to replace), or start_line".to_owned());
    };
    let (start, end, new) = match (change.start_column, change.end_column) {
        (None, None) => whole_lines(text, lines, start_line, change)?,
        (None, Some(_)) => {
            return Err(
                "end_column needs start_column: give both, or neither for whole lines".to_owned(),
            );
        }
        (Some(_), None) if change.end_line.is_some() => {
            return Err("end_line with start_column needs end_column: give all, or no columns for whole lines".to_owned());
        }
        (Some(start_column), end_column) => {
            let start = lines.byte(text, row(start_line)?, column(start_column)?)?;
            let end = match end_column {
                None => start,
                Some(end_column) => lines.byte(
                    text,
                    row(change.end_line.unwrap_or(start_line))?,
                    column(end_column)?,
                )?,
            };
            (start, end, new)
        }
    };
    match end < start {
        true => Err("the end is before the start".to_owned()),
        false => Ok((start, end, new)),
    }
}

/// Returns where a text stands.
fn only(text: &str, old: &str) -> Result<usize, String> {
    let mut hits = text.match_indices(old);
    match (hits.next(), hits.count()) {
        (None, _) => {
            Err("old is not in the text; it must match exactly, blanks included".to_owned())
        }
        (Some((start, _)), 0) => Ok(start),
        (Some(_), more) => Err(format!(
            "old is {} times in the text; add what stands around it",
            more + 1
        )),
    }
}

/// Returns the bytes of whole lines, or the place before a line where no end is given. The new text gets the line end that it
/// lacks.
fn whole_lines<'a>(
    text: &str,
    lines: &Lines,
    start_line: u32,
    change: &'a Change,
) -> Result<(usize, usize, Cow<'a, str>), String> {
    let (first, new) = (row(start_line)?, change.new.as_str());
    let line_end = match text.split_once('\n') {
        Some((line, _)) if line.ends_with('\r') => "\r\n",
        _ => "\n",
    };
    let lacks_end = !new.is_empty() && !new.ends_with('\n');
    let Some(end_line) = change.end_line else {
        let is_behind = !text.is_empty() && !text.ends_with('\n') && first == lines.count(text);
        if is_behind {
            let new = match new.is_empty() {
                true => String::new(),
                false => format!("{line_end}{new}"),
            };
            return Ok((text.len(), text.len(), Cow::Owned(new)));
        }
        let start = lines.byte(text, first, 0)?;
        let new = match lacks_end {
            true => Cow::Owned(format!("{new}{line_end}")),
            false => Cow::Borrowed(new),
        };
        return Ok((start, start, new));
    };
    let last = row(end_line)?;
    let start = lines.byte(text, first, 0)?;
    let end = match lines.byte(text, last, 0)? {
        _ if last + 1 >= lines.count(text) => text.len(),
        _ => lines.byte(text, last + 1, 0)?,
    };
    if last < first {
        return Err("the end is before the start".to_owned());
    }
    let new = match lacks_end && text[start..end].ends_with('\n') {
        true => Cow::Owned(format!("{new}{line_end}")),
        false => Cow::Borrowed(new),
    };
    Ok((start, end, new))
}

fn row(line: u32) -> Result<usize, String> {
    from_one(line, "lines")
}

fn column(column: u32) -> Result<usize, String> {
    from_one(column, "columns")
}

/// Returns a number that counts from 1 as one that counts from 0.
fn from_one(number: u32, what: &str) -> Result<usize, String> {
    let number = usize::try_from(number).unwrap_or(usize::MAX);
    number
        .checked_sub(1)
        .ok_or_else(|| format!("{what} count from 1"))
}
