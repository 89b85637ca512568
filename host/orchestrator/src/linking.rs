//! Links skills that import what other skills export: finds the provider, and compares the types.

use crate::entry::Entry;
use crate::policy;

/// Refuses every skill whose imports are not provided, and repeats until nothing changes: a refused skill provides
/// nothing.
pub(crate) fn link(entries: &mut [Entry]) {
    loop {
        let refused: Vec<(usize, String)> = entries
            .iter()
            .enumerate()
            .filter_map(|(position, entry)| Some((position, problem(entries, entry)?)))
            .collect();
        if refused.is_empty() {
            return;
        }
        for (position, problem) in refused {
            entries[position].refuse(problem);
        }
    }
}

/// Returns why a running skill must be refused.
fn problem(entries: &[Entry], entry: &Entry) -> Option<String> {
    let deployed = entry.deployed.as_ref()?;
    let mut problems = Vec::new();
    for interface in deployed.skill.imports() {
        let fits = provider(entries, entry, interface).and_then(|provider| {
            let provider = provider.deployed.as_ref().ok_or("it is not loaded")?;
            deployed.skill.fits(interface, &provider.skill)
        });
        if let Err(reason) = fits {
            problems.push(format!("imports {interface}: {reason}"));
        }
    }
    (!problems.is_empty()).then(|| problems.join("\n"))
}

/// Returns the skill that provides `interface` to the skill of `entry`: the one that its manifest names, else the only
/// one that exports it and may be called.
///
/// # Errors
/// Returns what the manifest lacks.
pub(crate) fn provider<'a>(
    entries: &'a [Entry],
    entry: &Entry,
    interface: &str,
) -> Result<&'a Entry, String> {
    let id = entry.report.id.as_str();
    let own = entry
        .deployed
        .as_ref()
        .map(|deployed| deployed.invoke_grants());
    let may_call = |other: &Entry| {
        let theirs = other
            .deployed
            .as_ref()
            .map(|deployed| deployed.invoke_grants());
        policy::between(id, own, &other.report.id, theirs)
    };
    let exports = |other: &&Entry| {
        let deployed = other.deployed.as_ref();
        deployed.is_some_and(|deployed| deployed.skill.exports(interface))
    };
    if let Some(named) = own.and_then(|own| own.import(interface)) {
        let mut others = entries.iter();
        let other = others.find(|other| other.report.id == named);
        let other = other.filter(|other| exports(other));
        let other = other.ok_or_else(|| {
            format!(
                "invoke_policy.imports names {named}, which is not loaded or does not export it"
            )
        })?;
        may_call(other).map_err(|denial| format!("{}; add {}", denial.reason, denial.rule))?;
        return Ok(other);
    }
    let others = entries.iter().filter(|other| other.report.id != id);
    let exporting: Vec<&Entry> = others.filter(exports).collect();
    let allowed: Vec<&&Entry> = exporting
        .iter()
        .filter(|other| may_call(other).is_ok())
        .collect();
    match (allowed.as_slice(), exporting.as_slice()) {
        ([only], _) => Ok(only),
        ([], []) => Err("no loaded skill exports it".to_owned()),
        ([], [first, ..]) => {
            let denial = may_call(first).err();
            let rule = denial.map(|denial| denial.rule).unwrap_or_default();
            Err(format!(
                "{} exports it but may not be called; add {rule}",
                first.report.id
            ))
        }
        ([first, second, ..], _) => Err(format!(
            "{} and {} export it; choose one with invoke_policy.imports: {{ {interface:?}: {} }}",
            first.report.id, second.report.id, first.report.id
        )),
    }
}
