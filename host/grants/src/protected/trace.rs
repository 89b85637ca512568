//! Resolves a path link by link: anyone who can replace a directory or a link on it controls its target.

use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::file_id::FileId;

/// Maximum number of links followed in one path.
const MAX_LINKS: u32 = 40;

/// One name of the resolved path.
pub(super) struct Step {
    /// The directory that holds the name.
    pub directory: FileId,
    /// The directory's real path.
    pub path: PathBuf,
    pub name: OsString,
    pub is_link: bool,
}

/// The resolved path.
pub(super) struct Way {
    /// The names from the root on; the last is the place's own, unless it is the root.
    pub steps: Vec<Step>,
    /// The real path of the existing part, followed by the missing names.
    pub path: PathBuf,
    /// The file at the path, if it exists.
    pub object: Option<FileId>,
    pub is_directory: bool,
    /// Whether an ancestor directory is missing; it is then the last step.
    pub is_cut: bool,
}

/// Resolves `path` to its end, or to the first missing name.
pub(super) fn trace(path: &Path) -> Way {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut way = Way {
        steps: Vec::new(),
        path: PathBuf::from("/"),
        object: None,
        is_directory: true,
        is_cut: false,
    };
    let mut todo: Vec<OsString> = Vec::new();
    push(&mut todo, &absolute);
    let mut links = 0;
    while let Some(name) = todo.pop() {
        if name == ".." {
            way.path.pop();
            continue;
        }
        let Some(directory) = fs::metadata(&way.path).ok().map(|it| FileId::of(&it)) else {
            return missing(way, name, todo);
        };
        let entry = way.path.join(&name);
        let found = fs::symlink_metadata(&entry);
        way.steps.push(Step {
            directory,
            path: way.path.clone(),
            name: name.clone(),
            is_link: found.as_ref().is_ok_and(fs::Metadata::is_symlink),
        });
        match found {
            Ok(metadata) if metadata.is_symlink() && links < MAX_LINKS => {
                links += 1;
                let Ok(target) = fs::read_link(&entry) else {
                    return missing(way, name, todo);
                };
                if target.is_absolute() {
                    way.path = PathBuf::from("/");
                }
                push(&mut todo, &target);
            }
            Ok(_) => way.path = entry,
            Err(_) => return missing(way, name, todo),
        }
    }
    if let Ok(metadata) = fs::symlink_metadata(&way.path) {
        way.object = Some(FileId::of(&metadata));
        way.is_directory = metadata.is_dir();
    }
    way
}

fn missing(mut way: Way, name: OsString, todo: Vec<OsString>) -> Way {
    way.path.push(name);
    way.is_cut = !todo.is_empty();
    way.path.extend(todo.into_iter().rev());
    way.is_directory = false;
    way
}

/// Puts the components of `path` before the remaining ones.
fn push(todo: &mut Vec<OsString>, path: &Path) {
    let names = path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some(OsString::from("..")),
        _ => None,
    });
    let names: Vec<OsString> = names.collect();
    todo.extend(names.into_iter().rev());
}
