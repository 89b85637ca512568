//! Opens every door and misbehaves in every way. `capabilities.rs` passes calls on, `misbehave.rs` breaks rules,
//! `standard.rs` and `sockets.rs` go through WASI, `roundtrip.rs` returns values; this file is the table.

mod capabilities;
mod misbehave;
mod roundtrip;
mod sockets;
mod standard;

wit_bindgen::generate!({
    path: ["../../../wit", "wit"],
    world: "luminarys-probe:probe/probe",
    generate_all,
});

use std::sync::atomic::{AtomicU32, Ordering};

use luminarys::skill::types::Error;
use luminarys::skill::{context, filesystem, log, system};

struct Probe;

/// An error in the form that the cases look for.
fn text(error: Error) -> String {
    match error {
        Error::Denied(denial) => format!("denied: {}: {}", denial.target, denial.suggestion),
        Error::NotFound(text) => format!("not-found: {text}"),
        Error::AlreadyExists(text) => format!("already-exists: {text}"),
        Error::Invalid(text) => format!("invalid: {text}"),
        Error::TooLarge(text) => format!("too-large: {text}"),
        Error::LimitExceeded(text) => format!("limit-exceeded: {text}"),
        Error::Timeout(text) => format!("timeout: {text}"),
        Error::Closed(text) => format!("closed: {text}"),
        Error::Unavailable(text) => format!("unavailable: {text}"),
        Error::Io(text) => format!("io: {text}"),
    }
}

impl Guest for Probe {
    fn count() -> u32 {
        static CALLS: AtomicU32 = AtomicU32::new(0);
        CALLS.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn inner() -> String {
        "inner".to_owned()
    }
    fn on_event(event: String) -> String {
        event
    }
}

export!(Probe);
