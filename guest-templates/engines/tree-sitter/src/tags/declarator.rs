//! Names within C's declarators, which nest without end: `*(*name[3])(void)`.

use tree_sitter::Node;

/// Returns the name that a declarator declares, and whether it declares a function. Any other node is a name itself.
pub fn name<'tree>(node: Node<'tree>) -> Option<(Node<'tree>, bool)> {
    let (mut node, mut is_function) = (node, false);
    while node.kind().ends_with("_declarator") {
        // Parentheses only group.
        if node.kind() != "parenthesized_declarator" {
            is_function = node.kind() == "function_declarator";
        }
        node = match node.child_by_field_name("declarator") {
            Some(inner) => inner,
            None => inner(node)?,
        };
    }
    Some((node, is_function))
}

/// Returns the declarator or the name in parentheses or attributes.
fn inner<'tree>(node: Node<'tree>) -> Option<Node<'tree>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor)
        .find(|child| child.kind().ends_with("declarator") || child.kind().ends_with("identifier"))
}
