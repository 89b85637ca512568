//! Whether a manifest grants what a package requires.

use crate::denial::offer;
use crate::pattern::Pattern;

/// The verdict on a requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequirementVerdict {
    /// Whether the requirement is met.
    pub granted: bool,
    /// The manifest entry that meets it, or the reason that no entry does.
    pub why: String,
    /// The YAML line to add if it is not met.
    pub missing: Option<String>,
}

impl RequirementVerdict {
    /// Returns the verdict that the entry or key `why` meets the requirement.
    pub(crate) fn met(why: impl Into<String>) -> Self {
        Self {
            granted: true,
            why: why.into(),
            missing: None,
        }
    }

    /// Returns the verdict that the manifest needs `line` to meet the requirement.
    pub(crate) fn unmet(why: impl Into<String>, line: String) -> Self {
        Self {
            granted: false,
            why: why.into(),
            missing: Some(line),
        }
    }

    /// Returns the verdict on a capability that this host does not have.
    pub(crate) fn unknown(kind: &str) -> Self {
        Self {
            granted: false,
            why: format!("this host does not offer the capability {kind:?}"),
            missing: None,
        }
    }
}

/// Checks whether an entry of `permissions.{section}.allowlist`, a pattern with its place, covers `wanted`.
pub(crate) fn listed<'a>(
    enabled: bool,
    mut entries: impl Iterator<Item = (&'a str, &'a String)>,
    section: &str,
    wanted: &str,
) -> RequirementVerdict {
    let line = offer(
        &format!("permissions.{section}"),
        enabled,
        "allowlist",
        &[wanted.to_owned()],
    );
    if !enabled {
        return RequirementVerdict::unmet(format!("permissions.{section} is not enabled"), line);
    }
    match entries.find(|(pattern, _)| covers(pattern, wanted)) {
        Some((_, rule)) => RequirementVerdict::met(rule.clone()),
        None => RequirementVerdict::unmet(
            format!("no entry of permissions.{section}.allowlist covers it"),
            line,
        ),
    }
}

/// Returns whether `granted` allows everything that `wanted` covers: it matches `wanted` as plain text, and a single
/// `*` does not match the wider `**`.
pub(crate) fn covers(granted: &str, wanted: &str) -> bool {
    if granted == wanted || granted == "**" {
        return true;
    }
    // `**` becomes a name with a slash, which a single `*` does not match.
    let plain = wanted.replace("**", "\u{1}/\u{1}");
    Pattern::new(granted).is_ok_and(|pattern| pattern.matches(&plain))
}
