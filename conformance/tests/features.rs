//! Every package of the workspace is built with the same third-party crates and features, whatever is selected on the
//! command line, so that
//! commands share build artifacts. `host/features/Cargo.toml` says what to do if this fails.

#![cfg(target_os = "linux")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use anyhow::{Context as _, ensure};
use luminarys_conformance::host::repository;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Graph {
    units: Vec<Unit>,
}

/// One compilation.
#[derive(Deserialize)]
struct Unit {
    pkg_id: String,
    target: Value,
    profile: Value,
    mode: String,
    features: Vec<String>,
}

/// A compilation without its features: the crate, and everything else that determines how it is compiled.
type Compiled = (String, String);

#[test]
fn are_the_same_whatever_is_built() -> anyhow::Result<()> {
    let metadata = cargo(&["metadata", "--no-deps", "--format-version", "1"])?;
    let metadata: Value = serde_json::from_slice(&metadata)?;
    let packages = metadata["packages"].as_array().context("no packages")?;
    let names = packages
        .iter()
        .filter_map(|package| package["name"].as_str());
    let names: Vec<&str> = names.collect();
    ensure!(names.len() > 10, "the workspace has only {names:?}");

    let all = units(&["--workspace", "--all-targets"])?;
    let mut selections = vec![vec!["--workspace"], vec!["-p", "luminarys", "-p", "lmsk"]];
    for name in names {
        selections.push(vec!["-p", name]);
        selections.push(vec!["-p", name, "--all-targets"]);
    }
    let mut others = BTreeSet::new();
    for selection in selections {
        for (compiled, features) in units(&selection)? {
            let known = all.get(&compiled);
            for other in features {
                if !known.is_some_and(|known| known.contains(&other)) {
                    others.insert(format!(
                        "{} with {selection:?}: {other:?}, else {known:?}",
                        compiled.0
                    ));
                }
            }
        }
    }
    ensure!(
        others.is_empty(),
        "built with other features; run `cargo hakari generate`:\n{others:#?}"
    );
    Ok(())
}

/// Returns the third-party crates that `cargo build SELECTION` compiles, with their features.
fn units(selection: &[&str]) -> anyhow::Result<BTreeMap<Compiled, BTreeSet<Vec<String>>>> {
    let mut words = vec!["build", "--unit-graph", "-Zunstable-options"];
    words.extend(selection);
    let graph: Graph = serde_json::from_slice(&cargo(&words)?)?;
    ensure!(!graph.units.is_empty(), "{selection:?} builds nothing");
    let mut units: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for unit in graph.units {
        if let Some((_, package)) = unit.pkg_id.split_once("registry+") {
            let name = package.rsplit('#').next().unwrap_or(package).to_owned();
            let how = format!("{} {} {}", unit.mode, unit.target["kind"], unit.profile);
            units.entry((name, how)).or_default().insert(unit.features);
        }
    }
    Ok(units)
}

fn cargo(words: &[&str]) -> anyhow::Result<Vec<u8>> {
    let mut command = Command::new(env!("CARGO"));
    command.args(words).current_dir(repository());
    // Only an unstable option prints the unit graph.
    command.env("RUSTC_BOOTSTRAP", "1");
    let output = command.output().context("running cargo")?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(output.stdout)
}
