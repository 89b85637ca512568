//! Reads the manifests, and decides which of them get their ids.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::StreamExt as _;
use luminarys_grants::{AuthorityPlace, Places};

use crate::Settings;
use crate::authority;
use crate::entry::Entry;
use crate::files::{self, ReadManifest, Seen, Unusable};
use crate::hanging::{Bounded, TIMEOUT};
use crate::interim::no_answer;
use crate::load::{Loader, Named};
use crate::registry::duplicate_id;
use crate::report::SkillReport;

/// Manifests that are read concurrently.
const AT_ONCE: usize = 64;

/// The current state of a manifest.
pub(crate) struct Manifest {
    pub path: PathBuf,
    /// `None` if its file hangs.
    seen: Option<Seen>,
    /// The files of its secrets.
    secrets: Vec<Seen>,
    read: Result<Arc<ReadManifest>, Unusable>,
}

/// The next step for one manifest.
pub(crate) enum Step {
    /// None: it could not be read, or its id is taken.
    Done(Box<Entry>),
    /// It names a package.
    Named(Box<Named>),
}

/// Reads every manifest of `settings`, concurrently and each with a time limit: one that hangs does not delay the
/// others.
pub(crate) async fn read_all(settings: &Arc<Settings>, bounded: &Bounded) -> Vec<Manifest> {
    let manifests = settings.manifests.iter();
    let each: Vec<_> = manifests
        .map(|path| {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            read(path, settings.clone(), bounded.clone())
        })
        .collect();
    // In order: of two that claim one id, the earlier gets it.
    futures::stream::iter(each)
        .buffered(AT_ONCE)
        .collect()
        .await
}

async fn read(path: PathBuf, settings: Arc<Settings>, bounded: Bounded) -> Manifest {
    let place = path.clone();
    let answer = bounded.run(&path, TIMEOUT, move || {
        let seen = Seen::now(&place);
        let environment = |name: &str| settings.variable(name);
        let (secrets, read) = files::read_manifest(&place, &environment);
        (seen, secrets, read.map(Arc::new))
    });
    if let Some((seen, secrets, read)) = answer.await {
        return Manifest {
            path,
            seen: Some(seen),
            secrets,
            read,
        };
    }
    // Perhaps only a file of a secret hangs. The manifest's own path is blocked by that work.
    let probe = path.clone();
    let seen = bounded
        .run(&path.join("stamp"), TIMEOUT, move || Seen::now(&probe))
        .await;
    let read = Err(no_answer("the manifest or what it names in", &path));
    Manifest {
        path,
        seen,
        secrets: Vec::new(),
        read,
    }
}

/// Collects the files that give authority now: configured ones, those of manifests, and those of running skills.
/// Returns `None` if a file hangs.
///
/// A manifest whose own file hangs is skipped: accessing it would hang, and so would a skill.
pub(crate) async fn authority(
    settings: &Arc<Settings>,
    manifests: &[Manifest],
    previous: &HashMap<PathBuf, Entry>,
    bounded: &Bounded,
) -> Option<Places> {
    let mut places: Vec<AuthorityPlace> = Vec::new();
    let silent = |path: &Path| {
        let mut manifests = manifests.iter();
        manifests.any(|manifest| manifest.seen.is_none() && manifest.path == path)
    };
    for manifest in manifests {
        match &manifest.read {
            Ok(read) => places.extend(authority::authority_of(&manifest.path, &read.manifest)),
            Err(_) if silent(&manifest.path) => {
                let manifest = manifest.path.display();
                tracing::warn!(%manifest, "does not respond, and is protected again when it does");
            }
            Err(_) => places.push(authority::manifest_at(&manifest.path)),
        }
    }
    for entry in previous.values() {
        let files = authority::of_files(&entry.seen);
        places.extend(files.filter(|place| !silent(&place.path)));
    }
    let settings = settings.clone();
    let search = move || {
        places.extend(authority::of_settings(&settings));
        Places::find(&places)
    };
    bounded.run(Path::new(AUTHORITY), TIMEOUT, search).await
}

/// The key of the search for all files that give authority.
const AUTHORITY: &str = "what gives authority";

/// Decides the next step for each manifest, in order: of two that claim one id, the earlier gets it.
pub(crate) fn steps(
    manifests: Vec<Manifest>,
    loader: &Loader,
    previous: &HashMap<PathBuf, Entry>,
) -> Vec<Step> {
    let mut owners: HashMap<String, PathBuf> = HashMap::new();
    let mut steps = Vec::new();
    for Manifest {
        path,
        seen,
        secrets,
        read,
    } in manifests
    {
        let seen = seen.unwrap_or_else(|| Seen {
            path: path.clone(),
            stamp: None,
        });
        let seen = [vec![seen], secrets].concat();
        let step = match read {
            Ok(manifest) => {
                let named = Named::new(path.clone(), seen.clone(), manifest);
                Step::Named(Box::new(named))
            }
            Err(reason) => {
                let old = previous.get(&path);
                let entry = loader.without_manifest(&path, seen.clone(), reason, old);
                Step::Done(Box::new(entry))
            }
        };
        let id = match &step {
            Step::Named(named) => named.manifest.manifest.id.clone(),
            Step::Done(entry) => entry.report.id.clone(),
        };
        steps.push(match owners.get(&id) {
            Some(first) => Step::Done(Box::new(taken(&id, first, &path, seen))),
            None => {
                owners.insert(id, path);
                step
            }
        });
    }
    steps
}

fn taken(id: &str, first: &Path, path: &Path, seen: Vec<Seen>) -> Entry {
    Entry::failed(
        SkillReport::new(id.to_owned(), path.to_owned()),
        duplicate_id(id, first),
        seen,
    )
}
