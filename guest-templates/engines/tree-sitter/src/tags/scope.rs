//! What is local: a definition that counts only at the top of a file, and stands in something.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::Node;

use super::{Definition, Place};

/// Returns the first and the last byte of a node.
pub fn range(node: Node<'_>) -> Place {
    (node.start_byte(), node.end_byte())
}

/// Drops the global definitions that stand in another definition or in a scope.
pub fn drop_locals(definitions: &mut BTreeMap<Place, Definition<'_>>, scopes: Vec<Place>) {
    let mut around: Vec<_> = definitions.values().map(|one| range(one.node)).collect();
    around.extend(scopes);
    // Of ranges that begin together the widest is the outer one.
    around.sort_unstable_by_key(|range| (range.0, Reverse(range.1)));
    around.dedup();
    let (mut local, mut open) = (BTreeSet::new(), Vec::<Place>::new());
    for range in around {
        while open.last().is_some_and(|outer| outer.1 <= range.0) {
            open.pop();
        }
        if !open.is_empty() {
            local.insert(range);
        }
        open.push(range);
    }
    definitions.retain(|_, one| !one.is_global || !local.contains(&range(one.node)));
}
