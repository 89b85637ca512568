//! The documents that a session keeps.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::note::many;
use crate::parsed::Parsed;

/// How many documents are open at most.
const MOST: usize = 32;
/// How long their texts are together at most, in bytes; their trees take several times as much.
const BYTES: usize = 4 << 20;
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

/// Keeps a document; one of that name is replaced.
///
/// # Errors
/// Fails where there is no room, or a name is no name.
pub fn open(name: &str, parsed: Parsed) -> Result<(), String> {
    allowed()?;
    if name.is_empty() || name.len() > NAME {
        return Err(format!("document is a name of 1 to {NAME} bytes"));
    }
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
    OPEN.with_borrow_mut(|open| {
        let others = open.iter().filter(|(other, _)| *other != name);
        let (count, bytes) = others.fold((0, 0), |(count, bytes), (_, one)| (count + 1, bytes + one.parsed.text.len()));
        if count >= MOST || bytes + parsed.text.len() > BYTES {
            return Err(format!(
                "no room for {name}: {} of {bytes} bytes are open, and at most {MOST} of {BYTES} bytes together can be; close one",
                many(count, "document")
            ));
        }
        open.insert(name.to_owned(), Document { parsed, version });
        Ok(())
    })
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
