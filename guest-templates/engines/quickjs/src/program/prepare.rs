//! Parses a program and makes the changes.

use oxc_allocator::Allocator;
use oxc_ast::ast::Program;
use oxc_ast_visit::Visit;
use oxc_parser::{ParseOptions, Parser, ParserReturn};
use oxc_span::SourceType;

use super::edits::{Edits, Map};
use super::imports::Imports;
use super::kind::Kind;
use super::nesting::nesting;
use super::object;
use super::place::Source;
use super::syntax_error::syntax_error;
use super::toplevel::Toplevel;
use super::types::Types;

/// A program has at most this many bytes.
pub(crate) const MAX_BYTES: usize = 2 << 20;

/// How deep a program is nested at most, as `nesting` counts it: the parser takes up to 900 bytes of the stack for each.
const MAX_NESTING: usize = 900;

/// Returns the text that QuickJS compiles.
///
/// # Errors
/// Fails with the text of a syntax error: its line, its column and what is there.
pub(crate) fn prepare(text: &str, kind: Kind) -> Result<Source, String> {
    if text.len() > MAX_BYTES {
        return Err(format!(
            "the program has {} bytes; at most {MAX_BYTES}",
            text.len()
        ));
    }
    if text.contains('\0') {
        return Err("SyntaxError: the program contains a NUL character".to_owned());
    }
    if nesting(text) > MAX_NESTING {
        return Ok(unread(text));
    }
    let arena = Allocator::default();
    let parse = |types: SourceType| {
        Parser::new(&arena, text, types)
            .with_options(ParseOptions {
                allow_return_outside_function: true,
                preserve_parens: true,
                ..ParseOptions::default()
            })
            .parse()
    };
    let failed = |parsed: &ParserReturn| parsed.panicked || !parsed.diagnostics.is_empty();
    // `new Set<string>(a)` has a meaning in both languages. Nobody compares like that, but a file of JavaScript is what it says.
    let (first, second) = match kind {
        Kind::JavaScript => (SourceType::mjs(), SourceType::ts()),
        _ => (SourceType::ts(), SourceType::mjs()),
    };
    let one = parse(first);
    if !failed(&one) {
        return changed(text, kind, &one.program);
    }
    let other = parse(second);
    if !failed(&other) {
        return changed(text, kind, &other.program);
    }
    match kind {
        Kind::JavaScript => refuse(text, kind, &one, &other),
        _ => refuse(text, kind, &other, &one),
    }
}

/// Makes the changes that the syntax tree asks for.
fn changed(text: &str, kind: Kind, program: &Program) -> Result<Source, String> {
    let mut edits = Edits::default();
    let mut imports = Imports::default();
    if program.source_type.is_typescript() {
        imports = Imports::new(program);
        let mut types = Types::new(text, &mut edits, &mut imports);
        types.visit_program(program);
        if types.depth.is_over {
            return Ok(unread(text));
        }
        if let Some((what, offset)) = types.refused {
            return Err(syntax_error(text, &what, offset as usize));
        }
        imports.erase(text, program, &mut edits);
    }
    let strict = Toplevel::change(text, program, kind, &mut edits, &imports)?;
    Ok(made(text, edits, strict))
}

/// The source as it is, for QuickJS, whose parser finds the end of its stack by itself.
fn unread(text: &str) -> Source {
    Source {
        is_unread: true,
        ..made(text, Edits::default(), false)
    }
}

fn made(text: &str, edits: Edits, strict: bool) -> Source {
    let (code, map) = match edits.is_empty() {
        true => (text.to_owned(), Map::default()),
        false => edits.apply(text),
    };
    Source {
        original: text.to_owned(),
        code,
        map,
        strict,
        is_unread: false,
    }
}

/// What neither parser takes: a syntax error, unless it is JavaScript that modules cannot have, such as `with`. That is for
/// QuickJS to decide.
fn refuse(
    text: &str,
    kind: Kind,
    plain: &ParserReturn,
    typed: &ParserReturn,
) -> Result<Source, String> {
    let first = |parsed: &ParserReturn| {
        let found = parsed.diagnostics.iter().next();
        found.map(|found| {
            let label = found.labels.first();
            let offset = label.map_or(0, |label| label.offset() as usize);
            (offset, found.message.to_string())
        })
    };
    // The reading that went further is the one that was meant.
    let furthest = first(typed).into_iter().chain(first(plain));
    let furthest = furthest.max_by_key(|(offset, _)| *offset);
    let (offset, message) = furthest.unwrap_or((0, "the program cannot be parsed".to_owned()));
    let is_sloppy = ["strict mode", "'with'", "octal", "Octal", "HTML"]
        .iter()
        .any(|part| message.contains(part));
    if is_sloppy && !kind.is_module() && !plain.panicked {
        return Ok(made(text, Edits::default(), false));
    }
    let mut error = syntax_error(text, &message, offset);
    if !kind.is_module() && object::is_meant(text, offset) {
        error += object::HINT;
    }
    Err(error)
}
