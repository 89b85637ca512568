//! What is right in the language and wrong in its grammar. The grammar of Go wants a line end or `;` behind the last
//! specification in parentheses, which the language does not: `var ( a int; b = 1 )`.

use tree_sitter::Node;

use crate::language::Language;

/// Says whether a node is a list of specifications.
pub fn is_list(node: Node<'_>) -> bool {
    matches!(node.kind(), "var_spec_list" | "const_declaration")
}

/// Says whether an error node or a missing node, in such a list or not, stands for such a gap.
pub fn is_gap(language: &Language, is_in_list: bool, node: Node<'_>) -> bool {
    if language.name != "go" {
        return false;
    }
    if node.is_missing() {
        return is_in_list && node.kind() == "source_file_token1";
    }
    let mut cursor = node.walk();
    let mut kinds = node.children(&mut cursor).map(|child| match child.kind() {
        "var_spec" | "const_spec" | ";" | "comment" => "part",
        kind => kind,
    });
    if is_in_list {
        return kinds.all(|kind| kind == "part");
    }
    // At the end of a text that has no line end, the whole declaration.
    let is_declaration = matches!(kinds.next(), Some("var" | "const")) && kinds.next() == Some("(");
    is_declaration && kinds.find(|kind| *kind != "part") == Some(")") && kinds.next().is_none()
}
