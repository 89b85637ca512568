//! What a skill may call of the others: all of it, what fits a query, and the types of one method.

use luminarys_runtime::{Callable, Found, FoundPage, Method, Signature};

use crate::deployed::Deployed;
use crate::finding::Query;
use crate::listed::Listed;
use crate::policy;
use crate::registry::Registry;

/// Whether both policies let `caller` call the skill `id`.
fn may_call(registry: &Registry, caller: &str, id: &str, deployed: &Deployed) -> bool {
    let own = registry.invoke_grants(caller);
    let theirs = Some(deployed.invoke_grants());
    id != caller && policy::between(caller, own, id, theirs).is_ok()
}

/// Returns the skills that `caller` may call, by id.
fn others<'a>(registry: &'a Registry, caller: &str) -> Vec<(&'a str, &'a Deployed)> {
    let running = registry.entries().iter();
    let running =
        running.filter_map(|entry| Some((entry.report.id.as_str(), &**entry.deployed.as_ref()?)));
    let mut others: Vec<(&str, &Deployed)> = running
        .filter(|(id, deployed)| may_call(registry, caller, id, deployed))
        .collect();
    others.sort_by_key(|(id, _)| *id);
    others
}

/// Returns the methods that `caller` may call, by name.
fn methods<'a>(
    registry: &'a Registry,
    caller: &str,
) -> impl Iterator<Item = (&'a str, &'a Method, &'a Listed)> {
    let others = others(registry, caller).into_iter();
    others.flat_map(|(id, deployed)| {
        let listed = deployed.listed().iter();
        listed.map(move |one| (id, &deployed.skill.methods()[one.position], one))
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
    let open = others.filter(|(_, deployed)| !deployed.listed().is_empty());
    open.map(|(id, _)| id.to_owned()).collect()
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
    let target = registry.entry(skill)?.deployed.as_ref()?;
    if !may_call(registry, caller, skill, target) {
        return None;
    }
    let methods = target.skill.methods();
    let mut listed = target.listed().iter();
    let listed = listed.find(|one| methods[one.position].name == method)?;
    let method = &methods[listed.position];
    Some(Signature {
        skill: skill.to_owned(),
        method: method.name.clone(),
        description: method.description.clone(),
        effects: method.effects,
        parameters: listed.parameters.clone(),
        returns: listed.returns.clone(),
    })
}
