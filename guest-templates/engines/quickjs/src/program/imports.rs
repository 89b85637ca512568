//! Which imports are types: names that a program uses as types, and never as values.

use std::collections::BTreeSet;

use oxc_ast::ast::*;
use oxc_ast_visit::{Visit, walk};

use super::depth::Depth;
use super::operators;

/// The imports that are removed with the types.
#[derive(Debug, Default)]
pub(super) struct Erased(BTreeSet<String>);

impl Erased {
    /// Finds them in a program of TypeScript. None when it is nested too deep to be walked through.
    pub fn find(program: &Program) -> Option<Self> {
        let imports = program.body.iter().filter_map(|statement| match statement {
            Statement::ImportDeclaration(it) => it.specifiers.as_ref(),
            _ => None,
        });
        let names: Vec<&str> = imports
            .flatten()
            .filter(|specifier| !is_type(specifier))
            .map(|specifier| specifier.local().name.as_str())
            .collect();
        if names.is_empty() {
            return Some(Self::default());
        }
        let mut uses = Uses {
            names: names.into_iter().collect(),
            values: BTreeSet::new(),
            types: BTreeSet::new(),
            in_type: false,
            depth: Depth::default(),
        };
        uses.visit_program(program);
        let types = uses.types.difference(&uses.values);
        (!uses.depth.is_over).then(|| Self(types.map(|name| (*name).to_owned()).collect()))
    }

    /// Whether a whole declaration is removed: all that it names are types.
    pub fn whole(&self, it: &ImportDeclaration) -> bool {
        let all = it.specifiers.as_ref().filter(|all| !all.is_empty());
        it.import_kind.is_type()
            || all.is_some_and(|all| {
                let inline = all.iter().any(is_type);
                !inline && all.iter().all(|specifier| self.one(specifier))
            })
    }

    /// Whether one name of a declaration is removed.
    pub fn one(&self, specifier: &ImportDeclarationSpecifier) -> bool {
        is_type(specifier) || self.0.contains(specifier.local().name.as_str())
    }
}

/// Whether the specifier itself says so: `import { type A }`.
fn is_type(specifier: &ImportDeclarationSpecifier) -> bool {
    match specifier {
        ImportDeclarationSpecifier::ImportSpecifier(it) => it.import_kind.is_type(),
        _ => false,
    }
}

/// The names that are used, as values and as types.
struct Uses<'p> {
    names: BTreeSet<&'p str>,
    values: BTreeSet<&'p str>,
    types: BTreeSet<&'p str>,
    in_type: bool,
    depth: Depth,
}

impl Uses<'_> {
    fn within(&mut self, in_type: bool, walk: impl FnOnce(&mut Self)) {
        if !self.depth.enter() {
            return;
        }
        let outer = std::mem::replace(&mut self.in_type, in_type);
        walk(self);
        self.in_type = outer;
        self.depth.leave();
    }
}

impl<'a> Visit<'a> for Uses<'_> {
    fn visit_identifier_reference(&mut self, it: &IdentifierReference<'a>) {
        if let Some(name) = self.names.get(it.name.as_str()) {
            let uses = if self.in_type {
                &mut self.types
            } else {
                &mut self.values
            };
            uses.insert(name);
        }
    }

    fn visit_expression(&mut self, it: &Expression<'a>) {
        let in_type = self.in_type;
        self.within(in_type, |this| walk::walk_expression(this, it));
    }

    fn visit_statement(&mut self, it: &Statement<'a>) {
        let in_type = self.in_type;
        self.within(in_type, |this| walk::walk_statement(this, it));
    }

    fn visit_binary_expression(&mut self, it: &BinaryExpression<'a>) {
        operators::visit(self, &it.left, &it.right);
    }

    fn visit_logical_expression(&mut self, it: &LogicalExpression<'a>) {
        operators::visit(self, &it.left, &it.right);
    }

    fn visit_ts_type(&mut self, it: &TSType<'a>) {
        self.within(true, |this| walk::walk_ts_type(this, it));
    }

    fn visit_ts_type_name(&mut self, it: &TSTypeName<'a>) {
        self.within(true, |this| walk::walk_ts_type_name(this, it));
    }

    fn visit_ts_class_implements(&mut self, it: &TSClassImplements<'a>) {
        self.within(true, |this| walk::walk_ts_class_implements(this, it));
    }

    fn visit_ts_interface_declaration(&mut self, it: &TSInterfaceDeclaration<'a>) {
        self.within(true, |this| walk::walk_ts_interface_declaration(this, it));
    }
}
