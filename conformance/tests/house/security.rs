//! Each row of the tables of attacks in `SECURITY.md` names a test that is there. `scripts/attack` runs them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};
use luminarys_conformance::host::repository;

use crate::{folder, packages};

#[test]
fn each_attack_names_a_test() -> anyhow::Result<()> {
    let text = fs::read_to_string(repository().join("SECURITY.md"))?;
    let packages = packages()?;
    let (mut wrong, mut count) = (Vec::new(), 0);
    for row in text.lines().filter(|line| line.ends_with("` |")) {
        let Some((_, proof)) = row.trim_end_matches("` |").rsplit_once("| `") else {
            continue;
        };
        let [name, program, test] = proof.split(' ').collect::<Vec<_>>()[..] else {
            continue;
        };
        count += 1;
        let package = packages.iter().find(|package| package["name"] == name);
        let is_there = match package {
            None => false,
            Some(_) if program == "cases" => is_case(test)?,
            Some(package) => is_test(&folder(package)?, program, test),
        };
        if !is_there {
            wrong.push(proof.to_owned());
        }
    }
    ensure!(count > 100, "{count} rows");
    ensure!(wrong.is_empty(), "not there:\n{}", wrong.join("\n"));
    Ok(())
}

/// Tells whether `file::name_of_the_case` is a case.
fn is_case(test: &str) -> anyhow::Result<bool> {
    let (file, name) = test.split_once("::").context("a case has a file")?;
    let path = repository().join(format!("conformance/cases/{file}.yaml"));
    let cases = luminarys_conformance::load(&path)?;
    let names: BTreeSet<String> = cases
        .iter()
        .map(|case| case.name.replace(' ', "_"))
        .collect();
    Ok(names.contains(name))
}

/// Tells whether a test program of the crate in `folder` has the test `modules::name`, where the modules' files are.
fn is_test(folder: &Path, program: &str, test: &str) -> bool {
    let mut modules: Vec<&str> = test.split("::").collect();
    let name = modules.pop().unwrap_or_default();
    let mut files = Vec::new();
    if program == "lib" {
        modules.retain(|module| *module != "tests");
        let path = folder.join("src").join(modules.join("/"));
        for ending in [".rs", "/mod.rs", "/lib.rs", "_tests.rs", "/tests.rs"] {
            files.push(format!("{}{ending}", path.display()));
        }
    } else {
        let path = folder.join("tests").join(program);
        let rest = modules.join("/");
        files.push(format!("{}.rs", path.display()));
        for ending in [
            "/main.rs".to_owned(),
            format!("/{rest}.rs"),
            format!("/{rest}/mod.rs"),
        ] {
            files.push(format!("{}{ending}", path.display()));
        }
    }
    files.iter().any(|file| {
        let text = fs::read_to_string(file).unwrap_or_default();
        text.contains(&format!("fn {name}("))
    })
}
