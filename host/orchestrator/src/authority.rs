//! The files that give skills authority: those named by the host's settings, and those named by manifests.

use std::path::Path;

use luminarys_grants::{AuthorityPlace, Manifest};

use crate::Settings;
use crate::files::Seen;
use crate::load::certificates;
use crate::source::Source;

/// Returns the manifest at `path` and the files that it names: its package, certificates and secrets. No skill may
/// change them.
pub fn authority_of(path: &Path, manifest: &Manifest) -> Vec<AuthorityPlace> {
    let id = &manifest.id;
    let mut places = vec![manifest_at(path)];
    if let Source::File(package) = Source::new(path, &manifest.path) {
        let what = format!("the package of the skill {id}");
        places.push(AuthorityPlace::read_only(package, what));
    }
    places.extend(manifest.env.secret_files().iter().map(|file| {
        AuthorityPlace::hidden(
            file,
            format!("a secret in the environment of the skill {id}"),
        )
    }));
    places.extend(certificates(manifest).into_iter().map(|file| {
        AuthorityPlace::read_only(
            file.path,
            format!("certificates that the skill {id} trusts"),
        )
    }));
    places
}

/// Returns the files that the host's settings name besides manifests.
pub(crate) fn of_settings(settings: &Settings) -> Vec<AuthorityPlace> {
    let mut places = settings.authority.clone();
    places.extend(authority_of_directories(settings));
    places
}

/// Returns the directories that `settings` name, which no skill may read.
pub fn authority_of_directories(settings: &Settings) -> Vec<AuthorityPlace> {
    let mut places = Vec::new();
    let hidden = [
        (&settings.data_dir, "the host's data directory"),
        (&settings.cache_dir, "the host's cache directory"),
    ];
    for (directory, what) in hidden {
        let directory = directory.as_deref();
        places.extend(directory.map(|directory| AuthorityPlace::hidden_directory(directory, what)));
    }
    let key = settings.cache_key.as_ref();
    places.extend(key.map(|key| AuthorityPlace::hidden(key, "the key of compiled code")));
    let records = settings.package_records.as_ref();
    places.extend(records.map(|records| {
        AuthorityPlace::hidden(
            &records.directory,
            "the record of packages that were loaded",
        )
    }));
    places
}

/// Returns the files that a running skill was loaded from.
pub(crate) fn of_files(seen: &[Seen]) -> impl Iterator<Item = AuthorityPlace> {
    let files = seen.iter();
    files.map(|seen| {
        AuthorityPlace::read_only(&seen.path, "a file that a running skill was loaded from")
    })
}

/// The manifest itself.
pub(crate) fn manifest_at(path: &Path) -> AuthorityPlace {
    AuthorityPlace::read_only(path, "a manifest")
}
