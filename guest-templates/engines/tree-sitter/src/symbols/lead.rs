//! What stands before a definition: comments, attributes, decorators; and what wraps it.

use tree_sitter::Node;

use crate::position;

/// Comments that are kept of one run; what follows is no longer read as documentation.
const COMMENTS: usize = 400;

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
    /// The row on which the child before it ended.
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
            row: None,
        }
    }

    /// Takes a child that is a comment or an attribute, and says whether it is one.
    pub fn lead(&mut self, node: Node<'tree>) -> bool {
        let kind = node.kind();
        let is_comment = kind.contains("comment");
        let is_attribute = matches!(kind, "attribute_item" | "decorator");
        if !is_comment && !is_attribute {
            return false;
        }
        let (first, last) = rows(node);
        if is_comment && self.row == Some(first) {
            // It is about what stands before it on its line.
            self.run = Run::default();
            return true;
        }
        // A blank line separates comments, but not attributes, from what follows.
        if self.run.row.is_some_and(|row| row + 1 < first) {
            self.run.comments.clear();
        }
        self.run.row = Some(last);
        if is_attribute {
            self.run.attribute.get_or_insert((node.start_byte(), first));
        } else if self.run.comments.len() < COMMENTS {
            self.run.comments.push(node);
        }
        true
    }

    /// Leaves a child that is neither.
    pub fn passed(&mut self, node: Node<'tree>) {
        self.run = Run::default();
        self.row = Some(rows(node).1);
    }
}

/// Returns what stands around a node whose ancestors are `frames`.
pub fn around<'tree>(frames: &[Frame<'tree>], node: Node<'tree>) -> Around<'tree> {
    let mut outer = node;
    let mut result = Around {
        outer,
        start: (node.start_byte(), node.start_position().row),
        comments: Vec::new(),
    };
    for frame in frames.iter().rev() {
        let run = &frame.run;
        result.outer = outer;
        result.start = (outer.start_byte(), outer.start_position().row);
        if let Some(attribute) = run.attribute {
            result.start = attribute;
        }
        let is_near = run
            .row
            .is_some_and(|row| row + 1 >= outer.start_position().row);
        if is_near && !run.comments.is_empty() {
            result.comments.clone_from(&run.comments);
        }
        let wrapper = frame.node;
        let wraps = WRAPPERS.contains(&wrapper.kind())
            || HOLDERS.contains(&wrapper.kind()) && wrapper.named_child_count() == 1;
        if !wraps || !result.comments.is_empty() {
            break;
        }
        outer = wrapper;
    }
    result
}

/// Returns the first and the last row of a node. The end of a line belongs to that line.
fn rows(node: Node<'_>) -> (usize, usize) {
    let (start, end) = (node.start_position(), node.end_position());
    (start.row, position::last_line(end, start) as usize - 1)
}
