//! Operators in a row.

use oxc_ast::ast::Expression;
use oxc_ast_visit::Visit;

/// Visits what is on the left and on the right of an operator, one after the other: a sum of ten thousand parts is as many levels
/// deep on its left.
pub(super) fn visit<'p, 'a, V: Visit<'a>>(
    visitor: &mut V,
    left: &'p Expression<'a>,
    right: &'p Expression<'a>,
) {
    let (mut first, mut others) = (left, vec![right]);
    loop {
        let (left, right) = match first {
            Expression::BinaryExpression(it) => (&it.left, &it.right),
            Expression::LogicalExpression(it) => (&it.left, &it.right),
            _ => break,
        };
        others.push(right);
        first = left;
    }
    visitor.visit_expression(first);
    for other in others.into_iter().rev() {
        visitor.visit_expression(other);
    }
}
