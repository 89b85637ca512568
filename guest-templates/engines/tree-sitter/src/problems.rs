//! What does not fit the grammar.

mod gap;

use tree_sitter::{Node, Tree};

use crate::language::Language;
use crate::position::{self, one};
use crate::syntax::SyntaxError;
use crate::walk::{self, Next, Visit};

/// Errors that answers list.
pub const LISTED: usize = 20;
/// From this part of a text in error nodes on, in percent, it is probably not of the language. What is broken in one place has
/// less, unless a quote is not closed.
const STRANGE: usize = 25;
/// From this part of its lines with error nodes on, in percent.
const STRANGE_LINES: usize = 38;
/// With fewer lines, one error is on too many of them.
const LINES: usize = 8;
/// Bytes of the text that an error shows.
const SHOWN: usize = 40;

/// What does not fit.
#[derive(Default)]
pub struct Problems {
    /// The first errors.
    pub errors: Vec<SyntaxError>,
    /// How many there are.
    pub total: u32,
    /// What is wrong as a whole.
    pub problem: Option<String>,
}

impl Problems {
    /// Finds them, listing `most`.
    pub fn of(language: &Language, text: &str, tree: &Tree, most: usize) -> Self {
        let mut finder = Finder {
            language,
            text,
            most,
            inside: Vec::new(),
            outermost: None,
            stray: 0,
            rows: 0,
            row: None,
            elements: 0,
            is_markup: language.name == "html",
            problems: Self::default(),
        };
        walk::walk(tree, &mut finder);
        let (stray, rows, elements) = (finder.stray, finder.rows, finder.elements);
        let mut problems = finder.problems;
        let all = not_blank(text);
        let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
        let of = |part: usize, all: usize| (part * 100).checked_div(all).unwrap_or(0);
        let (percent, of_lines) = (of(stray, all), of(rows, lines));
        problems.problem = if percent >= STRANGE || of_lines >= STRANGE_LINES && lines >= LINES {
            Some(format!(
                "this does not look like {}: {percent}% of the text is in error nodes, on {of_lines}% of the lines; say which language it is, unless something is not closed",
                language.title
            ))
        } else if finder.is_markup && elements == 0 && all > 0 {
            Some(
                "this does not look like HTML: there is no element in it; say which language it is"
                    .to_owned(),
            )
        } else {
            problems.count()
        };
        problems
    }

    fn count(&self) -> Option<String> {
        let listed = self.errors.len();
        match self.total {
            0 => None,
            1 => Some("1 syntax error".to_owned()),
            total if total as usize > listed => Some(format!(
                "{total} syntax errors; the first {listed} are listed, the method errors lists more"
            )),
            total => Some(format!("{total} syntax errors")),
        }
    }
}

struct Finder<'a> {
    language: &'a Language,
    text: &'a str,
    most: usize,
    /// Which ancestors are lists that the grammar has a gap in, and which are error nodes.
    inside: Vec<(bool, bool)>,
    /// The depth of the outermost of them.
    outermost: Option<usize>,
    /// Bytes that stand in error nodes and in no whole construct there.
    stray: usize,
    /// Lines that have such bytes, or lack something.
    rows: usize,
    /// The last of them.
    row: Option<usize>,
    elements: usize,
    is_markup: bool,
    problems: Problems,
}

impl<'tree> Visit<'tree> for Finder<'_> {
    fn enter(&mut self, node: Node<'tree>, depth: usize) -> Next {
        self.inside.truncate(depth);
        self.outermost = self.outermost.filter(|outermost| *outermost < depth);
        let (is_in_list, is_stray) = self.inside.last().copied().unwrap_or_default();
        let is_gap =
            (node.is_missing() || node.is_error()) && gap::is_gap(self.language, is_in_list, node);
        let is_error = node.is_error() && !is_gap;
        if self.is_markup
            && matches!(
                node.kind(),
                "element" | "script_element" | "style_element" | "doctype"
            )
        {
            self.elements += 1;
        }
        if node.is_missing() && !is_gap {
            self.report(node, format!("missing {}", quoted(node.kind())));
            self.mark(node);
        } else if is_error && self.outermost.is_none() {
            self.outermost = Some(depth);
            let lost = match depth {
                0 => lost(node),
                _ => node,
            };
            let text = position::slice(self.text, lost.start_byte(), node.end_byte());
            let text = position::slice(text, 0, 4 * SHOWN)
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            self.report(
                lost,
                format!("unexpected {}", quoted(&position::cut(&text, SHOWN))),
            );
        }
        let is_leaf = node.child_count() == 0;
        if is_leaf && (is_stray || is_error) && !node.is_extra() | is_error {
            self.stray += not_blank(position::text(self.text, node));
            self.mark(node);
        }
        self.inside.push((gap::is_list(node), is_error));
        // Markup counts its elements.
        match node.has_error() || self.is_markup {
            true => Next::Enter,
            false => Next::Skip,
        }
    }
}

impl Finder<'_> {
    /// Counts the lines of a node, each once: nodes come in the order of the text.
    fn mark(&mut self, node: Node<'_>) {
        let last = position::last_line(node.end_position(), node.start_position()) as usize - 1;
        let first = match self.row {
            Some(row) => node.start_position().row.max(row + 1),
            None => node.start_position().row,
        };
        if first <= last {
            self.rows += last - first + 1;
            self.row = Some(last);
        }
    }

    fn report(&mut self, node: Node<'_>, message: String) {
        self.problems.total = self.problems.total.saturating_add(1);
        if self.problems.errors.len() < self.most {
            let (start, end) = (node.start_position(), node.end_position());
            self.problems.errors.push(SyntaxError {
                path: None,
                start_line: one(start.row),
                start_column: one(start.column),
                end_line: one(end.row),
                end_column: one(end.column),
                message,
            });
        }
    }
}

/// Returns where the parser was lost when all of the text is one error: the first child that is a part of nothing.
fn lost<'tree>(error: Node<'tree>) -> Node<'tree> {
    let mut cursor = error.walk();
    let stray = error.children(&mut cursor).find(|child| {
        child.child_count() == 0 && !child.is_extra() && child.end_byte() > child.start_byte()
    });
    stray.unwrap_or(error)
}

fn quoted(text: &str) -> String {
    match text.contains('`') {
        true => format!("\"{text}\""),
        false => format!("`{text}`"),
    }
}

fn not_blank(text: &str) -> usize {
    text.bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .count()
}
