//! A module that is to be adapted: an error, or a component that wit-component has validated.

#![no_main]

use libfuzzer_sys::fuzz_target;
use luminarys_merge::{Kind, adapt, kind};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(adapted) = adapt(bytes) {
        assert!(matches!(kind(&adapted.component), Ok(Kind::Component)));
    }
});
