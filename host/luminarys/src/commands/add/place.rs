//! Where a package and its manifest go.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use globset::GlobBuilder;
use luminarys_grants::Manifest;
use luminarys_package::{MAX_PACKAGE_BYTES, Package};
use luminarys_registry::SCHEME;
use semver::Version;

use super::source::Found;
use crate::config::Config;

/// The directory of manifests where the configuration names none.
const DIRECTORY: &str = "skills";
/// Hexadecimal digits of the digest in a package's name, where another has the name without.
const SHORT: usize = 8;

/// A skill that is configured already.
pub(super) struct Existing {
    pub file: PathBuf,
    pub manifest: Manifest,
    /// The id and version of its package, as far as they are known.
    pub package: Option<(String, Version)>,
    /// The package's file; none where it comes from a registry.
    pub package_file: Option<PathBuf>,
}

/// Finds the skill with this id among those that are configured.
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

/// The package's file that a manifest names.
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

/// The manifest of a new skill, and the entry that `skills` needs for it; none where a pattern finds it.
///
/// # Errors
/// What is there already.
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
            "{} is there already and was left as it is; call this one something else with --id",
            file.display()
        );
    }
    Ok((file, entry))
}

/// The file that the package is to have in `directory`, and whether it is there already.
///
/// # Errors
/// A file that cannot be read, or is another with the same digest in its name.
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
        "{} has other packages of the names that this one would have; call this one something else with --id",
        directory.display()
    )
}
