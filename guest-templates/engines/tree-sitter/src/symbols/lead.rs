//! What stands before a definition: comments, attributes, decorators; and what wraps it.

use tree_sitter::Node;

use crate::position;

/// Comments that are kept of one run; what follows is no longer read as documentation.
pub const COMMENTS: usize = 400;

/// Nodes that add words to the definition in them.
const WRAPPERS: [&str; 3] = [
    "export_statement",
    "decorated_definition",
    "ambient_declaration",
];

/// Nodes that do so when the definition is all that they hold.
const HOLDERS: [&str; 9] = [
    "lexical_declaration",
    "variable_declaration",
    "type_declaration",
    "const_declaration",
    "var_declaration",
    "var_spec_list",
    "declaration_command",
    "variable_assignments",
    "expression_statement",
];

/// A node that the walk is in.
pub struct Frame<'tree> {
    pub node: Node<'tree>,
    /// The comments and attributes directly before the current child.
    run: Run<'tree>,
    /// A comment behind something on its line, with its last row: it is about that, unless something follows on the line.
    behind: Option<(Node<'tree>, usize)>,
    /// The row on which the child or the attribute before it ended.
    row: Option<usize>,
}

#[derive(Default)]
struct Run<'tree> {
    comments: Vec<Node<'tree>>,
    /// The byte and the row of the first attribute.
    attribute: Option<(usize, usize)>,
    /// The last row.
    row: Option<usize>,
}

/// What stands around a definition.
pub struct Around<'tree> {
    /// The definition with what wraps it.
    pub outer: Node<'tree>,
    /// The byte and the row where it starts, attributes included.
    pub start: (usize, usize),
    pub comments: Vec<Node<'tree>>,
}

impl<'tree> Frame<'tree> {
    /// Enters a node.
    pub fn new(node: Node<'tree>) -> Self {
        Self {
            node,
            run: Run::default(),
            behind: None,
            row: None,
        }
    }

    /// Takes a child that is a comment or an attribute, and says whether it is one.
    pub fn lead(&mut self, node: Node<'tree>) -> bool {
        let is_attribute = matches!(node.kind(), "attribute_item" | "decorator");
        if !is_comment(node) && !is_attribute {
            return false;
        }
        let (first, last) = rows(node);
        if let Some((comment, row)) = self.behind.take()
            && row == first
        {
            self.run.take(comment, row);
        }
        if is_attribute {
            self.run.attribute.get_or_insert((node.start_byte(), first));
            self.run.row = Some(last);
            self.row = Some(last);
        } else if self.row == Some(first) {
            self.behind = Some((node, last));
        } else {
            // A blank line separates comments, but not attributes, from what follows.
            if self.run.row.is_some_and(|row| row + 1 < first) {
                self.run.comments.clear();
            }
            self.run.take(node, last);
        }
        true
    }

    /// Leaves a child that is neither.
    pub fn passed(&mut self, node: Node<'tree>) {
        // A word such as `export` is part of what follows.
        if !node.is_named() && node.kind().bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return;
        }
        self.run = Run::default();
        self.behind = None;
        self.row = Some(rows(node).1);
    }

    /// Returns the comments that are about a child that starts on a row.
    fn comments(&self, row: usize) -> Vec<Node<'tree>> {
        let is_near = self.run.row.is_some_and(|last| last + 1 >= row);
        let run = self.run.comments.iter().filter(|_| is_near).copied();
        let behind = self.behind.iter().filter(|(_, last)| *last == row);
        run.chain(behind.map(|(node, _)| *node)).collect()
    }
}

impl<'tree> Run<'tree> {
    fn take(&mut self, comment: Node<'tree>, row: usize) {
        self.row = Some(row);
        if self.comments.len() < COMMENTS {
            self.comments.push(comment);
        }
    }
}

/// Says whether a node is a comment.
pub fn is_comment(node: Node<'_>) -> bool {
    node.kind().contains("comment")
}

/// Returns what stands around a node whose ancestors are `frames`.
pub fn around<'tree>(frames: &[Frame<'tree>], node: Node<'tree>) -> Around<'tree> {
    let mut result = Around {
        outer: node,
        start: (node.start_byte(), node.start_position().row),
        comments: Vec::new(),
    };
    for frame in frames.iter().rev() {
        let outer = result.outer;
        let start = (outer.start_byte(), outer.start_position().row);
        result.start = frame.run.attribute.unwrap_or(start);
        if result.comments.is_empty() {
            result.comments = frame.comments(start.1);
        }
        let wrapper = frame.node;
        let holds =
            HOLDERS.contains(&wrapper.kind()) && result.comments.is_empty() && holds_one(wrapper);
        if !holds && !WRAPPERS.contains(&wrapper.kind()) {
            break;
        }
        result.outer = wrapper;
    }
    if result.comments.is_empty() {
        result.comments = among_decorators(node);
    }
    result
}

/// Returns the comments behind decorators that are part of a definition.
fn among_decorators<'tree>(node: Node<'tree>) -> Vec<Node<'tree>> {
    let mut frame = Frame::new(node);
    let mut cursor = node.walk();
    let first = node.children(&mut cursor).find(|child| !frame.lead(*child));
    match first.filter(|_| frame.run.attribute.is_some()) {
        Some(first) => frame.comments(first.start_position().row),
        None => Vec::new(),
    }
}

/// Says whether a node holds one thing, beside options of a command.
fn holds_one(node: Node<'_>) -> bool {
    let mut cursor = node.walk();
    let held = node.named_children(&mut cursor);
    held.filter(|child| child.kind() != "word").take(2).count() == 1
}

/// Returns the first and the last row of a node. The end of a line belongs to that line.
fn rows(node: Node<'_>) -> (usize, usize) {
    let (start, end) = (node.start_position(), node.end_position());
    (start.row, position::last_line(end, start) as usize - 1)
}
