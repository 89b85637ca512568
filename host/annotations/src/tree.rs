//! Finds comments and the items below them in a tree of tree-sitter.

use std::ops::Range;

use tree_sitter::{Language, Node, Parser, Tree};

use crate::Diagnostic;
use crate::source::{Below, Block, Parsed, is_annotated, lines};

/// Parses `text`; returns `None` if the grammar cannot be loaded.
pub(crate) fn tree(language: &Language, text: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(language).ok()?;
    parser.parse(text, None)
}

/// How a language classifies a node below a comment.
pub(crate) struct Grammar<'a> {
    /// Returns the kind of the node, for a method's annotations.
    pub below: &'a dyn Fn(Node<'_>) -> Below,
    /// Whether a blank line after a comment separates it from the next item.
    pub attached: &'a dyn Fn(Node<'_>) -> bool,
}

pub(crate) fn blocks(root: Node<'_>, text: &str, grammar: &Grammar<'_>) -> Parsed {
    let mut parsed = Parsed::default();
    let mut cursor = root.walk();
    let children: Vec<Node<'_>> = root.children(&mut cursor).collect();
    let mut index = 0;
    while index < children.len() {
        let first = children[index];
        index += 1;
        if first.kind() != "comment" {
            inner(first, text, &mut parsed);
            continue;
        }
        let mut group = vec![first];
        while let Some(next) = children.get(index)
            && next.kind() == "comment"
            && next.start_position().row == last_row(group.last()) + 1
        {
            group.push(*next);
            index += 1;
        }
        let mut found = Vec::new();
        for comment in &group {
            found.extend(lines(&text[comment.byte_range()], comment.start_byte()));
        }
        if !is_annotated(&found) {
            continue;
        }
        let next = children.get(index).filter(|next| next.kind() != "comment");
        let row = last_row(group.last());
        let below = match next {
            Some(next) if next.start_position().row == row + 1 => (grammar.below)(*next),
            Some(next) if !(grammar.attached)(*next) => (grammar.below)(*next),
            Some(next) if matches!((grammar.below)(*next), Below::Function(_)) => {
                Below::Other("a blank line, which separates it from the function".to_owned())
            }
            _ => Below::Other("no function".to_owned()),
        };
        let lines = found;
        parsed.blocks.push(Block { lines, below });
    }
    parsed
}

fn last_row(node: Option<&Node<'_>>) -> usize {
    node.map_or(0, |node| node.end_position().row)
}

/// Finds annotations inside other items, where they are not read.
fn inner(node: Node<'_>, text: &str, parsed: &mut Parsed) {
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        if node.kind() == "comment" {
            let found = lines(&text[node.byte_range()], node.start_byte());
            for line in found.iter().filter(|line| line.text.starts_with("@skill:")) {
                let message =
                    "this annotation is inside another item; put it above a top-level function";
                parsed
                    .diagnostics
                    .push(Diagnostic::error(line.range.clone(), message));
            }
        }
        let mut cursor = node.walk();
        open.extend(node.children(&mut cursor));
    }
}

/// Returns the first syntax error within `range` of the text.
pub(crate) fn broken(root: Node<'_>, range: &Range<usize>) -> Option<Range<usize>> {
    let mut open = vec![root];
    let mut first: Option<Range<usize>> = None;
    while let Some(node) = open.pop() {
        let here = node.byte_range();
        if !node.has_error() || here.start >= range.end || here.end < range.start {
            continue;
        }
        if node.is_error() || node.is_missing() {
            if first.as_ref().is_none_or(|first| here.start < first.start) {
                first = Some(here);
            }
            continue;
        }
        let mut cursor = node.walk();
        open.extend(node.children(&mut cursor));
    }
    first
}

/// Returns a node's text.
pub(crate) fn shown(node: Node<'_>, text: &str) -> String {
    text[node.byte_range()].to_owned()
}
