//! The `return` statements outside of functions.

use oxc_ast::ast::Statement;
use oxc_span::{GetSpan, Span};

/// Finds them: each, and its value.
pub(super) fn returns(body: &[Statement]) -> Vec<(Span, Option<Span>)> {
    let mut found = Vec::new();
    // The last one is the next.
    let mut left: Vec<&Statement> = body.iter().rev().collect();
    while let Some(statement) = left.pop() {
        match statement {
            Statement::ReturnStatement(it) => {
                found.push((it.span, it.argument.as_ref().map(GetSpan::span)));
            }
            Statement::BlockStatement(it) => left.extend(it.body.iter().rev()),
            Statement::IfStatement(it) => {
                left.extend(&it.alternate);
                left.push(&it.consequent);
            }
            Statement::DoWhileStatement(it) => left.push(&it.body),
            Statement::ForInStatement(it) => left.push(&it.body),
            Statement::ForOfStatement(it) => left.push(&it.body),
            Statement::ForStatement(it) => left.push(&it.body),
            Statement::LabeledStatement(it) => left.push(&it.body),
            Statement::WhileStatement(it) => left.push(&it.body),
            Statement::WithStatement(it) => left.push(&it.body),
            Statement::SwitchStatement(it) => {
                let cases = it.cases.iter().rev();
                left.extend(cases.flat_map(|case| case.consequent.iter().rev()));
            }
            Statement::TryStatement(it) => {
                let parts = [
                    it.finalizer.as_ref().map(|it| &it.body),
                    it.handler.as_ref().map(|it| &it.body.body),
                    Some(&it.block.body),
                ];
                left.extend(
                    parts
                        .into_iter()
                        .flatten()
                        .flat_map(|part| part.iter().rev()),
                );
            }
            // Expressions and declarations have no statements but those of functions.
            _ => {}
        }
    }
    found
}
