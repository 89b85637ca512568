//! A command line: what is split is what was meant, and joins into what splits the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use luminarys_grants::command::{check, join, split};

fuzz_target!(|line: &str| {
    let Ok(words) = split(line) else { return };
    assert!(check(words.clone()).is_ok());
    // Joined, nothing in it is for a shell to do.
    assert_eq!(
        split(&join(&words)).ok(),
        Some(words.clone()),
        "{line:?} {words:?}"
    );
});
