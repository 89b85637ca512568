//! The older methods, whose texts are fixed: `parse`, `ast`, `languages`.

use serde_json::{Value, json};
use tree_sitter::{Node, Tree};

use crate::clock::Clock;
use crate::language::{LANGUAGES, Language};
use crate::position;
use crate::walk::{self, Next, Visit};
use crate::{memory, parse, tree_json};

/// The kinds of nodes that are symbols.
const KINDS: [&str; 28] = [
    "function_declaration",
    "method_declaration",
    "type_declaration",
    "type_spec",
    "const_declaration",
    "var_declaration",
    "function_definition",
    "class_definition",
    "decorated_definition",
    "class_declaration",
    "lexical_declaration",
    "export_statement",
    "variable_declaration",
    "function_item",
    "struct_item",
    "enum_item",
    "impl_item",
    "trait_item",
    "mod_item",
    "const_item",
    "static_item",
    "declaration",
    "struct_specifier",
    "enum_specifier",
    "type_definition",
    "interface_declaration",
    "constructor_declaration",
    "field_declaration",
];

/// Kinds of the child that is the name.
const NAMES: [&str; 4] = ["identifier", "name", "type_identifier", "field_identifier"];

/// The longest list of symbols, as text in bytes.
const LONGEST: usize = 8 << 20;
/// Questions for memory are that many symbols apart.
const EVERY: usize = 1_024;

/// What the caller calls the language: the name as given, else the file's language.
fn called(given: Option<&str>, language: &'static Language) -> String {
    match given {
        Some(given) if !given.is_empty() => given.to_owned(),
        _ => language.name.to_owned(),
    }
}

/// Lists the symbols of a source.
///
/// # Errors
/// Fails for an unknown language, and for a source that cannot be parsed.
pub fn parse(code: &str, language: Option<&str>, filename: Option<&str>) -> Result<String, String> {
    let (mut clock, of) = (Clock::start(), Language::of(language, filename)?);
    let tree = parse::parse(of, code, None, &mut clock)?;
    let mut lister = Lister {
        code,
        symbols: Vec::new(),
        bytes: 0,
        lacks_memory: false,
    };
    walk::walk(&tree, &mut lister);
    if lister.lacks_memory {
        return Err(memory::error(&format!(
            "{} symbols are listed",
            lister.symbols.len()
        )));
    }
    if lister.bytes > LONGEST {
        return Err(format!(
            "the list of symbols is longer than {LONGEST} bytes; use outline, or give less code"
        ));
    }
    pretty(&json!({
        "filename": filename.unwrap_or_default(),
        "language": called(language, of),
        "symbols": lister.symbols,
    }))
}

/// Shows the tree of a source.
///
/// # Errors
/// As for [`parse`], and for a tree that is too long as text.
pub fn ast(
    code: &str,
    language: Option<&str>,
    filename: Option<&str>,
    max_depth: u32,
) -> Result<String, String> {
    let (mut clock, of) = (Clock::start(), Language::of(language, filename)?);
    let tree: Tree = parse::parse(of, code, None, &mut clock)?;
    let root = tree_json::write(&tree, code, max_depth as usize, 1, &mut clock)?;
    Ok(format!(
        "{{\n  \"filename\": {},\n  \"language\": {},\n  \"root\": {root}\n}}",
        Value::from(filename.unwrap_or_default()),
        Value::from(called(language, of)),
    ))
}

/// Lists the languages.
///
/// # Errors
/// Never.
pub fn languages() -> Result<String, String> {
    let all = LANGUAGES.iter().map(|one| {
        let extensions: Vec<_> = one
            .extensions
            .iter()
            .map(|ending| format!(".{ending}"))
            .collect();
        json!({ "name": one.name, "extensions": extensions })
    });
    pretty(&all.collect())
}

fn pretty(value: &Value) -> Result<String, String> {
    serde_json::to_string_pretty(value).map_err(|error| error.to_string())
}

struct Lister<'a> {
    code: &'a str,
    symbols: Vec<Value>,
    bytes: usize,
    lacks_memory: bool,
}

impl<'tree> Visit<'tree> for Lister<'_> {
    fn enter(&mut self, node: Node<'tree>, _depth: usize) -> Next {
        if node.is_named() && KINDS.contains(&node.kind()) {
            let mut cursor = node.walk();
            let name = node
                .children(&mut cursor)
                .find(|child| NAMES.contains(&child.kind()));
            let name = name.map_or("?", |name| position::text(self.code, name));
            let (start, end) = (node.start_position(), node.end_position());
            // An object takes that much as text beside its name.
            self.bytes += 200 + name.len();
            let count = self.symbols.len();
            self.lacks_memory = count % EVERY == EVERY - 1 && !memory::is_left(self.code.len());
            if self.bytes > LONGEST || self.lacks_memory {
                return Next::Stop;
            }
            self.symbols.push(json!({
                "type": node.kind(),
                "name": name,
                "start_line": start.row + 1,
                "end_line": end.row + 1,
                "start_col": start.column,
                "end_col": end.column,
            }));
        }
        Next::Enter
    }
}
