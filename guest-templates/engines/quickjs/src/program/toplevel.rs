//! Rewrites what a script cannot have outside of functions.
//!
//! A program is compiled as a script, since the value of a script is that of its last expression. `return x` ends the block that
//! the program is put in, after `x` became that value; `import` becomes `await import(…)`, `export` is left out. In a session
//! `let`, `const` and `class` become `var`, so that a later program may define the names again.

use oxc_ast::ast::*;
use oxc_span::{GetSpan, Span};

use super::edits::Edits;
use super::imports::Imports;
use super::kind::Kind;
use super::returns::returns;
use super::syntax_error::syntax_error;

pub(super) struct Toplevel<'e> {
    text: &'e str,
    kind: Kind,
    edits: &'e mut Edits,
    imports: &'e Imports<'e>,
}

impl<'e> Toplevel<'e> {
    /// Collects the edits of a program, and returns whether it is strict code.
    pub fn change(
        text: &'e str,
        program: &Program,
        kind: Kind,
        edits: &'e mut Edits,
        imports: &'e Imports<'e>,
    ) -> Result<bool, String> {
        let returns = returns(&program.body);
        if kind.is_module() {
            return match returns.first() {
                None => Ok(true),
                Some((span, _)) => Err(syntax_error(
                    text,
                    "a module cannot return",
                    span.start as usize,
                )),
            };
        }
        let mut this = Self {
            text,
            kind,
            edits,
            imports,
        };
        let is_module = program
            .body
            .iter()
            .any(|statement| statement.as_module_declaration().is_some());
        for statement in &program.body {
            this.statement(statement);
        }
        if let Some(first) = program.body.first()
            && !returns.is_empty()
        {
            this.returns(&returns, first.span().start, &program.body);
        }
        Ok(is_module)
    }

