//! The words of all capabilities.

use super::Grants;
use crate::capability::{About, Interface, Key};
use crate::explain::Question;

fn abouts() -> Vec<&'static About> {
    let nothing = Grants::default();
    let capabilities = nothing.capabilities().into_iter();
    capabilities.map(|one| one.about()).collect()
}

/// Returns every interface that needs a grant.
pub fn interfaces() -> impl Iterator<Item = &'static Interface> {
    abouts().into_iter().flat_map(|one| one.interfaces)
}

/// Returns every key that can be granted or required.
pub fn keys() -> impl Iterator<Item = &'static Key> {
    abouts().into_iter().flat_map(|one| one.keys)
}

/// Returns every question that an operator can ask.
pub fn questions() -> impl Iterator<Item = &'static Question> {
    abouts().into_iter().flat_map(|one| one.questions)
}
