//! A command line: what is split is what was meant, and joins into what splits the same.

use luminarys_grants::command::{self, join, split};

/// Splits a command line.
pub fn check(bytes: &[u8]) {
    let line = &*String::from_utf8_lossy(bytes);
    let Ok(words) = split(line) else { return };
    assert!(command::check(words.clone()).is_ok());
    // Joined, nothing in it is for a shell to do.
    assert_eq!(
        split(&join(&words)).ok(),
        Some(words.clone()),
        "{line:?} {words:?}"
    );
}
