//! Connections that no callback is set for: the ABI knows them by a name, the capabilities by a resource.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::mem::ManuallyDrop;
use std::thread::LocalKey;

thread_local! {
    static NEXT: Cell<u32> = const { Cell::new(1) };
}

/// Where a capability keeps them. Never dropped: what drops them would be in every skill, and with it the imports that
/// dropping needs.
pub type Open<C> = LocalKey<ManuallyDrop<Connections<C>>>;

/// Those of one capability: held here, or given to the host under its own id.
pub struct Connections<C> {
    held: RefCell<HashMap<String, C>>,
    /// The host's id of those that were held first.
    given: RefCell<HashMap<String, String>>,
}

impl<C> Default for Connections<C> {
    fn default() -> Self {
        Self {
            held: RefCell::default(),
            given: RefCell::default(),
        }
    }
}

impl<C: 'static> Connections<C> {
    /// Keeps a connection; what the skill is to call it.
    pub fn hold(this: &'static Open<C>, connection: C) -> String {
        let number = NEXT.get();
        NEXT.set(number + 1);
        let name = format!("held-{number}");
        this.with(|all| all.held.borrow_mut().insert(name.clone(), connection));
        name
    }

    /// Takes a kept connection out, to give it to the host or to close it.
    pub fn take(this: &'static Open<C>, name: &str) -> Option<C> {
        this.with(|all| all.held.borrow_mut().remove(name))
    }

    /// Works with a kept connection; none when there is no such.
    pub fn on<T>(this: &'static Open<C>, name: &str, work: impl FnOnce(&C) -> T) -> Option<T> {
        this.with(|all| all.held.borrow().get(name).map(work))
    }

    /// Remembers the host's id of a connection that the skill calls `name`.
    pub fn given(this: &'static Open<C>, name: &str, id: &str) {
        this.with(|all| {
            all.given
                .borrow_mut()
                .insert(name.to_owned(), id.to_owned())
        });
    }

    /// The host's id of what the skill calls `name`.
    pub fn id(this: &'static Open<C>, name: &str) -> String {
        this.with(|all| all.given.borrow().get(name).cloned())
            .unwrap_or_else(|| name.to_owned())
    }
}
