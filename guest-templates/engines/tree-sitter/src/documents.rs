//! The documents that a session keeps.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::note::many;
use crate::parsed::Parsed;

/// How many documents are open at most.
const MOST: usize = 32;
/// How long their texts are together at most, in bytes.
const BYTES: usize = 4 << 20;
/// How many nodes their trees have together at most. A node takes about a hundred bytes.
const NODES: usize = 1_000_000;
/// The longest name, in bytes.
const NAME: usize = 200;

/// A document.
struct Document {
    parsed: Parsed,
    version: u32,
}

thread_local! {
    static OPEN: RefCell<BTreeMap<String, Document>> = const { RefCell::new(BTreeMap::new()) };
}

/// Says whether a document with a text of that many bytes can be opened, before it is parsed.
///
/// # Errors
/// Fails where there is no room, or a name is no name.
pub fn check(name: &str, bytes: usize) -> Result<(), String> {
    allowed()?;
    if name.is_empty() || name.len() > NAME {
        return Err(format!("document is a name of 1 to {NAME} bytes"));
    }
    // A text has at least its root.
    OPEN.with_borrow(|open| Held::without(name, open).take(name, bytes, 1, open))
}

/// Says whether a document can be kept once it is parsed.
///
/// # Errors
/// Fails where there is no room.
pub fn fits(name: &str, parsed: &Parsed) -> Result<(), String> {
    OPEN.with_borrow(|open| {
        Held::without(name, open).take(name, parsed.text.len(), nodes(parsed), open)
    })
}

/// Keeps a document whose name was [`check`]ed; one of that name is replaced.
///
/// # Errors
/// Fails as [`fits`] does.
pub fn open(name: &str, parsed: Parsed) -> Result<(), String> {
    put(name, parsed, 0)
}

/// Replaces the text and the tree of an open document, and returns its version.
///
/// # Errors
/// Fails where there is no room; the document stays as it was.
pub fn update(name: &str, parsed: Parsed) -> Result<u32, String> {
    let version = OPEN.with_borrow(|open| open.get(name).map_or(0, |one| one.version)) + 1;
    put(name, parsed, version)?;
    Ok(version)
}

fn put(name: &str, parsed: Parsed, version: u32) -> Result<(), String> {
    fits(name, &parsed)?;
    OPEN.with_borrow_mut(|open| open.insert(name.to_owned(), Document { parsed, version }));
    Ok(())
}

fn nodes(parsed: &Parsed) -> usize {
    parsed.tree.root_node().descendant_count()
}

/// What documents hold together.
#[derive(Default)]
struct Held {
    count: usize,
    bytes: usize,
    nodes: usize,
}

impl Held {
    /// Adds up all documents but the one of that name.
    fn without(name: &str, open: &BTreeMap<String, Document>) -> Self {
        let others = open.iter().filter(|(other, _)| *other != name);
        others.fold(Self::default(), |held, (_, one)| Self {
            count: held.count + 1,
            bytes: held.bytes + one.parsed.text.len(),
            nodes: held.nodes + nodes(&one.parsed),
        })
    }

    /// Says whether there is room for another one.
    fn take(
        &self,
        name: &str,
        bytes: usize,
        nodes: usize,
        open: &BTreeMap<String, Document>,
    ) -> Result<(), String> {
        let is_over = |is: usize, more: usize, most: usize| is.saturating_add(more) > most;
        if !is_over(self.count, 1, MOST)
            && !is_over(self.bytes, bytes, BYTES)
            && !is_over(self.nodes, nodes, NODES)
        {
            return Ok(());
        }
        let names: Vec<_> = open.keys().map(String::as_str).collect();
        Err(format!(
            "no room for {name} ({bytes} bytes, {nodes} nodes): {} of {} bytes with {} nodes are open, and at most {MOST} of {BYTES} bytes with {NODES} nodes together can be; close one: {}",
            many(self.count, "other document"),
            self.bytes,
            self.nodes,
            names.join(", ")
        ))
    }
}

/// Returns a document.
///
/// # Errors
/// Fails when none of that name is open.
pub fn get(name: &str) -> Result<Parsed, String> {
    allowed()?;
    OPEN.with_borrow(|open| {
        open.get(name)
            .map(|one| one.parsed.clone())
            .ok_or_else(|| absent(name, open.keys()))
    })
}

/// Forgets a document.
///
/// # Errors
/// Fails when none of that name is open.
pub fn close(name: &str) -> Result<(), String> {
    allowed()?;
    OPEN.with_borrow_mut(|open| {
        let closed = open.remove(name);
        closed.map(drop).ok_or_else(|| absent(name, open.keys()))
    })
}

fn absent<'a>(name: &str, open: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<_> = open.map(String::as_str).collect();
    match names.is_empty() {
        true => format!("no document {name} is open in this session: open it first"),
        false => format!(
            "no document {name} is open in this session; open are: {}",
            names.join(", ")
        ),
    }
}

/// Says whether documents can be kept.
///
/// # Errors
/// Fails where each call has an instance of its own, and where all clients share one.
fn allowed() -> Result<(), String> {
    match is_session() {
        true => Ok(()),
        false => Err(
            "documents need an instance that is kept between a session's calls: set \"runtime: { isolation: session }\" in this skill's manifest, or give code or path"
                .to_owned(),
        ),
    }
}

fn is_session() -> bool {
    #[cfg(target_family = "wasm")]
    return {
        use crate::luminarys::skill::context::{Scope, instance_scope};
        instance_scope() == Scope::Session
    };
    #[cfg(not(target_family = "wasm"))]
    true
}