    fn returns(&mut self, found: &[(Span, Option<Span>)], start: u32, body: &[Statement]) {
        let mut label = "$return".to_owned();
        while self.text.contains(&label) {
            label.push('$');
        }
        let mut opening = format!("{label}:{{");
        if self.kind == Kind::Session {
            // Functions of a block are its own.
            let names = body.iter().filter_map(function_name);
            opening.extend(names.map(|name| format!("globalThis.{name}={name};")));
        }
        self.edits.insert(start, opening);
        for (whole, value) in found {
            match value {
                Some(value) => {
                    self.edits.replace(whole.start, value.start, "{(");
                    self.edits
                        .replace(value.end, whole.end, format!(");break {label};}}"));
                }
                None => self.edits.replace(
                    whole.start,
                    whole.end,
                    format!("{{(void 0);break {label};}}"),
                ),
            }
        }
        let end = self.text.len() as u32;
        self.edits.insert(end, "\n}");
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::VariableDeclaration(it) => self.variables(it),
            Statement::ClassDeclaration(it) => self.class(it),
            Statement::ImportDeclaration(it) => self.import(it),
            Statement::ExportDeclaration(it) => {
                let start = it.declaration.span().start;
                self.edits.remove(it.span.start, start);
                match &it.declaration {
                    Declaration::VariableDeclaration(it) => self.variables(it),
                    Declaration::ClassDeclaration(it) => self.class(it),
                    _ => {}
                }
            }
            Statement::ExportDefaultDeclaration(it) => self.default(it),
            Statement::ExportNamedDeclaration(it) => {
                self.edits.replace(it.span.start, it.span.end, ";");
            }
            Statement::ExportFromDeclaration(it) if !it.export_kind.is_type() => {
                let values = it
                    .specifiers
                    .iter()
                    .filter(|one| !one.export_kind.is_type());
                let names: Vec<String> = values.map(|one| self.quoted(&one.local)).collect();
                self.load(it.span, &it.source, &names);
            }
            Statement::ExportAllDeclaration(it) if !it.export_kind.is_type() => {
                self.load(it.span, &it.source, &[]);
            }
            _ => {}
        }
    }

    fn load(&mut self, span: Span, source: &StringLiteral, names: &[String]) {
        let module = self.module(source, names);
        self.edits
            .replace(span.start, span.end, format!("{module};"));
    }

    /// The code that imports a module, and throws where it has not all of the names.
    fn module(&self, source: &StringLiteral, names: &[String]) -> String {
        let path = self.slice(source.span);
        let module = format!("await import({path})");
        if names.is_empty() {
            return module;
        }
        let mut checks = String::new();
        for name in names {
            let text = format!("{} has no export named {name}", source.value);
            let text = serde_json::Value::from(text);
            checks += &format!("if(!({name} in m))throw new SyntaxError({text});");
        }
        format!("(m=>{{{checks}return m}})({module})")
    }

    /// The name of an export as text in quotes.
    fn quoted(&self, name: &ModuleExportName) -> String {
        match name {
            ModuleExportName::StringLiteral(it) => self.slice(it.span).to_owned(),
            _ => format!("{:?}", name.name().as_str()),
        }
    }

    fn slice(&self, span: Span) -> &'e str {
        &self.text[span.start as usize..span.end as usize]
    }

    fn variables(&mut self, it: &VariableDeclaration) {
        let keyword = it.kind.as_str();
        if self.kind == Kind::Session && !it.declare && ["let", "const"].contains(&keyword) {
            let end = it.span.start + keyword.len() as u32;
            self.edits.replace(it.span.start, end, "var");
        }
    }

    fn class(&mut self, it: &Class) {
        if let (Kind::Session, Some(name), false) = (self.kind, &it.id, it.declare) {
            self.edits
                .insert(it.span.start, format!("var {}=", name.name));
            self.edits.insert(it.span.end, ";");
        }
    }

    fn default(&mut self, it: &ExportDefaultDeclaration) {
        let value = it.declaration.span();
        let is_named = match &it.declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(it) => it.id.is_some(),
            ExportDefaultDeclarationKind::ClassDeclaration(it) => {
                self.class(it);
                it.id.is_some()
            }
            ExportDefaultDeclarationKind::TSInterfaceDeclaration(_) => return,
            _ => false,
        };
        if is_named {
            return self.edits.remove(it.span.start, value.start);
        }
        self.edits.replace(it.span.start, value.start, "(");
        self.edits.replace(value.end, it.span.end, ");");
    }

    fn import(&mut self, it: &ImportDeclaration) {
        if self.imports.whole(it) {
            return;
        }
        let (mut names, mut parts, mut whole) = (Vec::new(), Vec::new(), None);
        for specifier in it.specifiers.iter().flatten() {
            if self.imports.one(specifier) {
                continue;
            }
            match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(it) => {
                    let imported = self.slice(it.imported.span());
                    parts.push(format!("{imported}:{}", it.local.name));
                    names.push(self.quoted(&it.imported));
                }
                ImportDeclarationSpecifier::ImportDefaultSpecifier(it) => {
                    parts.push(format!("default:{}", it.local.name));
                    names.push("\"default\"".to_owned());
                }
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(it) => {
                    whole = Some(it.local.name.as_str());
                }
            }
        }
        let keyword = match self.kind {
            Kind::Session => "var",
            _ => "const",
        };
        let module = self.module(&it.source, &names);
        let parts = parts.join(",");
        let text = match (whole, parts.is_empty()) {
            (Some(whole), true) => format!("{keyword} {whole}={module};"),
            (Some(whole), false) => format!("{keyword} {whole}={module},{{{parts}}}={whole};"),
            (None, true) => format!("{module};"),
            (None, false) => format!("{keyword} {{{parts}}}={module};"),
        };
        self.edits.replace(it.span.start, it.span.end, text);
    }
}

fn function_name<'b>(statement: &'b Statement) -> Option<&'b str> {
    let function = match statement {
        Statement::FunctionDeclaration(it) => it,
        Statement::ExportDeclaration(it) => match &it.declaration {
            Declaration::FunctionDeclaration(it) => it,
            _ => return None,
        },
        _ => return None,
    };
    function.body.as_ref()?;
    Some(function.id.as_ref()?.name.as_str())
}
