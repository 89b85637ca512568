//! The symbols of a text.

mod comment;
mod heading;
mod lead;
mod signature;

use std::collections::BTreeMap;

use tree_sitter::{Node, Tree};

use crate::clock::Clock;
use crate::language::Language;
use crate::position::{self, one};
use crate::tags::{self, Definition, Found};
use crate::walk::{self, Next, Visit};
use lead::Frame;

/// How many names stand before a symbol's own at most, in texts.
const NAMES: usize = 16;

/// A symbol.
#[derive(Debug)]
pub struct Symbol {
    pub kind: &'static str,
    pub name: String,
    /// The symbol that it stands in.
    inside: Option<usize>,
    /// What it belongs to, where that is something else.
    owner: Option<String>,
    /// The place of its text, attributes and decorators included.
    pub start: usize,
    pub end: usize,
    pub start_line: u32,
    pub end_line: u32,
    pub signature: String,
    pub doc: Option<String>,
    /// How many symbols it stands in.
    pub depth: usize,
}

impl Symbol {
    /// Returns what it belongs to, where that is not what it stands in.
    pub fn owner(&self) -> Option<&str> {
        self.owner.as_deref()
    }
}

/// The symbols of a text, in its order; what stands in a symbol follows it.
#[derive(Debug, Default)]
pub struct Symbols {
    pub all: Vec<Symbol>,
}

impl Symbols {
    /// Finds them.
    ///
    /// # Errors
    /// Fails when time is up.
    pub fn of(
        language: &'static Language,
        text: &str,
        tree: &Tree,
        clock: &mut Clock,
    ) -> Result<Self, String> {
        let found = tags::of(language)?.find(tree, text, clock)?;
        Ok(Self::from(language, text, tree, &found))
    }

    /// Takes them from what the query found.
    pub fn from(language: &Language, text: &str, tree: &Tree, found: &Found<'_>) -> Self {
        let mut by_node: BTreeMap<usize, Vec<&Definition<'_>>> = BTreeMap::new();
        for definition in found.definitions.values() {
            by_node
                .entry(definition.node.id())
                .or_default()
                .push(definition);
        }
        let mut builder = Builder {
            text,
            is_markup: language.name == "html",
            has_inner: language.name == "rust",
            by_node,
            frames: Vec::new(),
            open: Vec::new(),
            inner: BTreeMap::new(),
            symbols: Self::default(),
        };
        walk::walk(tree, &mut builder);
        builder.finish()
    }

    /// Returns the names that a symbol stands in, joined by dots.
    pub fn parent(&self, index: usize) -> Option<String> {
        let symbol = &self.all[index];
        if let Some(owner) = &symbol.owner {
            return Some(owner.clone());
        }
        let mut names = Vec::new();
        let mut inside = symbol.inside;
        while let Some(outer) = inside.filter(|_| names.len() < NAMES) {
            let outer = &self.all[outer];
            names.push(outer.name.as_str());
            match &outer.owner {
                Some(owner) => {
                    names.push(owner);
                    inside = None;
                }
                None => inside = outer.inside,
            }
        }
        names.reverse();
        (!names.is_empty()).then(|| names.join("."))
    }

    /// Returns a symbol's name with those that it stands in.
    pub fn path(&self, index: usize) -> String {
        let name = &self.all[index].name;
        match self.parent(index) {
            None => name.clone(),
            Some(parent) => format!("{parent}.{name}"),
        }
    }

    /// Returns the symbols of that name, or of that qualified name: `Type.method`, `Type::method`, `Type#method`.
    pub fn named(&self, wanted: &str) -> Vec<usize> {
        let with_dots = |name: &str| name.replace("::", ".").replace(['#', '/'], ".");
        let dotted = with_dots(wanted);
        let ending = format!(".{dotted}");
        let last = dotted.rsplit('.').next().unwrap_or(&dotted);
        let hits = self.all.iter().enumerate().filter(|(index, symbol)| {
            symbol.name == wanted
                || with_dots(&symbol.name).ends_with(last) && {
                    let path = with_dots(&self.path(*index));
                    path == dotted || path.ends_with(&ending)
                }
        });
        hits.map(|(index, _)| index).collect()
    }

    /// Returns the innermost symbol around each of some places, which are in order.
    pub fn around(&self, places: &[usize]) -> Vec<Option<usize>> {
        let (mut next, mut open) = (0, Vec::<usize>::new());
        let innermost = places.iter().map(|place| {
            while let Some(symbol) = self.all.get(next).filter(|one| one.start <= *place) {
                while open
                    .last()
                    .is_some_and(|outer| self.all[*outer].end <= symbol.start)
                {
                    open.pop();
                }
                open.push(next);
                next += 1;
            }
            while open
                .last()
                .is_some_and(|inner| self.all[*inner].end <= *place)
            {
                open.pop();
            }
            open.last().copied()
        });
        innermost.collect()
    }

