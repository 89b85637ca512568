//! The words of all capabilities.

use super::Grants;
use crate::capability::{About, Interface, Key};
use crate::explain::Question;

fn abouts() -> Vec<&'static About> {
    let nothing = Grants::default();
    let capabilities = nothing.capabilities().into_iter();
    capabilities.map(|one| one.about()).collect()
}

/// Every interface that does nothing without a grant.
pub fn interfaces() -> impl Iterator<Item = &'static Interface> {
    abouts().into_iter().flat_map(|one| one.interfaces)
}

/// Everything that can be granted and required by a word.
pub fn keys() -> impl Iterator<Item = &'static Key> {
    abouts().into_iter().flat_map(|one| one.keys)
}

/// Every question that an operator can ask.
pub fn questions() -> impl Iterator<Item = &'static Question> {
    abouts().into_iter().flat_map(|one| one.questions)
}
