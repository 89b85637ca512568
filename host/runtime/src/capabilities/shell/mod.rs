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
    let mut warnings = Vec::new();
    if !grants.enabled {
        return Ok(warnings);
    }
    let support = luminarys_confine::support();
    if support < Support::Files {
        if grants.require_confinement {
            return Err(LoadError::Unconfined);
        }
        warnings.push(
            "the kernel cannot confine commands: they read and write whatever the host's user may \
             (permissions.shell.require_confinement refuses to run them)"
                .to_owned(),
        );
    } else if !grants.network && support < Support::Network {
        warnings.push(
            "the kernel cannot keep commands from the network (permissions.shell.network)"
                .to_owned(),
        );
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
