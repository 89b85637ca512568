//! Checks the requirements of packages against the grants of manifests.

use std::path::Path;

use luminarys_grants::Grants;
use luminarys_package::Requirement;

use crate::report::RequirementReport;

/// Checks each requirement of a package against `grants`.
pub(crate) fn check(grants: &Grants, required: &[Requirement]) -> Vec<RequirementReport> {
    let checked = |requirement: &Requirement| {
        let mode = requirement.mode.as_deref();
        let verdict = grants.requirement(&requirement.kind, &requirement.pattern, mode);
        RequirementReport {
            kind: requirement.kind.clone(),
            pattern: requirement.pattern.clone(),
            mode: requirement.mode.clone(),
            granted: verdict.granted,
            why: verdict.why,
            missing: verdict.missing,
        }
    };
    required.iter().map(checked).collect()
}

/// Returns the message for requirements that are not granted: one line each to add to the manifest.
pub(crate) fn missing(manifest: &Path, requirements: &[RequirementReport]) -> Option<String> {
    let unmet: Vec<_> = requirements
        .iter()
        .filter(|requirement| !requirement.granted)
        .collect();
    if unmet.is_empty() {
        return None;
    }
    let mut text = format!(
        "the package requires more than {} grants; to grant it, add:",
        manifest.display()
    );
    for requirement in unmet {
        let RequirementReport {
            kind, pattern, why, ..
        } = requirement;
        match &requirement.missing {
            Some(line) => text.push_str(&format!("\n  {line}  # {why}")),
            None => text.push_str(&format!("\n  # nothing grants {kind} {pattern:?}: {why}")),
        }
    }
    Some(text)
}
