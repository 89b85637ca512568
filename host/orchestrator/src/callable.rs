//! What a skill may call of the others: all of it, what fits a query, and the types of one method.

use luminarys_grants::InvokeGrants;
use luminarys_runtime::{Callable, Found, FoundPage, Method, Signature};

use crate::deployed::Deployed;
use crate::finding::Query;
use crate::listed::Listed;
use crate::policy;
use crate::registry::Registry;
use crate::remote::RemoteSkill;

/// A skill that another may call, here or on another node.
struct Other<'a> {
    id: &'a str,
    invoke: &'a InvokeGrants,
    methods: &'a [Method],
    place: Place<'a>,
}

enum Place<'a> {
    Here(&'a Deployed),
    Elsewhere(&'a RemoteSkill),
}

impl<'a> Other<'a> {
    /// Returns what others may know of its methods, which is made when it is first asked for.
    fn listed(&self) -> &'a [Listed] {
        match self.place {
            Place::Here(deployed) => deployed.listed(),
            Place::Elsewhere(remote) => remote.listed(),
        }
    }
}

/// Returns all running skills.
fn running(registry: &Registry) -> impl Iterator<Item = Other<'_>> {
    let here = registry.entries().iter().filter_map(|entry| {
        let deployed = entry.deployed.as_ref()?;
        Some(Other {
            id: &entry.report.id,
            invoke: deployed.invoke_grants(),
            methods: deployed.skill.methods(),
            place: Place::Here(deployed),
        })
    });
    here.chain(registry.remote().map(|remote| Other {
        id: &remote.id,
        invoke: &remote.invoke,
        methods: &remote.methods,
        place: Place::Elsewhere(remote),
    }))
}

/// Returns whether both policies let `caller` call a skill.
fn may_call(registry: &Registry, caller: &str, other: &Other<'_>) -> bool {
    let own = registry.invoke_grants(caller);
    other.id != caller && policy::between(caller, own, other.id, Some(other.invoke)).is_ok()
}

/// Returns the skills that `caller` may call, by id.
fn others<'a>(registry: &'a Registry, caller: &str) -> Vec<Other<'a>> {
    let others = running(registry).filter(|other| may_call(registry, caller, other));
    let mut others: Vec<Other<'_>> = others.collect();
    others.sort_by_key(|other| other.id);
    others
}

/// Returns the methods that `caller` may call, by name.
fn methods<'a>(
    registry: &'a Registry,
    caller: &str,
) -> impl Iterator<Item = (&'a str, &'a Method, &'a Listed)> {
    others(registry, caller).into_iter().flat_map(|other| {
        let listed = other.listed().iter();
        listed.map(move |one| (other.id, &other.methods[one.position], one))
    })
}

pub(crate) fn callable(registry: &Registry, caller: &str) -> Vec<Callable> {
    let each = methods(registry, caller).map(|(id, method, listed)| Callable {
        skill: id.to_owned(),
        method: method.name.clone(),
        description: method.description.clone(),
        parameters: listed.parameters.clone(),
    });
    each.collect()
}

pub(crate) fn callable_skills(registry: &Registry, caller: &str) -> Vec<String> {
    let others = others(registry, caller).into_iter();
    let open = others.filter(|other| !other.listed().is_empty());
    open.map(|other| other.id.to_owned()).collect()
}

/// Returns a page of the methods that fit `query`, the best first, or of all of them if it is empty.
pub(crate) fn find(
    registry: &Registry,
    caller: &str,
    query: &str,
    offset: u32,
    limit: u32,
) -> FoundPage {
    let query = Query::new(query);
    let all = methods(registry, caller);
    let found: Vec<_> = match query.is_empty() {
        true => all.collect(),
        false => query.rank(all.map(|one| (one, &one.2.words))),
    };
    let page = found.iter().skip(offset as usize).take(limit as usize);
    let page = page.map(|(id, method, listed)| Found {
        skill: (*id).to_owned(),
        method: method.name.clone(),
        summary: listed.summary.clone(),
        effects: method.effects,
    });
    FoundPage {
        methods: page.collect(),
        total: u32::try_from(found.len()).unwrap_or(u32::MAX),
    }
}

/// Returns the types of a method that `caller` may call.
pub(crate) fn signature(
    registry: &Registry,
    caller: &str,
    skill: &str,
    method: &str,
) -> Option<Signature> {
    let target = running(registry).find(|other| other.id == skill)?;
    if !may_call(registry, caller, &target) {
        return None;
    }
    let mut listed = target.listed().iter();
    let listed = listed.find(|one| target.methods[one.position].name == method)?;
    let method = &target.methods[listed.position];
    Some(Signature {
        skill: skill.to_owned(),
        method: method.name.clone(),
        description: method.description.clone(),
        effects: method.effects,
        parameters: listed.parameters.clone(),
        returns: listed.returns.clone(),
    })
}
