//! `lmsk new`: creates a folder that builds, with tests, a manifest, and the SDK of this version.
//!
//! - `template`: the embedded files of a template, and their places in the project
//! - `rewrite`: names and paths in them
//! - `readme`: the project's own documents

mod readme;
mod rewrite;
mod template;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use luminarys_package::is_id;
use serde_json::json;

use crate::cli::New;
use crate::generate::RUST_KEYWORDS;
use crate::report::Report;

/// The names of a project.
struct Names {
    /// The name of the folder, the crate and the instance.
    name: String,
    /// The name for people: `My notes` for `my-notes`.
    title: String,
    /// The id in its package.
    id: String,
}

/// A file of the new project.
struct File {
    path: PathBuf,
    bytes: Vec<u8>,
}

pub(crate) fn run(arguments: &New) -> anyhow::Result<Report> {
    let folder = &arguments.name;
    let names = names(folder, arguments.id.as_deref())?;
    ensure!(
        !folder.exists()
            || std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none()),
        "{} exists already; choose another name, or remove it",
        folder.display()
    );
    let template = template::Choice {
        lang: arguments.lang,
        template: arguments.template,
        wit: arguments.wit,
    };
    let mut files = template::files(&template)?;
    for file in &mut files {
        rewrite::file(&template, &names, file)?;
    }
    files.extend(readme::files(&template, &names));
    put(folder, &files)?;
    if arguments.json {
        let paths: Vec<&PathBuf> = files.iter().map(|file| &file.path).collect();
        return Ok(Report::json(
            &json!({ "folder": folder, "id": names.id, "files": paths }),
        ));
    }
    Ok(Report::text(format!(
        "{}  {} in {}, from the template {}\n\n{}",
        folder.display(),
        names.id,
        arguments.lang.title(),
        arguments.template.name(),
        readme::next(folder)
    )))
}

/// The crates and modules of the templates, which a crate cannot be named after.
const TAKEN: [&str; 9] = [
    "luminarys-sdk",
    "sdk",
    "serde",
    "serde-json",
    "similar",
    "skill",
    "test",
    "time",
    "wit-bindgen",
];

fn names(folder: &Path, id: Option<&str>) -> anyhow::Result<Names> {
    let name = folder
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let fits = |name: &str| {
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(known)
            && !name.ends_with('-')
            && !name.contains("--")
    };
    ensure!(
        fits(name) && name.len() <= 50,
        "{name:?} is not a valid name for a skill: use a-z, digits and single hyphens, starting with a letter, as in my-notes"
    );
    ensure!(
        !TAKEN.contains(&name) && !RUST_KEYWORDS.contains(&name),
        "{name:?} is not a valid name for a skill: a language or a library uses it; add a word, as in {name}-skill"
    );
    let id = id.map_or_else(|| format!("ai.example.{name}"), str::to_owned);
    ensure!(
        is_id(&id),
        "{id:?} is not a skill id: three or more segments of a-z, 0-9 and inner hyphens, separated by dots"
    );
    let mut title = name.replace('-', " ");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let name = name.to_owned();
    Ok(Names { name, title, id })
}

/// Writes the project to a temporary folder and renames it.
fn put(folder: &Path, files: &[File]) -> anyhow::Result<()> {
    let failed = |what: &Path| format!("making {}", what.display());
    let parent = folder
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).with_context(|| failed(parent))?;
    let work = tempfile::Builder::new()
        .prefix(".lmsk-new-")
        .tempdir_in(parent);
    let work = work.with_context(|| failed(folder))?;
    let made = work.path().join("skill");
    for file in files {
        let path = made.join(&file.path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).with_context(|| failed(&path))?;
        }
        std::fs::write(&path, &file.bytes).with_context(|| failed(&path))?;
    }
    // An empty folder may exist already.
    if folder.exists() {
        std::fs::remove_dir(folder).with_context(|| failed(folder))?;
    }
    std::fs::rename(&made, folder).with_context(|| failed(folder))
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn names_are_derived_from_the_folder() {
        let made = names(Path::new("/tmp/my-notes"), None).unwrap();
        assert_eq!(
            (made.name.as_str(), made.title.as_str()),
            ("my-notes", "My notes")
        );
        assert_eq!(made.id, "ai.example.my-notes");
        let rows = ["", "Notes", "1st", "a_b", "a-", "a--b", ".."];
        each_row(rows, |wrong| {
            assert!(names(Path::new(wrong), None).is_err(), "{wrong}");
        });
        assert!(names(Path::new("a"), Some("a.b")).is_err());
    }
}
