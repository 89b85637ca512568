//! Visiting the nodes of a tree without recursion: nesting is as deep as the text wants it.

use tree_sitter::{Node, Tree, TreeCursor};

/// What a visitor wants next.
#[derive(PartialEq, Eq)]
pub enum Next {
    /// The node's children.
    Enter,
    /// Not the node's children.
    Skip,
    /// Nothing more.
    Stop,
}

/// Looks at each node before its children, and again after them.
pub trait Visit<'tree> {
    /// Sees a node, with its distance from the root.
    fn enter(&mut self, node: Node<'tree>, depth: usize) -> Next;

    /// Sees a node whose children were visited or skipped.
    fn leave(&mut self, _node: Node<'tree>, _depth: usize) {}
}

/// Visits all nodes in the order of the text.
pub fn walk<'tree>(tree: &'tree Tree, visitor: &mut impl Visit<'tree>) {
    from(tree.root_node(), visitor);
}

/// Visits a node and all in it, in the order of the text.
pub fn from<'tree>(node: Node<'tree>, visitor: &mut impl Visit<'tree>) {
    let mut cursor: TreeCursor<'tree> = node.walk();
    let mut depth = 0;
    loop {
        match visitor.enter(cursor.node(), depth) {
            Next::Stop => return,
            Next::Enter if cursor.goto_first_child() => {
                depth += 1;
                continue;
            }
            Next::Enter | Next::Skip => visitor.leave(cursor.node(), depth),
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
            depth -= 1;
            visitor.leave(cursor.node(), depth);
        }
    }
}
