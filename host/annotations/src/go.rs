//! Go, parsed by tree-sitter.

use tree_sitter::Node;

use crate::source::{Below, Parsed};
use crate::tree::{self, Grammar, shown};
use crate::{Argument, Diagnostic, Function, Kind, Use};

pub(crate) fn parse(text: &str) -> Parsed {
    let Some(tree) = tree::tree(&tree_sitter_go::LANGUAGE.into(), text) else {
        return Parsed::default();
    };
    let root = tree.root_node();
    let below = |node: Node<'_>| match node.kind() {
        "package_clause" => Below::File,
        "function_declaration" => Below::Function(Box::new(function(node, text))),
        "method_declaration" => Below::Other("a function with a receiver".to_owned()),
        _ => Below::Other("something that is not a function".to_owned()),
    };
    let attached = |_: Node<'_>| true;
    let mut parsed = tree::blocks(
        root,
        text,
        &Grammar {
            below: &below,
            attached: &attached,
        },
    );
    if let Some(range) = tree::broken(root, &(0..text.len())) {
        parsed.diagnostics.push(Diagnostic::unreadable(range, "Go"));
    }
    parsed
}

/// Whether a file declares the function `main`.
pub(crate) fn has_main(text: &str) -> bool {
    let Some(tree) = tree::tree(&tree_sitter_go::LANGUAGE.into(), text) else {
        return false;
    };
    let root = tree.root_node();
    let mut cursor = root.walk();
    let mut functions = root.children(&mut cursor);
    functions
        .any(|node| node.kind() == "function_declaration" && function(node, text).name == "main")
}

/// Returns the path of the package that `qualifier` refers to in this file.
pub(crate) fn import_path(text: &str, qualifier: &str) -> Option<String> {
    let tree = tree::tree(&tree_sitter_go::LANGUAGE.into(), text)?;
    let mut open = vec![tree.root_node()];
    while let Some(node) = open.pop() {
        if node.kind() == "import_spec" {
            let path = shown(node.child_by_field_name("path")?, text);
            let path = path.trim_matches(['"', '`']);
            let last = path.rsplit('/').next().unwrap_or(path);
            let named = node
                .child_by_field_name("name")
                .map(|name| shown(name, text));
            if named.as_deref().unwrap_or(last) == qualifier {
                return Some(path.to_owned());
            }
            continue;
        }
        let mut cursor = node.walk();
        open.extend(node.children(&mut cursor));
    }
    None
}

fn function(node: Node<'_>, text: &str) -> Function {
    let mut function = Function::default();
    if let Some(name) = node.child_by_field_name("name") {
        function.name = shown(name, text);
        function.range = name.byte_range();
        function.exported = true;
    }
    if matches!(function.name.as_str(), "main" | "init") {
        function.unusable = Some("one that Go calls itself");
    }
    if node.child_by_field_name("type_parameters").is_some() {
        function.unusable = Some("generic");
    }
    if let Some(parameters) = node.child_by_field_name("parameters") {
        for (index, argument) in arguments(parameters, text).into_iter().enumerate() {
            if index == 0 && is_context(&argument.of.text) {
                function.context = Some(argument.of);
            } else {
                function.arguments.push(argument);
            }
        }
    }
    let mut results = match node.child_by_field_name("result") {
        None => Vec::new(),
        Some(list) if list.kind() == "parameter_list" => arguments(list, text)
            .into_iter()
            .map(|argument| argument.of)
            .collect(),
        Some(one) => vec![used(one, text)],
    };
    if results.last().is_some_and(|last| last.text == "error") {
        results.pop();
        function.fails = true;
    }
    function.result = match results.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        // More than one: represented as an unsupported type.
        [first, .., last] => Some(Use {
            text: text[first.range.start..last.range.end].to_owned(),
            kind: None,
            range: first.range.start..last.range.end,
        }),
    };
    function
}

/// Whether a type is `*sdk.Context`, under any package name.
fn is_context(of: &str) -> bool {
    let name = of.strip_prefix('*');
    name.is_some_and(|name| name == "Context" || name.ends_with(".Context"))
}

/// Returns the names of a parameter declaration: `a, b string` has two; a type alone is one without a name.
fn arguments(list: Node<'_>, text: &str) -> Vec<Argument> {
    let mut found = Vec::new();
    let mut cursor = list.walk();
    for declared in list.named_children(&mut cursor) {
        let Some(of) = declared.child_by_field_name("type") else {
            continue;
        };
        let mut of = used(of, text);
        if declared.kind() == "variadic_parameter_declaration" {
            of.kind = None;
            of.text.insert_str(0, "...");
        }
        let mut names = declared.walk();
        let names: Vec<Node<'_>> = declared
            .children_by_field_name("name", &mut names)
            .collect();
        if names.is_empty() {
            let (name, range) = ("_".to_owned(), of.range.clone());
            found.push(Argument { name, range, of });
            continue;
        }
        for name in names {
            found.push(Argument {
                name: shown(name, text),
                range: name.byte_range(),
                of: of.clone(),
            });
        }
    }
    found
}

fn used(node: Node<'_>, text: &str) -> Use {
    let shown = shown(node, text);
    let plain: String = shown.split_whitespace().collect();
    let kind = match plain.as_str() {
        "string" => Some(Kind::Text),
        "int" | "int64" => Some(Kind::Integer),
        "float64" => Some(Kind::Float),
        "bool" => Some(Kind::Boolean),
        "[]byte" | "[]uint8" => Some(Kind::Bytes),
        _ => None,
    };
    Use {
        text: shown,
        kind,
        range: node.byte_range(),
    }
}
