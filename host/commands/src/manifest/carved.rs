//! Protects the places that give authority inside the directories granted to commands; where that is not possible, the skill
//! does not load.

use std::path::{Path, PathBuf};

use crate::process::spec::{Carved, Isolation};
use luminarys_grants::{CarveOut, Grants, Protection};
use thiserror::Error;

/// A place that cannot be protected from commands.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "{granted_by} grants commands {}, and {} in it is {what}, which no command may {verb}; {remedy}",
    .directory.display(), .place.display()
)]
pub struct Uncarvable {
    granted_by: String,
    directory: PathBuf,
    place: PathBuf,
    what: String,
    verb: &'static str,
    remedy: String,
}

/// What commands get of the granted directories.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Places that are protected from them.
    pub carved: Vec<Carved>,
    /// Why directories are read-only: something must not be created in them.
    pub closed: Vec<String>,
    /// Granted directories inside such a place, and whether they are read-only rather than not given at all.
    pub whole: Vec<(PathBuf, bool)>,
}

/// Finds the protected places in what `grants` gives to commands.
///
/// # Errors
/// [`Uncarvable`]
pub(crate) fn carve(grants: &Grants, isolation: Isolation) -> Result<Outcome, Box<Uncarvable>> {
    let given: Vec<(&str, bool)> = [&grants.filesystem, &grants.shell.directories]
        .into_iter()
        .flat_map(|granted| granted.plain())
        .map(|(grant, writable)| (grant.root.as_str(), writable))
        .collect();
    let mut outcome = Outcome::default();
    let mut absent: Option<Uncarvable> = None;
    let mut to_make: Vec<(PathBuf, String)> = Vec::new();
    for one in grants.carve_outs() {
        let hidden = one.protection == Protection::Hidden;
        if one.whole {
            outcome.whole.push((one.path, !hidden));
            continue;
        }
        // Patterns are not given to commands; the deepest granted directory decides.
        let above = given.iter().filter(|(root, _)| one.path.starts_with(root));
        let Some((root, writable)) = above.max_by_key(|(root, _)| root.len()) else {
            continue;
        };
        let must_be_hidden = hidden && one.exists;
        if !(*writable || must_be_hidden) || (one.place.only_secret && !one.exists) {
            continue;
        }
        let root = Path::new(root);
        // An existing place gets a mount of its own; for a missing one or a pattern, its directory becomes read-only.
        let is_itself = one.names.is_none() && one.exists;
        let kept = if one.names.is_some() || one.exists {
            Some(one.path.as_path())
        } else {
            one.path.ancestors().skip(1).find(|above| above.exists())
        };
        let kept = kept.filter(|kept| is_itself || *kept != root);
        let remedy = match kept {
            _ if isolation == Isolation::None => {
                "without namespaces only whole directories are kept from commands: grant another directory".to_owned()
            }
            None if one.names.is_some() => {
                "keep such files in a directory of their own beneath it, or grant another directory".to_owned()
            }
            None => {
                // Making a directory covers what would be in it.
                let command = making(&one);
                if !to_make
                    .iter()
                    .any(|(above, other)| one.path.starts_with(above) || *other == command)
                {
                    to_make.push((one.path.clone(), command));
                }
                if absent.is_none() {
                    absent = Some(uncarvable(one, root, hidden, String::new()));
                }
                continue;
            }
            Some(kept) => {
                if !is_itself {
                    outcome.closed.push(closed(&one, kept));
                }
                outcome.carved.push(Carved {
                    path: kept.to_owned(),
                    hidden: hidden && is_itself,
                });
                continue;
            }
        };
        return Err(Box::new(uncarvable(one, root, hidden, remedy)));
    }
    match absent {
        None => Ok(outcome),
        Some(absent) => Err(Box::new(Uncarvable {
            remedy: format!(
                "it does not exist, and only what exists can be kept from them: make it ({}), or grant another directory",
                to_make
                    .iter()
                    .map(|(_, command)| command.as_str())
                    .collect::<Vec<_>>()
                    .join(" && ")
            ),
            ..absent
        })),
    }
}

/// Returns the warning that a directory is read-only for commands.
fn closed(one: &CarveOut, directory: &Path) -> String {
    let (granted_by, directory, what) = (&one.granted_by, directory.display(), &one.place.what);
    let names = match &one.names {
        Some(names) => format!("what is called {names} in it"),
        None => format!("{}, which is not there yet,", one.path.display()),
    };
    format!("{granted_by}: commands may only read {directory}: {names} is {what}")
}

/// Returns the shell command that creates a place, or enough of the way to it.
fn making(place: &CarveOut) -> String {
    let path = place.path.as_path();
    let (words, path) = match path.parent() {
        _ if place.place.directory => (["mkdir", "-p"].as_slice(), path),
        Some(parent) if !parent.exists() => (["mkdir", "-p"].as_slice(), parent),
        _ => (["touch"].as_slice(), path),
    };
    let words = words.iter().map(|word| (*word).to_owned());
    let words: Vec<String> = words.chain([path.display().to_string()]).collect();
    luminarys_grants::command::join(&words)
}

fn uncarvable(one: CarveOut, root: &Path, hidden: bool, remedy: String) -> Uncarvable {
    let place = match &one.names {
        Some(names) => one.path.join(names),
        None => one.path,
    };
    Uncarvable {
        granted_by: one.granted_by,
        directory: root.to_owned(),
        place,
        what: one.place.what.clone(),
        verb: if hidden { "read or change" } else { "change" },
        remedy,
    }
}
