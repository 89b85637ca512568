//! `shell`: commands without a shell.
//!
//! - `environment`: what a command sees, and what it may read beside the grants
//! - `run`: one command, decided over and started; `output`: what is kept of what it says
//! - `daemons`: commands that go on; `host`: the way to the guest

mod daemons;
mod environment;
mod host;
mod output;
mod run;

use luminarys_confine::Support;
use luminarys_grants::ShellGrants;

use crate::LoadError;

pub(crate) use daemons::Daemons;
pub(crate) use environment::Scratch;

/// What an operator should know about `permissions.shell`.
///
/// # Errors
/// [`LoadError::Unconfined`]
pub(crate) fn warnings(grants: &ShellGrants) -> Result<Vec<String>, LoadError> {
    judge(grants, luminarys_confine::support())
}

/// The same for a kernel of which this is known.
fn judge(grants: &ShellGrants, support: Support) -> Result<Vec<String>, LoadError> {
    let mut warnings = Vec::new();
    if !grants.enabled {
        return Ok(warnings);
    }
    let missing = if support < Support::Files {
        Some(
            "keep commands to the granted directories: they would read and write whatever the host's user may",
        )
    } else if !grants.network && support < Support::Network {
        Some("keep commands from the network, as permissions.shell.network: false says")
    } else {
        None
    };
    match missing {
        Some(missing) if grants.require_confinement => return Err(LoadError::Unconfined(missing)),
        Some(missing) => warnings.push(format!(
            "the kernel cannot {missing} (permissions.shell.require_confinement: false)"
        )),
        None => {}
    }
    if support >= Support::Files {
        let entries = grants.directories.entries().iter();
        let wild = entries.filter(|entry| entry.wildcard);
        warnings.extend(wild.map(|entry| {
            let (rule, pattern) = (&entry.rule, &entry.pattern);
            format!("{rule}: commands do not reach {pattern}: the kernel confines to directories, not to patterns")
        }));
    }
    if grants.unrestricted() {
        warnings.push("permissions.shell.allowlist is empty: every command may be run".to_owned());
    }
    Ok(warnings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_cannot_keep_is_not_loaded_unless_told_so() {
        for (support, network, required, loads, warned) in [
            (Support::Full, false, true, true, false),
            (Support::Network, false, true, true, false),
            (Support::Files, true, true, true, false),
            (Support::Files, false, true, false, false),
            (Support::Files, false, false, true, true),
            (Support::Part, true, true, false, false),
            (Support::None, true, true, false, false),
            (Support::None, true, false, true, true),
        ] {
            let mut grants = ShellGrants::default();
            grants.enabled = true;
            grants.network = network;
            grants.require_confinement = required;
            let judged = judge(&grants, support);
            assert_eq!(judged.is_ok(), loads, "{support:?} {network} {required}");
            let says = |text: &String| text.contains("the kernel cannot");
            let says = judged.is_ok_and(|warnings| warnings.iter().any(says));
            assert_eq!(says, warned, "{support:?} {network} {required}");
        }
        let closed = judge(&ShellGrants::default(), Support::None);
        assert!(closed.is_ok_and(|warnings| warnings.is_empty()));
    }
}
