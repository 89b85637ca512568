//! The files of a package and its manifest.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use globset::GlobBuilder;
use luminarys_grants::Manifest;
use luminarys_package::{MAX_PACKAGE_BYTES, Package};
use luminarys_registry::SCHEME;
use semver::Version;

use super::source::Found;
use crate::config::Config;

/// The directory of manifests if the configuration names none.
const DIRECTORY: &str = "skills";
/// Hexadecimal digits of the digest in a package's file name, if another package has the name without them.
const SHORT: usize = 8;

/// A configured skill.
pub(super) struct Existing {
    pub file: PathBuf,
    pub manifest: Manifest,
    /// The id and version of its package, if known.
    pub package: Option<(String, Version)>,
    /// The package's file; `None` if it comes from a registry.
    pub package_file: Option<PathBuf>,
}

/// Finds the configured skill with this id.
pub(super) fn existing(config: &Config, id: &str) -> Option<Existing> {
    let variable = |name: &str| config.settings.variable(name);
    config.settings.manifests.iter().find_map(|file| {
        let manifest = Manifest::load(file, &variable).ok()?;
        (manifest.id == id).then(|| {
            let package_file = package_file(file, &manifest);
            let package = package_file.as_deref().and_then(|file| {
                let bytes = luminarys_files::read(file, MAX_PACKAGE_BYTES).ok()?;
                let descriptor = Package::read(bytes).ok()?.descriptor;
                Some((descriptor.id, descriptor.skill_version))
            });
            Existing {
                file: file.clone(),
                manifest,
                package,
                package_file,
            }
        })
    })
}

/// Returns the package file that a manifest names.
fn package_file(file: &Path, manifest: &Manifest) -> Option<PathBuf> {
    let directory = file.parent().unwrap_or(Path::new(""));
    (!manifest.path.starts_with(SCHEME)).then(|| directory.join(&manifest.path))
}

/// Whether a manifest other than `own` names the package in `file`.
pub(super) fn is_used_by_others(config: &Config, own: &Path, file: &Path) -> bool {
    let variable = |name: &str| config.settings.variable(name);
    let mut others = config.settings.manifests.iter().filter(|it| *it != own);
    others.any(|other| {
        let manifest = Manifest::load(other, &variable);
        // One that cannot be read may name it.
        manifest.map_or(true, |manifest| {
            package_file(other, &manifest).as_deref() == Some(file)
        })
    })
}

/// Returns the manifest's path for a new skill, and the entry that `skills` needs for it; `None` if a pattern matches
/// it.
///
/// # Errors
/// Fails if the file exists.
pub(super) fn manifest(
    config: &Config,
    base: &Path,
    id: &str,
) -> anyhow::Result<(PathBuf, Option<String>)> {
    let name = format!("{id}.yaml");
    let matches = |pattern: &str| {
        let pattern = GlobBuilder::new(pattern).literal_separator(true).build();
        pattern.is_ok_and(|pattern| pattern.compile_matcher().is_match(&name))
    };
    let mut searched = config.searched.iter();
    let found = searched.find(|(_, pattern)| matches(pattern));
    let (file, entry) = match found {
        Some((directory, _)) => (directory.join(&name), None),
        None => (
            base.join(DIRECTORY).join(&name),
            Some(format!("{DIRECTORY}/{name}")),
        ),
    };
    let file = std::path::absolute(file)?;
    if std::fs::symlink_metadata(&file).is_ok() {
        bail!(
            "{} exists already and was not changed; choose another id with --id",
            file.display()
        );
    }
    Ok((file, entry))
}

/// Returns the package's file in `directory`, and whether it exists already.
///
/// # Errors
/// Fails for a file that cannot be read, or is a different one with the same digest in its name.
pub(super) fn package(
    directory: &Path,
    id: &str,
    found: &Found,
) -> anyhow::Result<(PathBuf, bool)> {
    let version = &found.package.descriptor.skill_version;
    let hash = found.digest.rsplit(':').next().unwrap_or_default();
    let short = hash.get(..SHORT).unwrap_or(hash);
    for name in [
        format!("{id}-{version}.skill"),
        format!("{id}-{version}-{short}.skill"),
    ] {
        let file = directory.join(name);
        if std::fs::symlink_metadata(&file).is_err() {
            return Ok((file, false));
        }
        let bytes = luminarys_files::read(&file, MAX_PACKAGE_BYTES)
            .with_context(|| format!("{} cannot be read", file.display()))?;
        if bytes == found.package.bytes() {
            return Ok((file, true));
        }
    }
    bail!(
        "{} has other packages under the names for this one; choose another id with --id",
        directory.display()
    )
}
