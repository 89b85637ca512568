//! What a skill may call: all of it, what fits a query, and the types of a few methods.

use luminarys_package::Effects;

use super::state::SkillsCapability;
use crate::bindings::luminarys::skill::skills::{
    Callable, Effects as Flags, Found, FoundPage, MethodName, Signature,
};
use crate::bindings::luminarys::skill::types::Error;
use crate::environment::View;
use crate::peers;

/// The default and the maximum number of methods on a page.
const PAGE: u32 = 20;
const MAX_PAGE: u32 = 1_000;
/// The maximum number of methods whose types are asked for at once.
const MAX_NAMES: usize = 1_000;

impl View<'_, SkillsCapability> {
    pub(super) fn callable(&self) -> Vec<Callable> {
        let Ok(peers) = self.peers() else {
            return Vec::new();
        };
        let each = peers.callable(&self.shared.id).into_iter();
        each.map(|one| Callable {
            skill: one.skill,
            method: one.method,
            description: one.description,
            parameters: one.parameters.as_ref().into(),
        })
        .collect()
    }

    pub(super) fn found(&self, query: &str, offset: u32, limit: u32) -> FoundPage {
        let limit = if limit == 0 {
            PAGE
        } else {
            limit.min(MAX_PAGE)
        };
        let page = self
            .peers()
            .map(|peers| peers.find(&self.shared.id, query, offset, limit))
            .unwrap_or_default();
        let each = page.methods.into_iter().map(|one| Found {
            skill: one.skill,
            method: one.method,
            summary: one.summary.as_ref().into(),
            effects: flags(one.effects),
        });
        FoundPage {
            methods: each.collect(),
            total: page.total,
        }
    }

    /// Returns the types of methods, charged to the call.
    pub(super) fn signed(&mut self, names: &[MethodName]) -> Result<Vec<Option<Signature>>, Error> {
        if names.len() > MAX_NAMES {
            let count = names.len();
            let text = format!("{count} methods; the types of at most {MAX_NAMES} at once");
            return Err(Error::TooLarge(text));
        }
        let peers = self.peers().map_err(|error| self.peer_error(error))?;
        let answer = self.answer();
        let (mut signatures, mut size) = (Vec::with_capacity(names.len()), 0);
        for name in names {
            let one = peers.signature(&self.shared.id, &name.skill, &name.method);
            size += one.as_ref().map_or(0, size_of);
            answer.reach(size).map_err(crate::environment::exceeded)?;
            signatures.push(one.map(signature));
        }
        Ok(signatures)
    }
}

fn size_of(one: &peers::Signature) -> u64 {
    let returns = one.returns.as_ref().map_or(0, |text| text.len());
    (one.description.len() + one.parameters.len() + returns) as u64
}

fn signature(one: peers::Signature) -> Signature {
    Signature {
        skill: one.skill,
        method: one.method,
        description: one.description,
        effects: flags(one.effects),
        parameters: one.parameters.as_ref().into(),
        returns: one.returns.map(|text| text.as_ref().into()),
    }
}

fn flags(effects: Effects) -> Flags {
    let each = [
        (effects.read_only, Flags::READ_ONLY),
        (effects.destructive, Flags::DESTRUCTIVE),
        (effects.idempotent, Flags::IDEMPOTENT),
        (effects.open_world, Flags::OPEN_WORLD),
    ];
    let given = each.into_iter().filter(|(given, _)| *given);
    given.fold(Flags::empty(), |all, (_, flag)| all | flag)
}
