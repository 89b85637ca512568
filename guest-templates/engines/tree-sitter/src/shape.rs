//! Whether a tree has a shape that queries take too long for: their time grows with the square of depth, and of the parts of
//! what is no construct.

use tree_sitter::{Node, Tree};

use crate::position::one;
use crate::walk::{self, Next, Visit};

/// Levels of nodes.
const DEPTH: usize = 4_000;
/// Parts of one error node.
const PARTS: u32 = 20_000;

/// Refuses trees of such shapes.
///
/// # Errors
/// Fails for them; the text says where.
pub fn check(tree: &Tree) -> Result<(), String> {
    let mut checker = Checker(Ok(()));
    walk::walk(tree, &mut checker);
    checker.0
}

struct Checker(Result<(), String>);

impl<'tree> Visit<'tree> for Checker {
    fn enter(&mut self, node: Node<'tree>, depth: usize) -> Next {
        let start = node.start_position();
        let place = || format!("line {}, column {}", one(start.row), one(start.column));
        if depth > DEPTH {
            self.0 = Err(format!(
                "{}: the source is nested more than {DEPTH} levels deep, which is the limit; the method errors works without it",
                place()
            ));
            return Next::Stop;
        }
        if node.is_error() && node.child_count() > PARTS {
            self.0 = Err(format!(
                "{}: {} parts in a row make no sense together, and the limit is {PARTS}: this is not of the language, or something is not closed",
                place(),
                node.child_count()
            ));
            return Next::Stop;
        }
        Next::Enter
    }
}
