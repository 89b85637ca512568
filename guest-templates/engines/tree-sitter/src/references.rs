//! Where a name occurs.

use tree_sitter::Node;

use crate::clock::Clock;
use crate::directory::{self, Containing};
use crate::note::many;
use crate::parsed::Parsed;
use crate::position::{self, Lines, one};
use crate::source::Input;
use crate::symbols::Symbols;
use crate::syntax::{Reference, ReferencesFound};
use crate::tags::{self, Found};
use crate::walk::{self, Next, Visit};

/// What is shown of a line at most, in bytes.
const LINE: usize = 160;
/// How many are returned at most.
const MOST: u32 = 2_000;

/// Nodes in which names come from elsewhere.
const IMPORTS: [&str; 8] = [
    "import_declaration",
    "import_statement",
    "import_from_statement",
    "future_import_statement",
    "use_declaration",
    "extern_crate_declaration",
    "package_clause",
    "package_declaration",
];

/// Finds the places.
///
/// # Errors
/// Fails when the source cannot be read or parsed.
pub fn find(
    name: &str,
    input: &Input,
    limit: u32,
    after: Option<&str>,
) -> Result<ReferencesFound, String> {
    let wanted = last_part(name);
    if wanted.is_empty() {
        return Err("name is required".to_owned());
    }
    let limit = limit.clamp(1, MOST) as usize;
    let mut answer = ReferencesFound {
        total: 0,
        references: Vec::new(),
        note: None,
        errors: Vec::new(),
        problem: None,
    };
    let containing = Containing {
        text: wanted,
        any_case: false,
    };
    let clock = &mut Clock::start();
    let mut seen = directory::visit(input, Some(containing), after, clock, |parsed, clock| {
        let room = limit - answer.references.len();
        let (total, references) = of(parsed, wanted, room, clock)?;
        answer.total += total;
        answer.references.extend(references);
        Ok(answer.references.len() < limit)
    })?;
    let missing = answer.total as usize - answer.references.len();
    if missing > 0 {
        seen.note.add(format!(
            "{} left out here: set limit, or look for them in one file",
            many(missing, "place")
        ));
    }
    if wanted != name {
        seen.note.add(format!(
            "names are compared, not types: these are all places of {wanted}"
        ));
    }
    if answer.total == 0 {
        seen.note.add(format!(
            "{wanted} does not occur as a name in {}",
            many(seen.files, "source")
        ));
    }
    answer.note = seen.note.text();
    answer.errors = seen.errors;
    answer.problem = seen.problem;
    Ok(answer)
}

/// Returns how often a name occurs in a text, and the first `room` places.
pub fn of(
    parsed: &Parsed,
    wanted: &str,
    room: usize,
    clock: &mut Clock,
) -> Result<(u32, Vec<Reference>), String> {
    let found = tags::of(parsed.language)?.find(&parsed.tree, &parsed.text, clock)?;
    let symbols = Symbols::from(parsed.language, &parsed.text, &parsed.tree, &found);
    let mut finder = Finder {
        parsed,
        wanted,
        room,
        found: &found,
        lines: Lines::of(&parsed.text),
        import: None,
        total: 0,
        places: Vec::new(),
        references: Vec::new(),
    };
    walk::walk(&parsed.tree, &mut finder);
    let (total, places, mut references) = (finder.total, finder.places, finder.references);
    for (reference, symbol) in references.iter_mut().zip(symbols.around(&places)) {
        reference.within = symbol.and_then(|index| match reference.role.as_str() {
            "definition" => symbols.parent(index),
            _ => Some(symbols.path(index)),
        });
    }
    Ok((total, references))
}

/// Returns the last part of a qualified name.
fn last_part(name: &str) -> &str {
    name.rsplit([':', '#', '.']).next().unwrap_or(name).trim()
}

struct Finder<'a, 'tree> {
    parsed: &'a Parsed,
    wanted: &'a str,
    room: usize,
    found: &'a Found<'tree>,
    lines: Lines,
    /// The depth of the import that the walk is in.
    import: Option<usize>,
    total: u32,
    places: Vec<usize>,
    references: Vec<Reference>,
}

impl<'tree> Visit<'tree> for Finder<'_, 'tree> {
    fn enter(&mut self, node: Node<'tree>, depth: usize) -> Next {
        if self.import.is_some_and(|import| depth <= import) {
            self.import = None;
        }
        if self.import.is_none() && IMPORTS.contains(&node.kind()) {
            self.import = Some(depth);
        }
        let length = node.end_byte() - node.start_byte();
        if length < self.wanted.len() {
            return Next::Skip;
        }
        let place = (node.start_byte(), node.end_byte());
        let is_definition = self.found.definitions.contains_key(&place);
        let is_leaf = node.is_named() && node.child_count() == 0;
        let is_name = is_definition || is_leaf && self.can_name(node.kind());
        if !is_name
            || length != self.wanted.len()
            || position::text(&self.parsed.text, node) != self.wanted
        {
            return Next::Enter;
        }
        self.total = self.total.saturating_add(1);
        if self.references.len() < self.room {
            let role = match self.found.references.get(&place) {
                _ if is_definition => "definition",
                _ if self.import.is_some() => "import",
                Some((_, "class")) => "type",
                Some((_, role)) => role,
                None => "use",
            };
            let start = node.start_position();
            let line = self
                .lines
                .line(&self.parsed.text, start.row)
                .unwrap_or_default();
            self.places.push(node.start_byte());
            self.references.push(Reference {
                path: self.parsed.path.clone(),
                line: one(start.row),
                column: one(start.column),
                role: role.to_owned(),
                within: None,
                text: shown(line, start.column),
            });
        }
        Next::Skip
    }
}

impl Finder<'_, '_> {
    /// Says whether a leaf of this kind is a name, and not text.
    fn can_name(&self, kind: &str) -> bool {
        let is_text = kind.contains("comment") || kind.contains("string") || kind.contains("text");
        !is_text || self.parsed.language.name == "json"
    }
}

/// Returns a line, of a long one what is around the column.
fn shown(line: &str, column: usize) -> String {
    match line.len() <= LINE {
        true => line.trim().to_owned(),
        false => {
            let from = column.saturating_sub(LINE / 2);
            format!("…{}…", position::slice(line, from, from + LINE))
        }
    }
}
