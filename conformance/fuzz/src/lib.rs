//! Checks of what reads untrusted bytes. Each takes any bytes and panics when a rule is broken; a file a check.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a check fails by panicking"
)]

pub mod archive;
pub mod bridge;
pub mod command;
pub mod manifest;
pub mod messages;
pub mod module;
pub mod package;
pub mod patterns;
pub mod peer;
pub mod values;
pub mod weigh;

use std::path::{Path, PathBuf};

/// A check by its name, which is also that of its corpus and of its fuzz target.
pub type Check = (&'static str, fn(&[u8]));

/// All checks.
pub const CHECKS: &[Check] = &[
    ("archive", archive::check),
    ("bridge", bridge::check),
    ("command", command::check),
    ("manifest", manifest::check),
    ("messages", messages::check),
    ("module", module::check),
    ("package", package::check),
    ("patterns", patterns::check),
    ("peer", peer::check),
    ("values", values::check),
    ("weigh", weigh::check),
];

/// The directory of the packages that `scripts/build-guests` makes: some checks start from real ones.
pub fn skills() -> PathBuf {
    let target = || {
        let built = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        built.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"))
    };
    std::env::var_os("SKILLS_DIR").map_or_else(|| target().join("skills"), PathBuf::from)
}
