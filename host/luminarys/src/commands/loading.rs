//! Loading skills for a command.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::bail;
use luminarys_grants::{AuthorityPlace, Manifest};
use luminarys_orchestrator::{
    LoadStep, Orchestrator, PackageRecords, Recording, Settings, authority_of,
};
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

/// The size of a package whose compilation is told before it is done, in bytes: that of a language's runtime.
const LARGE: usize = 4 << 20;

/// The time that a compilation takes when it is told afterwards.
const LONG: Duration = Duration::from_secs(2);

/// Returns what to tell of a step: only what takes long.
pub(super) fn told(step: LoadStep<'_>) -> Option<String> {
    match step {
        LoadStep::Compiles { skill, bytes } if bytes >= LARGE => Some(format!(
            "compiling {skill} ({} MiB), which is done once",
            bytes >> 20
        )),
        LoadStep::Compiled { skill, took, kept } if took >= LONG => {
            let seconds = took.as_secs_f32();
            Some(match kept {
                true => format!("compiled {skill} in {seconds:.1} s; the cache keeps it"),
                false => format!(
                    "compiled {skill} in {seconds:.1} s; nothing keeps it, so the next start compiles it again"
                ),
            })
        }
        _ => None,
    }
}

/// Loads the skills, and shows progress.
pub(super) async fn load(settings: Settings) -> anyhow::Result<Orchestrator> {
    let bar = output::spinner();
    let shown = bar.clone();
    let tell = move |step: LoadStep<'_>| {
        match step {
            LoadStep::Begins { manifest } => {
                shown.set_message(format!("loading {}", visible(manifest)));
            }
            LoadStep::Compiles { skill, .. } => {
                shown.set_message(format!("compiling {}", visible(skill)));
            }
            LoadStep::Compiled { .. } => {}
        }
        if let Some(text) = told(step) {
            output::tell(text);
        }
    };
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

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn only_what_takes_long_is_told() {
        let compiles = |bytes| LoadStep::Compiles { skill: "a", bytes };
        let compiled = |seconds, kept| LoadStep::Compiled {
            skill: "a",
            took: Duration::from_secs(seconds),
            kept,
        };
        let rows = [
            (LoadStep::Begins { manifest: "a.yaml" }, None),
            (compiles(100 << 10), None),
            (
                compiles(30 << 20),
                Some("compiling a (30 MiB), which is done once"),
            ),
            (compiled(0, true), None),
            (
                compiled(28, true),
                Some("compiled a in 28.0 s; the cache keeps it"),
            ),
            (
                compiled(28, false),
                Some("compiled a in 28.0 s; nothing keeps it, so the next start compiles it again"),
            ),
        ];
        each_row(rows, |(step, expected)| {
            assert_eq!(told(step).as_deref(), expected)
        });
    }
}
