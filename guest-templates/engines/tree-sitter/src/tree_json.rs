//! A syntax tree as JSON, pretty, with the keys of each object in order.

use std::fmt::Write as _;

use tree_sitter::{Node, Tree};

use crate::clock::Clock;
use crate::walk::{self, Next, Visit};
use crate::{memory, position};

/// The longest text, in bytes.
const LONGEST: usize = 8 << 20;
/// The longest leaf that is shown, in bytes.
const LEAF: usize = 200;

/// Writes a tree; `max_depth` 0 means all of it. The first line is not indented, the others by `indent` more levels.
///
/// # Errors
/// Fails when it becomes too long.
pub fn write(
    tree: &Tree,
    source: &str,
    max_depth: usize,
    indent: usize,
    clock: &mut Clock,
) -> Result<String, String> {
    let mut writer = Writer {
        source,
        max_depth,
        indent,
        clock,
        text: String::new(),
        open: Vec::new(),
        failed: None,
    };
    walk::walk(tree, &mut writer);
    match writer.failed {
        Some(error) => Err(error),
        None => Ok(writer.text),
    }
}

struct Writer<'a> {
    source: &'a str,
    max_depth: usize,
    indent: usize,
    clock: &'a mut Clock,
    text: String,
    /// For each object that is written, whether it has children.
    open: Vec<bool>,
    failed: Option<String>,
}

impl Writer<'_> {
    /// Starts a line. Each node is two levels deeper than its parent: an object in a list.
    fn line(&mut self, depth: usize, more: usize) {
        self.text.push('\n');
        let blanks = 2 * (self.indent + 2 * depth + more);
        self.text.extend(std::iter::repeat_n(' ', blanks));
    }

    fn fail(&mut self, error: String) -> Next {
        self.failed = Some(error);
        Next::Stop
    }
}

impl<'tree> Visit<'tree> for Writer<'_> {
    fn enter(&mut self, node: Node<'tree>, depth: usize) -> Next {
        if self.text.len() + 4 * depth > LONGEST {
            return self.fail(format!(
                "the tree is longer than {LONGEST} bytes as text; set max_depth, or give less code"
            ));
        }
        // It grows by doubling.
        let is_full = self.text.len() + 1_024 > self.text.capacity();
        if is_full && !memory::is_left(self.source.len()) {
            return self.fail(memory::error("the tree is written in part"));
        }
        if self.clock.is_over() {
            let error = self.clock.error("writing the tree");
            return self.fail(error);
        }
        if depth > 0 {
            if std::mem::replace(&mut self.open[depth - 1], true) {
                self.text.push(',');
            } else {
                self.line(depth - 1, 1);
                self.text.push_str("\"children\": [");
            }
            self.line(depth, 0);
        }
        self.text.push('{');
        let is_cut = self.max_depth != 0 && depth >= self.max_depth;
        match node.child_count() > 0 && !is_cut {
            true => {
                self.open.push(false);
                Next::Enter
            }
            false => {
                self.open.push(false);
                Next::Skip
            }
        }
    }

    fn leave(&mut self, node: Node<'tree>, depth: usize) {
        if self.failed.is_some() {
            return;
        }
        if self.open.pop().unwrap_or_default() {
            self.line(depth, 1);
            self.text.push_str("],");
        }
        let place = |writer: &mut Self, name: &str, point: tree_sitter::Point| {
            writer.line(depth, 1);
            let _ = write!(writer.text, "\"{name}\": [");
            writer.line(depth, 2);
            let _ = write!(writer.text, "{},", point.row + 1);
            writer.line(depth, 2);
            let _ = write!(writer.text, "{}", point.column);
            writer.line(depth, 1);
            writer.text.push_str("],");
        };
        place(self, "end", node.end_position());
        self.line(depth, 1);
        let _ = write!(self.text, "\"named\": {},", node.is_named());
        place(self, "start", node.start_position());
        if node.child_count() == 0 {
            let leaf = position::text(self.source, node);
            if leaf.len() <= LEAF {
                self.line(depth, 1);
                let _ = write!(self.text, "\"text\": {},", serde_json::Value::from(leaf));
            }
        }
        self.line(depth, 1);
        let _ = write!(
            self.text,
            "\"type\": {}",
            serde_json::Value::from(node.kind())
        );
        self.line(depth, 0);
        self.text.push('}');
    }
}
