//! Parses a program and makes the changes.

use oxc_allocator::Allocator;
use oxc_ast_visit::Visit;
use oxc_parser::{ParseOptions, Parser, ParserReturn};
use oxc_span::SourceType;

use super::edits::{Edits, Map};
use super::kind::Kind;
use super::place::Source;
use super::syntax_error::syntax_error;
use super::toplevel::Toplevel;
use super::types::Types;

/// A program has at most this many bytes.
const MAX_BYTES: usize = 2 << 20;
/// Brackets within brackets.
const MAX_NESTING: usize = 400;

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
    let depth = nesting(text);
    if depth > MAX_NESTING {
        return Err(format!(
            "SyntaxError: the program has brackets nested {depth} deep; at most {MAX_NESTING}"
        ));
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
    // As JavaScript first: `a<b>(c)` has a meaning in both.
    let plain = parse(SourceType::mjs());
    let mut edits = Edits::default();
    if !failed(&plain) {
        let strict = Toplevel::change(text, &plain.program, kind, &mut edits)?;
        return Ok(made(text, edits, strict));
    }
    let typed = parse(SourceType::ts());
    if failed(&typed) {
        return refuse(text, kind, &plain, &typed);
    }
    let mut types = Types::new(text, &mut edits);
    types.visit_program(&typed.program);
    if let Some((what, offset)) = types.refused {
        return Err(syntax_error(text, &what, offset as usize));
    }
    let strict = Toplevel::change(text, &typed.program, kind, &mut edits)?;
    Ok(made(text, edits, strict))
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
    if is_sloppy && kind != Kind::Module && !plain.panicked {
        return Ok(made(text, Edits::default(), false));
    }
    Err(syntax_error(text, &message, offset))
}

/// How deep brackets are within brackets. Comments and strings of one line are passed over; what looks like one and is none, in a
/// pattern or a template, ends with its line.
fn nesting(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut depth, mut deepest, mut at) = (0usize, 0, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'(' | b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' | b'\'' => at = string_end(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                let rest = &bytes[at..];
                at += rest
                    .iter()
                    .position(|byte| *byte == b'\n')
                    .unwrap_or(rest.len());
            }
            _ => {}
        }
        at += 1;
    }
    deepest
}

/// The end of a string that begins at `start`: its other quote, or the end of the line.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' => return at,
            byte if *byte == bytes[start] => return at,
            _ => {}
        }
        at += 1;
    }
    at
}
