//! Computes what a manifest grants a package, without the host.

use std::path::Path;

use luminarys_grants::{Entry, Grants, Manifest, Permissions};
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
    let permissions = &manifest.permissions;
    let (granted, why) = match interface {
        "filesystem" | "archive" => files(permissions),
        "http" => section(
            "http",
            permissions.http.enabled,
            &permissions.http.allowlist,
        ),
        "websocket" => {
            let (open, why) = section(
                "http",
                permissions.http.enabled,
                &permissions.http.allowlist,
            );
            match permissions.http.allow_websocket {
                true => (open, why),
                false => (false, "permissions.http.allow_websocket is off".to_owned()),
            }
        }
        "tcp" => match permissions.tcp.enabled && permissions.tcp.allowlist.is_empty() {
            true => (
                true,
                "permissions.tcp.allowlist is empty: private addresses only".to_owned(),
            ),
            false => section("tcp", permissions.tcp.enabled, &permissions.tcp.allowlist),
        },
        "shell" => match permissions.shell.enabled && permissions.shell.allowlist.is_empty() {
            true => (
                true,
                "permissions.shell.allowlist is empty: every command".to_owned(),
            ),
            false => section(
                "shell",
                permissions.shell.enabled,
                &permissions.shell.allowlist,
            ),
        },
        "llm" => match permissions.llm.enabled {
            true => (true, "permissions.llm.enabled".to_owned()),
            false => (false, "permissions.llm.enabled is not set".to_owned()),
        },
        "skills" => match manifest.invoke_policy.can_invoke.as_slice() {
            [] => (false, "invoke_policy.can_invoke is empty".to_owned()),
            ids => (
                true,
                format!("invoke_policy.can_invoke: {}", ids.join(", ")),
            ),
        },
        "store" => (
            true,
            "its own; permissions.store.shared for others'".to_owned(),
        ),
        // Needs no permission, or is decided for each topic.
        _ => return None,
    };
    let what = format!("imports {interface}");
    Some(Verdict { what, granted, why })
}

fn files(permissions: &Permissions) -> (bool, String) {
    let dirs = permissions.fs.dirs.iter();
    let dirs = dirs.map(|dir| format!("{}:{}", dir.path, if dir.writable { "rw" } else { "ro" }));
    let dirs: Vec<String> = dirs.collect();
    match (permissions.fs.enabled, dirs.as_slice()) {
        (false, _) => (false, "permissions.fs.enabled is not set".to_owned()),
        (true, []) => (false, "permissions.fs.dirs is empty".to_owned()),
        (true, dirs) => (true, format!("permissions.fs.dirs: {}", dirs.join(", "))),
    }
}

fn section(name: &str, enabled: bool, entries: &[Entry]) -> (bool, String) {
    let entries: Vec<&str> = entries.iter().map(|entry| entry.pattern.as_str()).collect();
    match (enabled, entries.as_slice()) {
        (false, _) => (false, format!("permissions.{name}.enabled is not set")),
        (true, []) => (false, format!("permissions.{name}.allowlist is empty")),
        (true, entries) => (
            true,
            format!("permissions.{name}.allowlist: {}", entries.join(", ")),
        ),
    }
}
