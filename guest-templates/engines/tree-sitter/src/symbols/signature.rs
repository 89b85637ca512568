//! A definition without its body, on one line.

use tree_sitter::Node;

use super::lead::is_comment;
use crate::position;

/// The longest signature, in bytes.
const LONGEST: usize = 240;

/// Where a body may be, beside in the definition itself.
const HOLDERS: [&str; 5] = ["value", "right", "type", "declarator", "definition"];

/// Returns the signature of a definition, with the words of what wraps it.
pub fn of(text: &str, node: Node<'_>, outer: Node<'_>) -> String {
    let start = start(outer);
    let end = outer.end_byte();
    let signature = match body(node).filter(|body| is_block(text, *body)) {
        Some(body) => {
            let before = position::slice(text, start, body.start_byte());
            let after = position::slice(text, body.end_byte(), end);
            let after = join(after.trim_matches([';', ',', ' ', '\n', '\r']));
            match after.is_empty() {
                true => join(before),
                false => format!("{} … {after}", join(before)),
            }
        }
        None => {
            let whole = position::slice(text, start, end).trim();
            let first = whole.lines().next().unwrap_or_default().trim();
            match first.len() == whole.len() {
                true => join(first),
                false => join(first.trim_end_matches(['{', '(', '['])),
            }
        }
    };
    position::cut(
        signature
            .trim_end_matches("=>")
            .trim_end_matches([':', ';', ' ', ',']),
        LONGEST,
    )
}

/// Returns where the words begin: decorators, and comments among them, are no part of a signature.
fn start(outer: Node<'_>) -> usize {
    let mut cursor = outer.walk();
    let first = outer
        .children(&mut cursor)
        .find(|child| child.kind() != "decorator" && !is_comment(*child));
    first.map_or(outer.start_byte(), |child| child.start_byte())
}

fn body<'tree>(node: Node<'tree>) -> Option<Node<'tree>> {
    let held = |field: &&str| node.child_by_field_name(field)?.child_by_field_name("body");
    // In CSS it has no name.
    let last = || {
        let last = u32::try_from(node.named_child_count())
            .ok()?
            .checked_sub(1)?;
        node.named_child(last)
            .filter(|child| child.kind().contains("block"))
    };
    node.child_by_field_name("body")
        .or_else(|| HOLDERS.iter().find_map(held))
        .or_else(last)
}

/// Says whether it is a block and not an expression, which is best shown whole.
fn is_block(text: &str, body: Node<'_>) -> bool {
    body.kind() == "block" || position::text(text, body).starts_with(['{', '('])
}

/// Joins the lines and the blanks of a text by one blank each.
fn join(text: &str) -> String {
    // The rest would be cut off.
    let text = position::slice(text, 0, 4 * LONGEST);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
