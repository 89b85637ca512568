//! Finds the bridge's functions that a skill needs: those called from its imports, from the component's exports and
//! from tables. The others are left out, together with the imports that only they use.

use std::collections::HashSet;

use wasmparser::{ElementItems, Operator};

use crate::error::AdaptError;
use crate::module::Module;

/// Returns the functions reachable from `roots`, including imported ones.
///
/// # Errors
/// [`AdaptError::Malformed`]
pub(crate) fn reachable(
    module: &Module<'_>,
    roots: impl IntoIterator<Item = u32>,
) -> Result<HashSet<u32>, AdaptError> {
    let mut found = HashSet::new();
    let mut waiting: Vec<u32> = roots.into_iter().collect();
    if let Some(section) = &module.element_section {
        for element in section.clone() {
            if let ElementItems::Functions(functions) = element?.items {
                for function in functions {
                    waiting.push(function?);
                }
            }
        }
    }
    while let Some(function) = waiting.pop() {
        if !found.insert(function) {
            continue;
        }
        let Some(defined) = (function as usize).checked_sub(module.imports.len()) else {
            continue;
        };
        let Some(body) = module.code.get(defined) else {
            continue;
        };
        for operator in body.get_operators_reader()? {
            match operator? {
                Operator::Call { function_index }
                | Operator::ReturnCall { function_index }
                | Operator::RefFunc { function_index } => waiting.push(function_index),
                _ => {}
            }
        }
    }
    Ok(found)
}
