//! The queries that find definitions and references, compiled once.

mod declarator;
mod scope;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

use tree_sitter::{Node, Query, QueryCursor, QueryCursorOptions, StreamingIterator as _, Tree};

use crate::clock::Clock;
use crate::language::{LANGUAGES, Language};
use crate::{memory, shape};

/// How many definitions, and how many references, of one text are kept: each takes some hundred bytes.
const MOST: usize = 100_000;
/// Bytes of a symbol with its texts, about.
const SYMBOL: usize = 800;
/// Questions for memory are that many matches apart.
const EVERY: usize = 4_096;

/// A language that is ready for use.
pub struct Tags {
    grammar: tree_sitter::Language,
    query: Query,
    /// What each capture is for.
    roles: Vec<Role>,
}

/// What a capture is for.
enum Role {
    Name,
    Parent,
    Docstring,
    Definition(Box<str>),
    /// A definition unless it stands in another symbol or in a scope.
    Global(Box<str>),
    /// What is defined in it is local.
    Scope,
    Reference(Box<str>),
    Other,
}

/// A definition.
pub struct Definition<'tree> {
    pub kind: &'static str,
    pub node: Node<'tree>,
    pub name: Node<'tree>,
    /// What it belongs to, where the query says so.
    pub parent: Option<Node<'tree>>,
    pub docstring: Option<Node<'tree>>,
    is_global: bool,
    /// The pattern that decided; later ones win.
    pattern: usize,
}

/// The first and the last byte of a name.
type Place = (usize, usize);

/// What the query finds in a text.
#[derive(Default)]
pub struct Found<'tree> {
    /// The definitions by the place of their names.
    pub definitions: BTreeMap<Place, Definition<'tree>>,
    /// What other names stand for.
    pub references: BTreeMap<Place, (usize, &'static str)>,
}

/// Returns a language, made ready at its first use and kept from then on.
///
/// # Errors
/// Fails when its query does not fit its grammar.
pub fn of(language: &'static Language) -> Result<&'static Tags, String> {
    thread_local! {
        static READY: [OnceCell<&'static Result<Tags, String>>; LANGUAGES.len()] =
            const { [const { OnceCell::new() }; LANGUAGES.len()] };
    }
    let index = LANGUAGES.iter().position(|one| std::ptr::eq(one, language));
    READY.with(|ready| {
        ready[index.unwrap_or_default()]
            .get_or_init(|| Box::leak(Box::new(Tags::new(language))))
            .as_ref()
            .map_err(Clone::clone)
    })
}

/// Makes all languages ready.
///
/// # Errors
/// Fails when one's query does not fit its grammar.
pub fn prepare() -> Result<(), String> {
    LANGUAGES.iter().try_for_each(|one| of(one).map(drop))
}

impl Tags {
    fn new(language: &Language) -> Result<Self, String> {
        let grammar = tree_sitter::Language::new(language.grammar);
        let mut query = Query::new(&grammar, &language.tags.join("\n"))
            .map_err(|error| format!("the query of {}: {error}", language.title))?;
        // Comments are found by the walk, for all languages alike.
        query.disable_capture("doc");
        let roles = query
            .capture_names()
            .iter()
            .map(|name| match (*name, name.split_once('.')) {
                ("name", _) => Role::Name,
                ("parent", _) => Role::Parent,
                ("docstring", _) => Role::Docstring,
                ("scope", _) => Role::Scope,
                (_, Some(("definition", kind))) => Role::Definition(kind.into()),
                (_, Some(("global", kind))) => Role::Global(kind.into()),
                (_, Some(("reference", role))) => Role::Reference(role.into()),
                _ => Role::Other,
            });
        Ok(Self {
            roles: roles.collect(),
            grammar,
            query,
        })
    }

    /// Returns the grammar.
    pub fn grammar(&self) -> &tree_sitter::Language {
        &self.grammar
    }

    /// Runs the query.
    ///
    /// # Errors
    /// Fails when time or memory is up, and for a tree with too many definitions or of a shape that would take too long.
    pub fn find<'tree>(
        &'static self,
        tree: &'tree Tree,
        text: &str,
        clock: &mut Clock,
    ) -> Result<Found<'tree>, String> {
        shape::check(tree)?;
        memory::check(text.len(), "symbols are not looked for")?;
        let mut found = Found::default();
        let mut cursor = QueryCursor::new();
        let mut progress = |_: &tree_sitter::QueryCursorState| match clock.is_over() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        };
        let options = QueryCursorOptions::new().progress_callback(&mut progress);
        let mut matches =
            cursor.matches_with_options(&self.query, tree.root_node(), text.as_bytes(), options);
        let (mut scopes, mut seen) = (Vec::new(), 0_usize);
        while let Some(one) = matches.next() {
            seen += 1;
            if seen % EVERY == 0 {
                memory::check(
                    text.len(),
                    &format!("{} symbols were found", found.definitions.len()),
                )?;
            }
            if found.definitions.len() > MOST || found.references.len() > MOST * 4 {
                return Err(format!(
                    "there are more than {MOST} symbols or {} references in the source, which is the limit; give a part of it",
                    MOST * 4
                ));
            }
            let (mut name, mut node, mut kind, mut role) = (None, None, None, None);
            let (mut parent, mut docstring, mut is_global) = (None, None, false);
            for capture in one.captures() {
                match &self.roles[capture.index as usize] {
                    Role::Name => name = Some(capture.node),
                    Role::Parent => parent = Some(capture.node),
                    Role::Docstring => docstring = Some(capture.node),
                    Role::Definition(of) => (kind, node) = (Some(&**of), Some(capture.node)),
                    Role::Global(of) => {
                        (kind, node, is_global) = (Some(&**of), Some(capture.node), true);
                    }
                    Role::Scope => scopes.push(scope::range(capture.node)),
                    Role::Reference(of) => role = Some(&**of),
                    Role::Other => {}
                }
            }
            let Some(name) = name else { continue };
            let Some((name, is_function)) = declarator::name(name) else {
                continue;
            };
            let (place, pattern) = ((name.start_byte(), name.end_byte()), one.pattern_index);
            if let (Some(kind), Some(node)) = (kind, node) {
                let before = found.definitions.get(&place);
                if before.is_none_or(|before| before.pattern <= pattern) {
                    let definition = Definition {
                        kind: match kind {
                            "variable" if is_function => "function",
                            kind => kind,
                        },
                        node,
                        name,
                        parent,
                        docstring,
                        is_global,
                        pattern,
                    };
                    found.definitions.insert(place, definition);
                }
            } else if let Some(role) = role {
                let before = found.references.entry(place).or_insert((pattern, role));
                if before.0 <= pattern {
                    *before = (pattern, role);
                }
            }
        }
        drop(matches);
        if clock.is_over_now() {
            return Err(clock.error("looking for symbols"));
        }
        found.definitions.retain(|_, one| one.kind != "none");
        let count = found.definitions.len();
        memory::reserve(count * SYMBOL, &format!("{count} symbols were found"))?;
        scope::drop_locals(&mut found.definitions, scopes);
        Ok(found)
    }
}
