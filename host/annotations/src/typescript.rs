//! AssemblyScript, parsed by tree-sitter as TypeScript.

use std::cell::RefCell;

use tree_sitter::Node;

use crate::source::{Below, Parsed};
use crate::tree::{self, Grammar, shown};
use crate::{Argument, Diagnostic, Function, Kind, Use};

pub(crate) fn parse(text: &str) -> Parsed {
    let language = tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into();
    let Some(tree) = tree::tree(&language, text) else {
        return Parsed::default();
    };
    let root = tree.root_node();
    // AssemblyScript has decorators where TypeScript has none: only errors at a skill's methods are reported.
    let unreadable = RefCell::new(Vec::new());
    let below = |node: Node<'_>| match declared(node) {
        Some((node, exported)) => {
            unreadable
                .borrow_mut()
                .extend(tree::broken(node, &node.byte_range()));
            Below::Function(Box::new(function(node, exported, text)))
        }
        None => Below::File,
    };
    let attached = |node: Node<'_>| declared(node).is_some();
    let mut parsed = tree::blocks(
        root,
        text,
        &Grammar {
            below: &below,
            attached: &attached,
        },
    );
    if parsed.blocks.is_empty() {
        unreadable
            .borrow_mut()
            .extend(tree::broken(root, &(0..text.len())));
    }
    let unreadable = unreadable.into_inner().into_iter();
    let unreadable = unreadable.map(|range| Diagnostic::unreadable(range, "AssemblyScript"));
    parsed.diagnostics.extend(unreadable);
    parsed
}

/// Returns the function that a statement declares, and whether it is exported.
fn declared(node: Node<'_>) -> Option<(Node<'_>, bool)> {
    match node.kind() {
        "function_declaration" => Some((node, false)),
        "export_statement" => {
            let inner = node.child_by_field_name("declaration")?;
            (inner.kind() == "function_declaration").then_some((inner, true))
        }
        _ => None,
    }
}

fn function(node: Node<'_>, exported: bool, text: &str) -> Function {
    let mut function = Function {
        exported,
        ..Function::default()
    };
    if let Some(name) = node.child_by_field_name("name") {
        function.name = shown(name, text);
        function.range = name.byte_range();
    }
    if node.child_by_field_name("type_parameters").is_some() {
        function.unusable = Some("generic");
    }
    if let Some(parameters) = node.child_by_field_name("parameters") {
        let mut cursor = parameters.walk();
        let declared = parameters.named_children(&mut cursor);
        let declared = declared.filter(|node| node.kind() != "comment");
        for (index, parameter) in declared.enumerate() {
            let Some(pattern) = parameter.child_by_field_name("pattern") else {
                continue;
            };
            if parameter.kind() == "optional_parameter"
                || parameter.child_by_field_name("value").is_some()
            {
                function.unusable = Some(
                    "declared with an optional argument; use default:VALUE in its @skill:param instead",
                );
            }
            if pattern.kind() != "identifier" {
                function.unusable = Some("destructuring an argument");
            }
            let of = parameter.child_by_field_name("type");
            let of = of.map_or_else(Use::default, |of| used(of, text));
            if index == 0 && (of.text == "Context" || of.text.ends_with(".Context")) {
                function.context = Some(of);
                continue;
            }
            let (name, range) = (shown(pattern, text), pattern.byte_range());
            function.arguments.push(Argument { name, range, of });
        }
    }
    if node.child_by_field_name("return_type").is_none() {
        function.unusable = Some("without a result type; write `: void` if there is none");
    }
    let result = node
        .child_by_field_name("return_type")
        .map(|of| used(of, text));
    function.result = result.filter(|result| result.text != "void");
    // Every function may throw.
    function.fails = true;
    function
}

/// Reads a type annotation: `: string`.
fn used(annotation: Node<'_>, text: &str) -> Use {
    let mut cursor = annotation.walk();
    let mut inside = annotation.named_children(&mut cursor);
    let node = inside.find(|node| node.kind() != "comment");
    let node = node.unwrap_or(annotation);
    let shown = shown(node, text);
    let kind = match shown.as_str() {
        "string" => Some(Kind::Text),
        "i32" | "i64" => Some(Kind::Integer),
        "f64" => Some(Kind::Float),
        "bool" => Some(Kind::Boolean),
        "Uint8Array" => Some(Kind::Bytes),
        _ => None,
    };
    Use {
        text: shown,
        kind,
        range: node.byte_range(),
    }
}
