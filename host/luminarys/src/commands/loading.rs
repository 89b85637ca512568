//! Loading skills for a command.

use std::path::{Path, PathBuf};

use anyhow::bail;
use indicatif::ProgressBar;
use luminarys_grants::{AuthorityPlace, Manifest};
use luminarys_orchestrator::{Orchestrator, PackageRecords, Recording, Settings, authority_of};
use luminarys_text::visible;

use crate::config::nearest;
use crate::output;

/// Returns settings for a command that calls no skill: it opens no state and records no package.
///
/// Compiled code is kept in the cache only if the directory of its key exists, so that looking at a skill creates no
/// directories.
pub(super) fn without_state(settings: Settings) -> Settings {
    let is_there = |key: &PathBuf| key.parent().is_some_and(Path::is_dir);
    let cache_key = settings.cache_key.clone().filter(is_there);
    Settings {
        cache_key,
        ..with_cache_only(settings)
    }
}

/// Returns settings for a command that calls no skill but compiles all: the code is kept in the cache for the next
/// `serve`, and the cache and its key are created if they are missing.
pub(super) fn with_cache_only(settings: Settings) -> Settings {
    let package_records = settings.package_records.map(|records| PackageRecords {
        recording: Recording::Nothing,
        ..records
    });
    Settings {
        data_dir: None,
        audit: None,
        package_records,
        ..settings
    }
}

/// Loads the skills, and shows progress.
pub(super) async fn load(settings: Settings) -> anyhow::Result<Orchestrator> {
    let bar = ProgressBar::new_spinner();
    let shown = bar.clone();
    let tell = move |manifest: &str| shown.set_message(format!("loading {}", visible(manifest)));
    Ok(output::with_progress(&bar, Orchestrator::start(settings, tell)).await?)
}

/// Keeps only the manifests of skill `id`, so that nothing else is loaded.
///
/// # Errors
/// Fails if no manifest has this id; the message names the existing ones.
pub(super) fn only(settings: &mut Settings, id: &str) -> anyhow::Result<()> {
    let (mut known, mut broken, mut others) = (Vec::new(), Vec::new(), Vec::new());
    let environment = |name: &str| settings.variable(name);
    let mut is_named = |path: &PathBuf| match Manifest::load(path, &environment) {
        Ok(manifest) if manifest.id == id => true,
        Ok(manifest) => {
            others.extend(authority_of(path, &manifest));
            known.push(manifest.id);
            false
        }
        Err(error) => {
            others.push(AuthorityPlace::read_only(path, "a manifest"));
            broken.push(error.to_string());
            false
        }
    };
    let mut manifests = settings.manifests.clone();
    manifests.retain(&mut is_named);
    settings.manifests = manifests;
    settings.authority.extend(others);
    if !settings.manifests.is_empty() {
        return Ok(());
    }
    let broken = broken
        .iter()
        .map(|error| format!("\nnot usable: {error}"))
        .collect::<String>();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    if known.is_empty() {
        bail!(
            "no skill is called {id:?}: none is configured; name manifests under `skills` in luminarys.yaml{broken}"
        );
    }
    let hint = nearest(id, &known);
    bail!(
        "no skill is called {id:?}{hint} (configured: {}){broken}",
        known.join(", ")
    )
}
