//! Imports that are types: names that a program uses in what is removed, and never as values.

use std::collections::BTreeSet;

use oxc_ast::ast::*;
use oxc_span::GetSpan;

use super::edits::Edits;
use super::members::list_item_end;

/// The names that a program imports, and what becomes of them.
#[derive(Debug, Default)]
pub(super) struct Imports<'p> {
    names: BTreeSet<&'p str>,
    values: BTreeSet<&'p str>,
    erased: BTreeSet<&'p str>,
}

impl<'p> Imports<'p> {
    /// Takes the names that are not types by their own words.
    pub fn new<'a>(program: &'p Program<'a>) -> Self {
        let specifiers = declarations(program).filter_map(|it| it.specifiers.as_ref());
        let names = specifiers.flatten().filter(|specifier| !is_type(specifier));
        Self {
            names: names
                .map(|specifier| specifier.local().name.as_str())
                .collect(),
            ..Self::default()
        }
    }

    /// Notes that a name is used as a value.
    pub fn use_value(&mut self, name: &str) {
        if let Some(name) = self.names.get(name) {
            self.values.insert(name);
        }
    }

    /// Removes the imports that are used nowhere but in what was removed.
    pub fn erase(&mut self, text: &str, program: &Program, edits: &mut Edits) {
        for name in self.names.difference(&self.values) {
            if edits.touch_word(text, name) {
                self.erased.insert(name);
            }
        }
        for declaration in declarations(program) {
            if self.whole(declaration) {
                let span = declaration.span;
                edits.replace(span.start, span.end, ";");
                continue;
            }
            for specifier in declaration.specifiers.iter().flatten() {
                if self.one(specifier) {
                    let span = specifier.span();
                    edits.remove(span.start, list_item_end(text, span.end));
                }
            }
        }
    }

    /// Whether a whole declaration is removed: all that it names are types.
    pub fn whole(&self, it: &ImportDeclaration) -> bool {
        let all = it.specifiers.as_ref().filter(|all| !all.is_empty());
        let is_erased = |specifier| self.one(specifier) && !is_type(specifier);
        it.import_kind.is_type() || all.is_some_and(|all| all.iter().all(is_erased))
    }

    /// Whether one name of a declaration is removed.
    pub fn one(&self, specifier: &ImportDeclarationSpecifier) -> bool {
        is_type(specifier) || self.erased.contains(specifier.local().name.as_str())
    }
}

fn declarations<'p, 'a>(
    program: &'p Program<'a>,
) -> impl Iterator<Item = &'p ImportDeclaration<'a>> {
    program.body.iter().filter_map(|statement| match statement {
        Statement::ImportDeclaration(it) => Some(&**it),
        _ => None,
    })
}

/// Whether the specifier itself says so: `import { type A }`.
fn is_type(specifier: &ImportDeclarationSpecifier) -> bool {
    match specifier {
        ImportDeclarationSpecifier::ImportSpecifier(it) => it.import_kind.is_type(),
        _ => false,
    }
}
