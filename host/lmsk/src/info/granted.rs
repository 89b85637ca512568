//! Computes what a manifest grants a package, without the host.

use std::path::Path;

use luminarys_grants::{Grants, Import, Manifest};
use luminarys_package::Descriptor;
use serde::Serialize;

/// A capability or requirement, and the manifest's decision.
#[derive(Serialize)]
pub(super) struct Verdict {
    /// The imported interface or requirement.
    pub what: String,
    /// Whether the manifest allows any of it.
    pub granted: bool,
    /// The entries that decide, or the missing line.
    pub why: String,
}

/// Checks the imports and requirements of a package against the manifest at `path`.
///
/// # Errors
/// Fails for a manifest that cannot be read, or names a directory that cannot be opened.
pub(super) fn verdicts(
    path: &Path,
    descriptor: &Descriptor,
    imports: &[String],
) -> anyhow::Result<Vec<Verdict>> {
    // The host's variables may not be set here, and values do not matter.
    let environment = |name: &str| Some(std::env::var(name).unwrap_or_else(|_| name.to_owned()));
    let manifest = Manifest::load(path, &environment)?;
    let grants = Grants::open(&manifest)?;
    let capabilities = imports
        .iter()
        .filter_map(|import| capability(import, &manifest));
    let requirements = descriptor.requirements.iter().map(|one| {
        let verdict = grants.requirement(&one.kind, &one.pattern, one.mode.as_deref());
        let mode = one.mode.as_deref().unwrap_or_default();
        let what = format!("requires {} {} {mode}", one.kind, one.pattern);
        let missing = verdict
            .missing
            .map(|line| format!("; add: {line}"))
            .unwrap_or_default();
        Verdict {
            what: what.trim_end().to_owned(),
            granted: verdict.granted,
            why: format!("{}{missing}", verdict.why),
        }
    });
    Ok(capabilities.chain(requirements).collect())
}

/// Returns the decision on an imported interface of the host.
fn capability(import: &str, manifest: &Manifest) -> Option<Verdict> {
    let interface = import.strip_prefix("luminarys:skill/")?;
    let interface = interface.split('@').next().unwrap_or(interface);
    let Import { granted, why } = manifest.import(interface)?;
    let what = format!("imports {interface}");
    Some(Verdict { what, granted, why })
}
