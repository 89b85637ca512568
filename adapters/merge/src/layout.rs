//! The layout of the merged module: its functions, and where those of the two modules are in it.

use std::collections::{HashMap, HashSet};

use wasmparser::ExternalKind;

use crate::error::AdaptError;
use crate::module::Module;
use crate::reachable::reachable;
use crate::resolve::{self, GLUE};
use crate::stubs::{BRIDGE_MEMORY, SKILL_MEMORY, Stub};

/// The prefix of the bridge's exports for the skill, which the component does not export.
const FOR_SKILL: [&str; 2] = ["env_", "wasi_"];

/// Whether an export of the bridge is for the skill only.
pub(crate) fn for_skill(export: &str) -> bool {
    FOR_SKILL.iter().any(|prefix| export.starts_with(prefix))
}

/// The functions of the merged module, in its order.
pub(crate) struct Layout {
    /// Imports of the bridge that stay, by their position there.
    pub kept_imports: Vec<u32>,
    /// Functions of the bridge that stay.
    pub kept_functions: Vec<u32>,
    pub bridge: HashMap<u32, u32>,
    pub skill: HashMap<u32, u32>,
    /// The index of the first stub.
    pub stubs: u32,
}

/// The functions of the bridge that this skill needs.
///
/// # Errors
/// [`AdaptError::Malformed`]
pub(crate) fn needed(bridge: &Module<'_>, answers: &[u32]) -> Result<HashSet<u32>, AdaptError> {
    let exports = bridge
        .exports
        .iter()
        .filter(|export| export.kind == ExternalKind::Func && !for_skill(export.name));
    let roots = exports.map(|export| export.index);
    reachable(
        bridge,
        roots.chain(bridge.start).chain(answers.iter().copied()),
    )
}

/// Computes the layout and the functions to add.
///
/// # Errors
/// [`AdaptError`] when the skill's exports are not those of the ABI.
pub(crate) fn lay_out(
    skill: &Module<'_>,
    bridge: &Module<'_>,
    answers: &[u32],
    needed: &HashSet<u32>,
) -> Result<(Layout, Vec<Stub>), AdaptError> {
    let imported = bridge.imports.len() as u32;
    let is_glue = |index: u32| bridge.imports[index as usize].module == GLUE;
    let kept_imports: Vec<u32> = (0..imported)
        .filter(|index| needed.contains(index) && !is_glue(*index))
        .collect();
    let all = imported + bridge.functions.len() as u32;
    let kept_functions: Vec<u32> = (imported..all)
        .filter(|index| needed.contains(index))
        .collect();
    let mut next = 0..;
    let mut number = |index: &u32| (*index, next.next().unwrap_or_default());
    let mut in_bridge: HashMap<u32, u32> = kept_imports.iter().map(&mut number).collect();
    in_bridge.extend(kept_functions.iter().map(&mut number));
    let own = skill.imports.len() as u32;
    let all = own + skill.functions.len() as u32;
    let mut in_skill: HashMap<u32, u32> = (own..all)
        .collect::<Vec<_>>()
        .iter()
        .map(&mut number)
        .collect();
    let first_stub = next.start;
    for (position, answer) in answers.iter().enumerate() {
        in_skill.insert(position as u32, in_bridge[answer]);
    }
    let mut stubs = Vec::new();
    for index in (0..imported).filter(|index| is_glue(*index)) {
        let name = bridge.imports[index as usize].name;
        let function = match resolve::glue(skill, name)? {
            Some(function) => in_skill[&function],
            None => {
                stubs.push(match name {
                    "copy_in" => Stub::copy("glue.copy_in", SKILL_MEMORY, BRIDGE_MEMORY),
                    "copy_out" => Stub::copy("glue.copy_out", BRIDGE_MEMORY, SKILL_MEMORY),
                    "pages" => Stub::pages(),
                    other => {
                        return Err(AdaptError::Invalid(format!(
                            "the bridge imports glue.{other}"
                        )));
                    }
                });
                first_stub + stubs.len() as u32 - 1
            }
        };
        in_bridge.insert(index, function);
    }
    let mut initialisers = Vec::new();
    let own_init = [bridge.start, bridge.exported("_initialize")];
    initialisers.extend(
        own_init
            .into_iter()
            .flatten()
            .map(|index| in_bridge[&index]),
    );
    let skill_init = [skill.start, skill.exported("_initialize")];
    initialisers.extend(
        skill_init
            .into_iter()
            .flatten()
            .map(|index| in_skill[&index]),
    );
    stubs.push(Stub::in_turn("_initialize", &initialisers));
    let layout = Layout {
        kept_imports,
        kept_functions,
        bridge: in_bridge,
        skill: in_skill,
        stubs: first_stub,
    };
    Ok((layout, stubs))
}
