//! Follows a path of the system and records the links on the way, so that the same names lead to the same places inside.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The most links followed in one path.
const MAX_LINKS: usize = 40;

/// Where a path leads.
pub(super) struct Traced {
    /// The path without links.
    pub path: PathBuf,
    /// Each link on the way: its path and its target.
    pub links: Vec<(PathBuf, PathBuf)>,
}

/// Follows `path`, which is absolute. None when it leads to nothing.
pub(super) fn trace(path: &Path) -> Option<Traced> {
    let mut links = Vec::new();
    let mut todo: VecDeque<OsString> = parts(path);
    let mut reached = PathBuf::from("/");
    while let Some(part) = todo.pop_front() {
        if part == ".." {
            reached.pop();
            continue;
        }
        let next = reached.join(&part);
        let Ok(target) = fs::read_link(&next) else {
            reached = next;
            continue;
        };
        if links.len() == MAX_LINKS {
            return None;
        }
        if target.is_absolute() {
            reached = PathBuf::from("/");
        }
        for part in parts(&target).into_iter().rev() {
            todo.push_front(part);
        }
        links.push((next, target));
    }
    reached.symlink_metadata().is_ok().then_some(Traced {
        path: reached,
        links,
    })
}

fn parts(path: &Path) -> VecDeque<OsString> {
    let wanted = |part: &Component<'_>| matches!(part, Component::Normal(_) | Component::ParentDir);
    let parts = path.components().filter(wanted);
    parts.map(|part| part.as_os_str().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn links_are_kept_and_followed() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        fs::create_dir_all(at("real/deep")).unwrap();
        symlink("real", at("relative")).unwrap();
        symlink(at("relative/deep"), at("absolute")).unwrap();
        symlink("../real/deep/../deep", at("real/up")).unwrap();
        symlink("turning", at("turning")).unwrap();
        symlink("nothing", at("dangling")).unwrap();
        let rows = [
            ("real/deep", Some("real/deep"), 0),
            ("relative/deep", Some("real/deep"), 1),
            ("absolute", Some("real/deep"), 2),
            ("real/up", Some("real/deep"), 1),
            ("turning", None, 0),
            ("dangling", None, 0),
            ("missing/x", None, 0),
        ];
        each_row(rows, |(name, leads, links)| {
            let traced = trace(&at(name));
            let real = root.path().canonicalize().unwrap();
            assert_eq!(
                traced.as_ref().map(|traced| traced.path.clone()),
                leads.map(|leads| real.join(leads)),
                "{name}"
            );
            assert_eq!(
                traced.map_or(0, |traced| traced.links.len()),
                links,
                "{name}"
            );
        });
    }
}
