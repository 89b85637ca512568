//! Removes what is TypeScript's alone. What TypeScript makes code of (enums, namespaces, parameter properties) is refused.

use oxc_ast::ast::*;
use oxc_ast_visit::{Visit, walk};
use oxc_span::{GetSpan, Span};
use oxc_syntax::scope::ScopeFlags;

use super::depth::Depth;
use super::edits::Edits;
use super::imports::Imports;
use super::{members, operators};

/// Collects the edits that remove types.
pub(super) struct Types<'e, 'p> {
    text: &'e str,
    edits: &'e mut Edits,
    imports: &'e mut Imports<'p>,
    /// Where it is over, the edits are not all.
    pub depth: Depth,
    /// What cannot be removed, and where it is.
    pub refused: Option<(String, u32)>,
}

impl<'e, 'p> Types<'e, 'p> {
    pub fn new(text: &'e str, edits: &'e mut Edits, imports: &'e mut Imports<'p>) -> Self {
        Self {
            text,
            edits,
            imports,
            depth: Depth::default(),
            refused: None,
        }
    }

    fn remove(&mut self, span: Span) {
        self.edits.remove(span.start, span.end);
    }

    /// Removes a statement or a member. The semicolon keeps its neighbours apart.
    fn remove_whole(&mut self, span: Span) {
        self.edits.replace(span.start, span.end, ";");
    }

    fn refuse(&mut self, what: &str, span: Span) {
        let what = format!("{what} cannot be run: only types are removed; write it in JavaScript");
        self.refused.get_or_insert((what, span.start));
    }

    /// Removes `?` or `!` and a type that follow a name.
    fn after_name(&mut self, name_end: u32, annotation: Option<Span>, marked: bool, end: u32) {
        let until = annotation.map_or(end, |annotation| annotation.start);
        if marked {
            let between = &self.text[name_end as usize..until as usize];
            if let Some(at) = between.find(['?', '!']) {
                let at = name_end + at as u32;
                self.edits.remove(at, at + 1);
            }
        }
        if let Some(annotation) = annotation {
            self.remove(annotation);
        }
    }

    /// Removes the modifiers of a member: words between its beginning and its name.
    fn modifiers(&mut self, start: u32, name: u32) {
        for (at, word) in members::modifiers(&self.text[start as usize..name as usize]) {
            let at = start + at as u32;
            // A member that began with a word may begin with `*` or `[` now, which would go on with the one before.
            let instead = if at == start { ";" } else { "" };
            self.edits.replace(at, at + word as u32, instead);
        }
    }

    /// Ends a statement where its own end was removed: the next line could go on with it.
    fn end(&mut self, span: Span) {
        let own = self.text[..span.end as usize].ends_with([';', '}']);
        if self.edits.removed_until(span.end) && !own {
            self.edits.insert(span.end, ";");
        }
    }

    fn type_only(declaration: &Declaration) -> bool {
        match declaration {
            Declaration::VariableDeclaration(it) => it.declare,
            Declaration::FunctionDeclaration(it) => it.declare || it.body.is_none(),
            Declaration::ClassDeclaration(it) => it.declare,
            Declaration::TSEnumDeclaration(it) => it.declare,
            Declaration::TSNamespaceDeclaration(it) => it.declare,
            Declaration::TSImportEqualsDeclaration(_) => false,
            Declaration::TSTypeAliasDeclaration(_)
            | Declaration::TSInterfaceDeclaration(_)
            | Declaration::TSExternalModuleDeclaration(_)
            | Declaration::TSGlobalDeclaration(_) => true,
        }
    }
}

impl<'a> Visit<'a> for Types<'_, '_> {
    fn visit_statement(&mut self, it: &Statement<'a>) {
        if it.as_declaration().is_some_and(Self::type_only) {
            return self.remove_whole(it.span());
        }
        if !self.depth.enter() {
            return;
        }
        walk::walk_statement(self, it);
        self.depth.leave();
        self.end(it.span());
    }

    fn visit_expression(&mut self, it: &Expression<'a>) {
        if self.depth.enter() {
            walk::walk_expression(self, it);
            self.depth.leave();
        }
    }

    fn visit_binary_expression(&mut self, it: &BinaryExpression<'a>) {
        operators::visit(self, &it.left, &it.right);
    }

