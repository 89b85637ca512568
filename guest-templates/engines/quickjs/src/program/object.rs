//! Tells an object that was meant from the block as which it is read.

use oxc_allocator::Allocator;
use oxc_ast::ast::Expression;
use oxc_parser::Parser;
use oxc_span::SourceType;

/// What follows the syntax error.
pub(super) const HINT: &str = "\nNote: a statement that begins with `{` is a block; to have an object as the value, put it in parentheses: ({ a: 1, b: 2 })";

/// Beginnings of objects that are tried, from the last one before the error.
const TRIED: usize = 20;

/// Whether the program ends with an object that begins a statement, and the error is within it.
pub(super) fn is_meant(text: &str, error: usize) -> bool {
    let end = text.trim_end_matches(|letter: char| letter.is_whitespace() || letter == ';');
    let error = text.floor_char_boundary(error);
    let beginnings = end.match_indices('{').map(|(at, _)| at);
    let beginnings: Vec<usize> = beginnings
        .take_while(|at| *at <= error)
        .filter(|at| begins_statement(&text[..*at]))
        .collect();
    let mut last = beginnings.into_iter().rev().take(TRIED);
    last.any(|at| is_object(&end[at..]))
}

/// Whether a statement may begin after a text.
fn begins_statement(before: &str) -> bool {
    let trimmed = before.trim_end();
    trimmed.is_empty() || trimmed.ends_with([';', '}']) || before[trimmed.len()..].contains('\n')
}

fn is_object(text: &str) -> bool {
    let arena = Allocator::default();
    let parsed = Parser::new(&arena, text, SourceType::ts()).parse_expression();
    matches!(parsed, Ok(Expression::ObjectExpression(_)))
}
