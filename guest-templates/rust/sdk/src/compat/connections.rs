//! Connections under the names that skills of the older ABI have for them: those that no callback is named for are held here,
//! and go with the instance.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::thread::LocalKey;

use crate::SkillError;
use crate::skill::Error;

thread_local! {
    static NEXT: Cell<u32> = const { Cell::new(1) };
}

/// Those of one capability.
pub struct Connections<C> {
    held: BTreeMap<String, C>,
    /// The host's ids of those that were held first.
    given: BTreeMap<String, String>,
}

/// Where a capability keeps them.
pub type Open<C> = RefCell<Connections<C>>;

impl<C> Connections<C> {
    /// None yet.
    pub const fn new() -> Self {
        Self {
            held: BTreeMap::new(),
            given: BTreeMap::new(),
        }
    }

    /// Keeps a connection; what the skill is to call it.
    pub fn hold(open: &'static LocalKey<Open<C>>, connection: C) -> String {
        let number = NEXT.get();
        NEXT.set(number + 1);
        let name = format!("held-{number}");
        open.with_borrow_mut(|all| all.held.insert(name.clone(), connection));
        name
    }

    /// Takes a kept connection out.
    pub fn take(open: &'static LocalKey<Open<C>>, name: &str) -> Option<C> {
        open.with_borrow_mut(|all| all.held.remove(name))
    }

    /// Works with a kept connection; none when there is no such.
    pub fn on<T>(
        open: &'static LocalKey<Open<C>>,
        name: &str,
        work: impl FnOnce(&C) -> T,
    ) -> Option<T> {
        open.with_borrow(|all| all.held.get(name).map(work))
    }

    /// Remembers that the host knows as `id` what the skill calls `name`.
    pub fn given(open: &'static LocalKey<Open<C>>, name: &str, id: String) {
        open.with_borrow_mut(|all| all.given.insert(name.to_owned(), id));
    }

    /// The host's id of what the skill calls `name`.
    pub fn id(open: &'static LocalKey<Open<C>>, name: &str) -> String {
        let id = open.with_borrow(|all| all.given.get(name).cloned());
        id.unwrap_or_else(|| name.to_owned())
    }

    /// What the skill calls the host's `id`.
    pub fn name(open: &'static LocalKey<Open<C>>, id: String) -> String {
        let name = open.with_borrow(|all| {
            let found = all.given.iter().find(|(_, given)| **given == id);
            found.map(|(name, _)| name.clone())
        });
        name.unwrap_or(id)
    }
}

/// Why no connection was given to the host for `callback`.
pub fn undelivered(callback: &str, error: Error) -> SkillError {
    SkillError(format!(
        "callback {callback}: {error}; it must be declared as a callback or internal method"
    ))
}