    fn visit_logical_expression(&mut self, it: &LogicalExpression<'a>) {
        operators::visit(self, &it.left, &it.right);
    }

    fn visit_export_declaration(&mut self, it: &ExportDeclaration<'a>) {
        if Self::type_only(&it.declaration) {
            return self.remove_whole(it.span);
        }
        walk::walk_export_declaration(self, it);
    }

    fn visit_export_default_declaration(&mut self, it: &ExportDefaultDeclaration<'a>) {
        if let ExportDefaultDeclarationKind::TSInterfaceDeclaration(_) = it.declaration {
            return self.remove_whole(it.span);
        }
        walk::walk_export_default_declaration(self, it);
    }

    // `Imports` removes what is a type there.
    fn visit_import_declaration(&mut self, _: &ImportDeclaration<'a>) {}

    fn visit_identifier_reference(&mut self, it: &IdentifierReference<'a>) {
        self.imports.use_value(it.name.as_str());
    }

    fn visit_export_named_declaration(&mut self, it: &ExportNamedDeclaration<'a>) {
        if it.export_kind.is_type() {
            return self.remove_whole(it.span);
        }
        walk::walk_export_named_declaration(self, it);
    }

    fn visit_export_from_declaration(&mut self, it: &ExportFromDeclaration<'a>) {
        if it.export_kind.is_type() {
            return self.remove_whole(it.span);
        }
        walk::walk_export_from_declaration(self, it);
    }

    fn visit_export_all_declaration(&mut self, it: &ExportAllDeclaration<'a>) {
        if it.export_kind.is_type() {
            self.remove_whole(it.span);
        }
    }

    fn visit_export_specifier(&mut self, it: &ExportSpecifier<'a>) {
        if it.export_kind.is_type() {
            self.edits.remove(
                it.span.start,
                members::list_item_end(self.text, it.span.end),
            );
        }
    }

    fn visit_ts_enum_declaration(&mut self, it: &TSEnumDeclaration<'a>) {
        self.refuse("an enum", it.span);
    }

    fn visit_ts_namespace_declaration(&mut self, it: &TSNamespaceDeclaration<'a>) {
        self.refuse("a namespace", it.span);
    }

    fn visit_ts_import_equals_declaration(&mut self, it: &TSImportEqualsDeclaration<'a>) {
        self.refuse("`import … =`", it.span);
    }

    fn visit_ts_export_assignment(&mut self, it: &TSExportAssignment<'a>) {
        self.refuse("`export =`", it.span);
    }

    fn visit_ts_namespace_export_declaration(&mut self, it: &TSNamespaceExportDeclaration<'a>) {
        self.remove_whole(it.span);
    }

    fn visit_decorator(&mut self, it: &Decorator<'a>) {
        self.refuse("a decorator", it.span);
    }

    fn visit_accessor_property(&mut self, it: &AccessorProperty<'a>) {
        self.refuse("a field with `accessor`", it.span);
    }

    fn visit_ts_type_annotation(&mut self, it: &TSTypeAnnotation<'a>) {
        self.remove(it.span);
    }

    fn visit_ts_type_parameter_declaration(&mut self, it: &TSTypeParameterDeclaration<'a>) {
        self.remove(it.span);
    }

    fn visit_ts_type_parameter_instantiation(&mut self, it: &TSTypeParameterInstantiation<'a>) {
        self.remove(it.span);
    }

    fn visit_ts_as_expression(&mut self, it: &TSAsExpression<'a>) {
        self.edits.remove(it.expression.span().end, it.span.end);
        self.visit_expression(&it.expression);
    }

    fn visit_ts_satisfies_expression(&mut self, it: &TSSatisfiesExpression<'a>) {
        self.edits.remove(it.expression.span().end, it.span.end);
        self.visit_expression(&it.expression);
    }

    fn visit_ts_non_null_expression(&mut self, it: &TSNonNullExpression<'a>) {
        self.edits.remove(it.expression.span().end, it.span.end);
        self.visit_expression(&it.expression);
    }

    fn visit_ts_type_assertion(&mut self, it: &TSTypeAssertion<'a>) {
        // Parentheses: `() => <T>{}` would become a block.
        self.edits
            .replace(it.span.start, it.expression.span().start, "(");
        self.visit_expression(&it.expression);
        self.edits.insert(it.span.end, ")");
    }

    fn visit_variable_declarator(&mut self, it: &VariableDeclarator<'a>) {
        let annotation = it.type_annotation.as_ref().map(|it| it.span);
        self.after_name(it.id.span().end, annotation, it.definite, it.span.end);
        self.visit_binding_pattern(&it.id);
        if let Some(value) = &it.init {
            self.visit_expression(value);
        }
    }

    fn visit_formal_parameter(&mut self, it: &FormalParameter<'a>) {
        if it.accessibility.is_some() || it.readonly || it.r#override {
            return self.refuse("a parameter property", it.span);
        }
        let annotation = it.type_annotation.as_ref().map(|it| it.span);
        self.after_name(it.pattern.span().end, annotation, it.optional, it.span.end);
        self.visit_decorators(&it.decorators);
        self.visit_binding_pattern(&it.pattern);
        if let Some(value) = &it.initializer {
            self.visit_expression(value);
        }
    }