    /// Returns the index behind the last symbol that stands in this one.
    pub fn behind(&self, index: usize) -> usize {
        let depth = self.all[index].depth;
        let inner = self.all[index + 1..].iter();
        index + 1 + inner.take_while(|one| one.depth > depth).count()
    }
}

/// Makes symbols of definitions, with what stands around them.
struct Builder<'a, 'tree> {
    text: &'a str,
    /// A node has one name: the last.
    is_markup: bool,
    /// Comments can be about what they stand in.
    has_inner: bool,
    by_node: BTreeMap<usize, Vec<&'a Definition<'tree>>>,
    /// The nodes that the walk is in.
    frames: Vec<Frame<'tree>>,
    /// The symbols that the walk is in, with the depth of their nodes.
    open: Vec<(usize, usize)>,
    /// The comments in symbols that are about these.
    inner: BTreeMap<usize, Vec<&'a str>>,
    symbols: Symbols,
}

impl<'tree> Visit<'tree> for Builder<'_, 'tree> {
    fn enter(&mut self, node: Node<'tree>, depth: usize) -> Next {
        if self.has_inner && self.inner(node, depth) {
            return Next::Skip;
        }
        if self.frames.last_mut().is_some_and(|frame| frame.lead(node)) {
            return Next::Skip;
        }
        while self.open.last().is_some_and(|(_, outer)| *outer >= depth) {
            self.open.pop();
        }
        if let Some(definitions) = self.by_node.get(&node.id()).cloned() {
            let inside = self.open.last().map(|(index, _)| *index);
            let skip = match self.is_markup {
                true => definitions.len() - 1,
                false => 0,
            };
            for definition in &definitions[skip..] {
                let symbol = self.symbol(definition, inside);
                self.open.push((self.symbols.all.len(), depth));
                self.symbols.all.push(symbol);
            }
        }
        self.frames.push(Frame::new(node));
        Next::Enter
    }

    fn leave(&mut self, node: Node<'tree>, _depth: usize) {
        if self
            .frames
            .last()
            .is_some_and(|frame| frame.node.id() == node.id())
        {
            self.frames.pop();
            if let Some(frame) = self.frames.last_mut() {
                frame.passed(node);
            }
        }
    }
}

impl<'a, 'tree> Builder<'a, 'tree> {
    /// Takes a comment that is about what it stands in, and says whether it is one.
    fn inner(&mut self, node: Node<'tree>, depth: usize) -> bool {
        let text: &'a str = self.text;
        if !lead::is_comment(node) || !comment::is_inner(position::text(text, node)) {
            return false;
        }
        let outer = self.open.iter().rev().find(|(_, outer)| *outer < depth);
        // It stands in the body, and the body in the definition.
        if let Some((index, _)) = outer.filter(|(_, outer)| outer + 2 == depth) {
            let comments = self.inner.entry(*index).or_default();
            if comments.len() < lead::COMMENTS {
                comments.push(position::text(text, node));
            }
        }
        true
    }

    /// Returns the symbols, with what the comments in them say.
    fn finish(mut self) -> Symbols {
        for (index, comments) in self.inner {
            let doc = &mut self.symbols.all[index].doc;
            let texts = doc.take().into_iter().chain(comment::clean(&comments));
            *doc = texts.reduce(|outer, inner| format!("{outer}\n\n{inner}"));
        }
        self.symbols
    }

    fn symbol(&self, definition: &Definition<'tree>, inside: Option<usize>) -> Symbol {
        let around = lead::around(&self.frames, definition.node);
        let name = match definition.kind {
            "heading" => heading::name(self.text, definition.node),
            _ => position::text(self.text, definition.name).to_owned(),
        };
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let owner = definition
            .parent
            .map(|node| position::text(self.text, node).to_owned());
        let outer = inside.map(|index| self.symbols.all[index].kind);
        let kind = match definition.kind {
            "function" if owner.is_some() || outer.is_some_and(has_methods) => "method",
            kind => kind,
        };
        let doc = match definition.docstring {
            Some(node) => comment::docstring(position::text(self.text, node)),
            None => {
                let comments = around.comments.iter();
                let texts: Vec<_> = comments
                    .map(|node| position::text(self.text, *node))
                    .collect();
                comment::clean(&texts)
            }
        };
        // Some nodes end where the next one begins.
        let (start, end) = (around.start.0, around.outer.end_byte());
        let whole = position::slice(self.text, start, end);
        let trimmed = whole.trim_end();
        let blank_lines = whole[trimmed.len()..].matches('\n').count();
        Symbol {
            kind,
            name: position::cut(&name, position::SHOWN),
            inside,
            owner,
            start,
            end: start + trimmed.len(),
            start_line: one(around.start.1),
            end_line: one(around.outer.end_position().row - blank_lines),
            signature: signature::of(self.text, definition.node, around.outer),
            doc,
            depth: self.open.len(),
        }
    }
}

/// Says whether functions inside are methods.
fn has_methods(kind: &str) -> bool {
    matches!(
        kind,
        "class" | "struct" | "enum" | "interface" | "trait" | "impl" | "union" | "record"
    )
}
