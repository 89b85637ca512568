//! Edits of a text, and what they do to its syntax.

mod place;

use std::collections::BTreeMap;

use tree_sitter::{InputEdit, Tree};

use crate::clock::Clock;
use crate::note::Note;
use crate::parsed::Parsed;
use crate::position::{Lines, one};
use crate::problems::LISTED;
use crate::source::Input;
use crate::symbols::Symbols;
use crate::syntax::{Change, Edited, LineRange};
use crate::{documents, parse};

/// How many edits one call makes at most.
const EDITS: usize = 200;
/// How many names and ranges are listed of each kind.
const LISTS: usize = 100;

/// Says what edits do, and keeps them in an open document.
///
/// # Errors
/// Fails for an edit that does not fit the text, and when the source cannot be read or parsed. Nothing is kept then.
pub fn edit(input: &Input, changes: &[Change], return_text: bool) -> Result<Edited, String> {
    if changes.len() > EDITS {
        return Err(format!(
            "{} edits in one call: at most {EDITS}",
            changes.len()
        ));
    }
    let clock = &mut Clock::start();
    let before = input.parsed(clock)?;
    let after = apply(&before, changes, clock)?;
    if let Some(name) = &input.document {
        documents::fits(name, &after.parsed)?;
    }
    let (old, new) = (before.symbols(clock)?, after.parsed.symbols(clock)?);
    let was = before.problems(0);
    let is = after.parsed.problems(LISTED);
    let mut note = Note::default();
    let differences = Differences::of(&before, &old, &after.parsed, &new);
    let names = |mut names: Vec<String>, what: &str, note: &mut Note| {
        if names.len() > LISTS {
            note.add(format!(
                "{} symbols are {what}; {LISTS} are listed",
                names.len()
            ));
            names.truncate(LISTS);
        }
        names
    };
    let version = match &input.document {
        Some(name) => Some(documents::update(name, after.parsed.clone())?),
        None => None,
    };
    Ok(Edited {
        language: before.language.name.to_owned(),
        version,
        changed_lines: after.lines,
        added: names(differences.added, "added", &mut note),
        removed: names(differences.removed, "removed", &mut note),
        changed: names(differences.changed, "changed", &mut note),
        errors_before: was.total,
        errors_after: is.total,
        text: return_text.then(|| after.parsed.text.to_string()),
        note: note.text(),
        errors: is.errors,
        problem: is.problem,
    })
}

/// A text after edits.
pub struct Applied {
    pub parsed: Parsed,
    /// The lines whose text or syntax changed.
    pub lines: Vec<LineRange>,
}

/// Applies edits one after the other, and parses again what they change.
///
/// # Errors
/// Fails for an edit that does not fit the text left by those before it.
pub fn apply(before: &Parsed, changes: &[Change], clock: &mut Clock) -> Result<Applied, String> {
    let mut text = before.text.to_string();
    let mut tree: Tree = before.tree.clone();
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for (index, change) in changes.iter().enumerate() {
        let lines = Lines::of(&text);
        let (start, end, new) = place::of(&text, &lines, change)
            .map_err(|error| format!("edit {}: {error}", index + 1))?;
        let (start_position, old_end_position) = (lines.point(start), lines.point(end));
        text.replace_range(start..end, &new);
        parse::check_size("the source with this edit", text.len())?;
        let new_end = start + new.len();
        tree.edit(&InputEdit {
            start_byte: start,
            old_end_byte: end,
            new_end_byte: new_end,
            start_position,
            old_end_position,
            new_end_position: Lines::of(&text).point(new_end),
        });
        let moved = |at: usize| match at {
            at if at >= end => at - end + new_end,
            at => at.min(start),
        };
        for range in &mut ranges {
            *range = (moved(range.0), moved(range.1));
        }
        ranges.push((start, new_end));
    }
    let new = parse::parse(before.language, &text, Some(&tree), clock)?;
    ranges.extend(
        tree.changed_ranges(&new)
            .map(|range| (range.start_byte, range.end_byte)),
    );
    let lines = Lines::of(&text);
    Ok(Applied {
        lines: line_ranges(ranges, &lines),
        parsed: Parsed {
            path: None,
            language: before.language,
            text: text.into(),
            tree: new,
            remark: before.remark.clone(),
        },
    })
}

/// Returns ranges of bytes as ranges of lines, in order, joined where they touch.
fn line_ranges(mut ranges: Vec<(usize, usize)>, lines: &Lines) -> Vec<LineRange> {
    ranges.sort_unstable();
    let mut result: Vec<LineRange> = Vec::new();
    for (start, end) in ranges {
        let (first, end) = (lines.point(start), lines.point(end));
        let last = match end.column {
            0 if end.row > first.row => end.row - 1,
            _ => end.row,
        };
        let (start_line, end_line) = (one(first.row), one(last));
        match result
            .last_mut()
            .filter(|before| start_line <= before.end_line + 1)
        {
            Some(before) => before.end_line = before.end_line.max(end_line),
            None => result.push(LineRange {
                start_line,
                end_line,
            }),
        }
    }
    result.truncate(LISTS);
    result
}

#[derive(Default)]
struct Differences {
    added: Vec<String>,
    removed: Vec<String>,
    changed: Vec<String>,
}

impl Differences {
    fn of(before: &Parsed, old: &Symbols, after: &Parsed, new: &Symbols) -> Self {
        let (mut was, mut is) = (by_name(before, old), by_name(after, new));
        let mut result = Self::default();
        for (index, _) in old.all.iter().enumerate() {
            let name = called(old, index);
            if let Some(texts) = was.remove(&name) {
                match is.get(&name) {
                    None => result.removed.push(name),
                    Some(now) if *now != texts => result.changed.push(name),
                    Some(_) => {}
                }
                continue;
            }
        }
        let was = by_name(before, old);
        for (index, _) in new.all.iter().enumerate() {
            let name = called(new, index);
            if !was.contains_key(&name) && is.remove(&name).is_some() {
                result.added.push(name);
            }
        }
        result
    }
}

/// Returns a symbol's kind and name.
fn called(symbols: &Symbols, index: usize) -> String {
    format!("{} {}", symbols.all[index].kind, symbols.path(index))
}

/// Returns the texts of all symbols of each name.
fn by_name<'a>(parsed: &'a Parsed, symbols: &Symbols) -> BTreeMap<String, Vec<&'a str>> {
    let mut result: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (index, symbol) in symbols.all.iter().enumerate() {
        let text = crate::position::slice(&parsed.text, symbol.start, symbol.end);
        result.entry(called(symbols, index)).or_default().push(text);
    }
    result
}
