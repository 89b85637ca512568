//! Connections that no callback is set for: the ABI knows them by a name, the capabilities by a resource.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::mem::ManuallyDrop;
use std::thread::LocalKey;

use super::{Reply, explain};
use crate::bindings::luminarys::skill::types::Error;

thread_local! {
    static NEXT: Cell<u32> = const { Cell::new(1) };
}

/// Where a capability keeps them. Never dropped: what drops them would be in every skill, and with it the imports that
/// dropping needs.
pub type Open<C> = LocalKey<ManuallyDrop<Connections<C>>>;

/// Those of one capability that are held here.
pub struct Connections<C>(RefCell<HashMap<String, C>>);

impl<C> Default for Connections<C> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<C: 'static> Connections<C> {
    /// Keeps a connection; what the skill is to call it.
    pub fn hold(this: &'static Open<C>, connection: C) -> String {
        let number = NEXT.get();
        NEXT.set(number + 1);
        let name = format!("held-{number}");
        this.with(|all| all.0.borrow_mut().insert(name.clone(), connection));
        name
    }

    /// Takes a kept connection out, to give it to the host or to close it.
    pub fn take(this: &'static Open<C>, name: &str) -> Option<C> {
        this.with(|all| all.0.borrow_mut().remove(name))
    }

    /// Works with a kept connection; none when there is no such.
    pub fn on<T>(this: &'static Open<C>, name: &str, work: impl FnOnce(&C) -> T) -> Option<T> {
        this.with(|all| all.0.borrow().get(name).map(work))
    }
}

/// What the skill is told of a connection that is open.
pub fn connected(id: &str) -> Reply {
    let mut reply = Reply::default();
    reply.head.map(1).text("conn_id").text(id);
    reply
}

/// Why no connection was given to the host for `callback`.
pub fn undelivered(callback: &str, error: Error) -> String {
    format!(
        "callback {callback}: {}; it must be declared as a callback or internal method",
        explain(error)
    )
}
