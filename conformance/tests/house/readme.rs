//! `host/README.md` shows the crates as they are.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context as _, ensure};
use luminarys_conformance::host::repository;

use crate::{folder, packages};

/// A crate of the host: what it uses of the workspace, and of others.
#[derive(Debug, Default)]
struct Member {
    uses: BTreeSet<String>,
    others: BTreeSet<String>,
}

/// Reads the crates below `host` and `adapters` from their manifests, without `features`, which all use.
fn members() -> anyhow::Result<BTreeMap<String, Member>> {
    let short = |name: &str| name.trim_start_matches("luminarys-").to_owned();
    let mut members = BTreeMap::new();
    for package in packages()? {
        let folder = folder(&package)?;
        let name = short(package["name"].as_str().context("name")?);
        let is_host = ["host", "adapters"]
            .iter()
            .any(|parent| folder == repository().join(parent).join(&name));
        if !is_host || name == "features" {
            continue;
        }
        let mut member = Member::default();
        for dependency in package["dependencies"].as_array().context("dependencies")? {
            let used = dependency["name"].as_str().context("name")?;
            match (dependency["kind"].is_null(), dependency["path"].is_null()) {
                (true, true) => _ = member.others.insert(used.to_owned()),
                (true, false) if used != "luminarys-features" => {
                    member.uses.insert(short(used));
                }
                _ => {}
            }
        }
        members.insert(name, member);
    }
    Ok(members)
}

#[test]
fn the_readme_shows_the_crates_as_they_are() -> anyhow::Result<()> {
    let members = members()?;
    ensure!(members.len() > 10, "{members:?}");
    let readme = fs::read_to_string(repository().join("host/README.md"))?;
    let mut wrong = Vec::new();

    let names = |cell: &str| -> BTreeSet<String> {
        let quoted = cell.split('`').skip(1).step_by(2);
        quoted.map(str::to_owned).collect()
    };
    let mut table = BTreeMap::new();
    for row in readme.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        let name = names(cells[0]).pop_first().context("a row names a crate")?;
        table.insert(name, names(cells.get(2).copied().unwrap_or_default()));
    }
    for name in members.keys().chain(table.keys()) {
        let (real, shown) = (members.get(name).map(|it| &it.uses), table.get(name));
        if real != shown {
            wrong.push(format!("{name} uses {real:?}; the table has {shown:?}"));
        }
    }

    let drawing = readme.split("```").nth(1).context("a drawing")?;
    let mut lines = BTreeMap::new();
    for (number, line) in drawing.lines().skip(1).enumerate() {
        // A label stands before the names.
        let crates = line.get(12..).unwrap_or_default().split('·').map(str::trim);
        for name in crates.filter(|name| !name.is_empty()) {
            if lines.insert(name.to_owned(), number).is_some() {
                wrong.push(format!("{name} is drawn twice"));
            }
        }
    }
    for name in members.keys().chain(lines.keys()) {
        if members.contains_key(name) != lines.contains_key(name) {
            wrong.push(format!("{name} is drawn or a crate, and not both"));
        }
    }
    let line = |name: &str| lines.get(name).copied().unwrap_or_default();
    for (name, member) in &members {
        for used in member.uses.iter().filter(|used| line(used) <= line(name)) {
            wrong.push(format!("{name} uses {used}, which is not drawn below it"));
        }
        let has_engine = member
            .others
            .iter()
            .any(|other| other.starts_with("wasmtime"));
        let is_packager = ["merge", "snapshot"].contains(&name.as_str());
        if has_engine && line(name) > line("runtime") && !is_packager {
            wrong.push(format!("{name} uses wasmtime and is drawn below runtime"));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
