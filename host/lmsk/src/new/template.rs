//! The embedded files of a template, and their places in the project.

use std::path::Path;

use anyhow::ensure;

use super::File;
use crate::cli::{NewLang, Template};
use crate::embedded::{TEMPLATES, WIT};

/// The request.
pub(super) struct Choice {
    pub lang: NewLang,
    pub template: Template,
    /// Rust: whether the WIT world is written by hand.
    pub wit: bool,
}

impl Choice {
    /// Returns the folder of the template's language.
    fn folder(&self) -> &'static str {
        match self.lang {
            NewLang::Rust if self.wit => "rust",
            NewLang::Rust => "rust-annotated",
            NewLang::Go => "go",
            NewLang::As => "assemblyscript",
            NewLang::Python => "python",
            NewLang::Js => "javascript",
        }
    }

    /// Returns the folder of the language's SDK; `None` if the component's imports are enough.
    fn sdk(&self) -> Option<&'static str> {
        match self.lang {
            NewLang::Rust if self.wit => None,
            NewLang::Rust => Some("rust/sdk/"),
            NewLang::Go => Some("go/sdk/"),
            NewLang::As => Some("assemblyscript/sdk/"),
            NewLang::Python | NewLang::Js => None,
        }
    }

    /// Returns the place of the host's WIT in the project; `None` if nothing reads it.
    fn wit_folder(&self) -> Option<&'static str> {
        match self.lang {
            NewLang::Rust if self.wit => Some("wit/deps"),
            NewLang::Rust => Some("sdk/wit"),
            NewLang::Python | NewLang::Js => Some("wit/deps"),
            NewLang::Go | NewLang::As => None,
        }
    }

    /// Returns a hint at the template with a WIT world, if only that is there.
    fn by_hand(&self) -> &'static str {
        let is_there = || {
            let prefix = format!("rust/{}/", self.template.name());
            TEMPLATES.iter().any(|(name, _)| name.starts_with(&prefix))
        };
        match self.lang {
            NewLang::Rust if !self.wit && is_there() => "; `--wit` has it",
            _ => "",
        }
    }

    /// Whether its methods are declared by annotations rather than in WIT.
    pub fn is_annotated(&self) -> bool {
        !self.wit && matches!(self.lang, NewLang::Rust | NewLang::Go | NewLang::As)
    }
}

/// Returns the files as they are in the template.
pub(super) fn files(choice: &Choice) -> anyhow::Result<Vec<File>> {
    ensure!(
        !choice.wit || choice.lang == NewLang::Rust,
        "--wit is for Rust; Python and JavaScript always use a WIT world"
    );
    let prefix = format!("{}/{}/", choice.folder(), choice.template.name());
    let mut files = take(&prefix, "");
    ensure!(
        !files.is_empty(),
        "there is no template {} in {}; known: {}{}",
        choice.template.name(),
        choice.lang.title(),
        known(choice.folder()),
        choice.by_hand()
    );
    // The project has its own README.
    files.retain(|file| {
        !["README.md", ".gitignore"]
            .map(Path::new)
            .contains(&file.path.as_path())
    });
    if let Some(sdk) = choice.sdk() {
        files.extend(take(sdk, "sdk/"));
    }
    if let Some(folder) = choice.wit_folder() {
        for (name, bytes) in WIT {
            // For wit-bindgen the capabilities' package is either the folder itself or one of its dependencies.
            let path = match (name.strip_prefix("deps/"), folder) {
                (None, "wit/deps") => format!("{folder}/luminarys-skill/{name}"),
                (Some(name), "wit/deps") => format!("{folder}/{name}"),
                _ => format!("{folder}/{name}"),
            };
            files.push(File {
                path: path.into(),
                bytes: bytes.to_vec(),
            });
        }
    }
    Ok(files)
}

fn take(prefix: &str, to: &str) -> Vec<File> {
    let found = TEMPLATES.iter().filter_map(|(name, bytes)| {
        let path = format!("{to}{}", name.strip_prefix(prefix)?).into();
        let bytes = bytes.to_vec();
        Some(File { path, bytes })
    });
    found.collect()
}

/// Returns the templates in a language's folder.
fn known(folder: &str) -> String {
    let inside = TEMPLATES.iter().filter_map(|(name, _)| {
        let (first, rest) = name
            .strip_prefix(folder)?
            .strip_prefix('/')?
            .split_once('/')?;
        (!rest.is_empty() && first != "sdk").then_some(first)
    });
    let mut names: Vec<&str> = inside.collect();
    names.dedup();
    names.join(", ")
}
