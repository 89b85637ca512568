//! What this machine confines commands with, and whether that is what a manifest requires.

use luminarys_grants::{Grants, ShellGrants};
use thiserror::Error;

use super::carved::{Uncarvable, carve};
use super::environment;
use crate::process::layers;
use crate::process::spec::{Isolation, Layers, Support};

/// Commands cannot be confined to what a manifest grants them.
#[derive(Debug, Error)]
pub enum ConfinementError {
    /// Confinement is required, and this machine cannot provide it.
    #[error(
        "permissions.shell: this machine cannot {missing}{}; use Linux 6.12 or later with Landlock, or let the host make \
         user namespaces (installing bubblewrap is enough where only bwrap may), or accept it with \
         permissions.shell.require_confinement: false",
        because(.without)
    )]
    Unconfined {
        /// What it cannot do.
        missing: &'static str,
        /// Why it makes no namespaces; empty when it does.
        without: String,
    },
    /// A granted directory holds what commands must not change.
    #[error("permissions.shell: {0}")]
    Uncarvable(#[from] Box<Uncarvable>),
}

fn because(reason: &str) -> String {
    if reason.is_empty() {
        return String::new();
    }
    format!(" ({reason})")
}

/// Returns what separates the commands of this manifest from the rest of the machine. Commands that may signal other
/// processes get no namespaces.
pub(crate) fn isolation(grants: &ShellGrants) -> Isolation {
    isolation_with(grants, &layers())
}

fn isolation_with(grants: &ShellGrants, layers: &Layers) -> Isolation {
    if grants.signal_others {
        Isolation::None
    } else {
        layers.isolation
    }
}

/// Returns what an operator should know about `permissions.shell`.
///
/// # Errors
/// [`ConfinementError`], where the manifest requires confinement.
pub fn warnings(grants: &Grants) -> Result<Vec<String>, ConfinementError> {
    let shell = &grants.shell;
    if !shell.enabled {
        return Ok(Vec::new());
    }
    let layers = layers();
    let mut warnings = judge(shell, &layers)?;
    match carve(grants, isolation_with(shell, &layers)) {
        Ok(outcome) => warnings.extend(outcome.closed),
        Err(error) if shell.require_confinement => return Err(error.into()),
        Err(error) => warnings.push(error.to_string()),
    }
    for directories in [&grants.filesystem, &shell.directories] {
        let given = directories.plain().into_iter();
        let lessened = given.filter(|(entry, writable)| entry.writable && !writable);
        warnings.extend(lessened.map(|(entry, _)| {
            let (rule, root) = (&entry.rule, &entry.root);
            format!(
                "{rule}: commands may only read {root}: another entry restricts something in it"
            )
        }));
    }
    if environment::search_path(grants).is_empty() {
        warnings.push(
            "commands find no programs: the skill may write in every directory of the host's PATH"
                .to_owned(),
        );
    }
    warnings.sort();
    warnings.dedup();
    Ok(warnings)
}

/// Names what confines the commands of this manifest. None when it allows none.
pub fn confinement(grants: &ShellGrants) -> Option<String> {
    if !grants.enabled {
        return None;
    }
    let layers = layers();
    let mut by = Vec::new();
    match isolation_with(grants, &layers) {
        Isolation::Namespaces => by.push("namespaces"),
        Isolation::Bubblewrap => by.push("namespaces made by bwrap"),
        Isolation::None => {}
    }
    by.push(match layers.landlock {
        Support::None => "no Landlock",
        Support::Part | Support::Files => "Landlock (files)",
        Support::Network => "Landlock (files, TCP)",
        Support::Full => "Landlock (files, TCP, signals)",
    });
    by.push(if layers.seccomp {
        "seccomp"
    } else {
        "no seccomp"
    });
    if layers.cgroup {
        by.push("a control group");
    }
    Some(by.join(", "))
}

/// Returns the warnings for a machine with these layers.
fn judge(grants: &ShellGrants, layers: &Layers) -> Result<Vec<String>, ConfinementError> {
    let mut warnings = Vec::new();
    let isolated = isolation_with(grants, layers) != Isolation::None;
    let missing = if !layers.seccomp {
        Some("filter the system calls of commands (seccomp)")
    } else if isolated {
        None
    } else if layers.landlock < Support::Files {
        Some(
            "keep commands to the granted directories: they would read and write everything that the host's user may",
        )
    } else if layers.landlock < Support::Full && !grants.signal_others {
        Some("keep commands from signalling and outliving others")
    } else {
        None
    };
    match missing {
        Some(missing) if grants.require_confinement => {
            return Err(ConfinementError::Unconfined {
                missing,
                without: layers.without.clone(),
            });
        }
        Some(missing) => warnings.push(format!(
            "this machine cannot {missing} (permissions.shell.require_confinement: false)"
        )),
        None if isolated => {}
        None => {
            let why = if grants.signal_others {
                "permissions.shell.signal_others".to_owned()
            } else {
                layers.without.clone()
            };
            warnings.push(format!(
                "commands have no namespaces of their own ({why}): they see the machine's processes with their words, \
                 and which files the host's user has outside the granted directories; they can change the modes, times \
                 and attributes of these, though not read or write them; /tmp and /dev/shm are closed"
            ));
        }
    }
    let entries = grants.directories.entries().iter();
    let wild = entries.filter(|entry| entry.wildcard);
    warnings.extend(wild.map(|entry| {
        let (rule, pattern) = (&entry.rule, &entry.pattern);
        format!("{rule}: commands do not reach {pattern}: they are confined to directories, not to patterns")
    }));
    if grants.unrestricted() {
        warnings.push("permissions.shell.allowlist is empty: every command may be run".to_owned());
    }
    Ok(warnings)
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn missing_confinement_is_an_error_unless_it_is_not_required() {
        let with = Isolation::Namespaces;
        let none = Isolation::None;
        // What there is; then whether signals of others are granted and confinement required; then whether it loads, and
        // how many warnings there are.
        let rows = [
            (with, Support::Full, true, false, true, true, 0),
            (with, Support::None, true, false, true, true, 0),
            (
                Isolation::Bubblewrap,
                Support::None,
                true,
                false,
                true,
                true,
                0,
            ),
            (with, Support::Full, false, false, true, false, 0),
            (with, Support::Full, true, true, true, true, 1),
            (with, Support::None, true, true, true, false, 0),
            (none, Support::Full, true, false, true, true, 1),
            (none, Support::Full, false, false, true, false, 0),
            (none, Support::Network, true, false, true, false, 0),
            (none, Support::Network, true, true, true, true, 1),
            (none, Support::Files, true, true, true, true, 1),
            (none, Support::Part, true, true, true, false, 0),
            (none, Support::None, true, false, true, false, 0),
            (none, Support::None, false, false, false, true, 1),
        ];
        each_row(
            rows,
            |(isolation, landlock, seccomp, signals, required, loads, warned)| {
                let mut grants = ShellGrants::default();
                grants.enabled = true;
                grants.signal_others = signals;
                grants.require_confinement = required;
                let layers = Layers {
                    isolation,
                    landlock,
                    seccomp,
                    ..Layers::default()
                };
                let about = format!("{layers:?} {signals} {required}");
                let judged = judge(&grants, &layers);
                assert_eq!(judged.is_ok(), loads, "{about}");
                // One is about the empty allowlist.
                let count = judged.map_or(0, |warnings| warnings.len() - 1);
                assert_eq!(count, warned, "{about}");
            },
        );
        assert!(warnings(&Grants::default()).is_ok_and(|warnings| warnings.is_empty()));
    }
}