    fn visit_function(&mut self, it: &Function<'a>, flags: ScopeFlags) {
        if let Some(this) = &it.this_param {
            let next = it.params.items.first().map(|first| first.span.start);
            let next = next.or(it.params.rest.as_ref().map(|rest| rest.span.start));
            self.edits
                .remove(this.span.start, next.unwrap_or(it.params.span.end - 1));
        }
        walk::walk_function(self, it, flags);
    }

    fn visit_arrow_function_expression(&mut self, it: &ArrowFunctionExpression<'a>) {
        if let Some(result) = &it.return_type {
            // Whole, since no line may end before the arrow.
            self.edits.remove(it.params.span.end, result.span.end);
        }
        walk::walk_arrow_function_expression(self, it);
    }

    fn visit_class(&mut self, it: &Class<'a>) {
        if it.r#abstract {
            self.modifiers_of_class(it.span.start);
        }
        if let (Some(first), Some(last)) = (it.implements.first(), it.implements.last()) {
            let before = &self.text[..first.span.start as usize];
            if let Some(at) = before.rfind("implements") {
                self.edits.remove(at as u32, last.span.end);
            }
        }
        self.visit_decorators(&it.decorators);
        if let Some(parameters) = &it.type_parameters {
            self.visit_ts_type_parameter_declaration(parameters);
        }
        if let Some(heritage) = &it.heritage {
            self.visit_class_heritage(heritage);
        }
        self.visit_class_body(&it.body);
    }

    fn visit_class_element(&mut self, it: &ClassElement<'a>) {
        let type_only = match it {
            ClassElement::TSIndexSignature(_) => true,
            ClassElement::MethodDefinition(it) => it.value.body.is_none(),
            ClassElement::PropertyDefinition(it) => it.declare || it.r#type.is_abstract(),
            ClassElement::AccessorProperty(it) => it.r#type.is_abstract(),
            ClassElement::StaticBlock(_) => false,
        };
        if type_only {
            return self.remove_whole(it.span());
        }
        walk::walk_class_element(self, it);
        if let ClassElement::PropertyDefinition(it) = it {
            self.end(it.span);
        }
    }

    fn visit_method_definition(&mut self, it: &MethodDefinition<'a>) {
        self.modifiers(it.span.start, it.key.span().start);
        if it.optional {
            self.after_name(it.key.span().end, None, true, it.value.params.span.start);
        }
        walk::walk_method_definition(self, it);
    }

    fn visit_property_definition(&mut self, it: &PropertyDefinition<'a>) {
        self.modifiers(it.span.start, it.key.span().start);
        let annotation = it.type_annotation.as_ref().map(|it| it.span);
        let end = it.value.as_ref().map_or(it.span.end, |it| it.span().start);
        let marked = it.optional || it.definite;
        self.after_name(it.key.span().end, annotation, marked, end);
        self.visit_decorators(&it.decorators);
        self.visit_property_key(&it.key);
        if let Some(value) = &it.value {
            self.visit_expression(value);
        }
    }
}

impl Types<'_, '_> {
    fn modifiers_of_class(&mut self, start: u32) {
        let rest = &self.text[start as usize..];
        if let Some(at) = rest.find("abstract") {
            let at = start + at as u32;
            self.edits.remove(at, at + "abstract".len() as u32);
        }
    }
}
