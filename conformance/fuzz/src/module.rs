//! A module that is to be adapted: an error, or a component that wit-component has validated.

use luminarys_merge::{Kind, adapt, kind};

/// Adapts a module.
pub fn check(bytes: &[u8]) {
    if let Ok(adapted) = adapt(bytes) {
        assert!(matches!(kind(&adapted.component), Ok(Kind::Component)));
    }
}
