//! Finds files: the configuration in its usual places, and manifests matching a pattern.

use std::path::{Path, PathBuf};

use globset::GlobBuilder;
use ignore::WalkBuilder;
use luminarys_orchestrator::user;

/// Returns the places where a configuration is looked for if none is named, in this order.
pub(crate) fn usual_configs() -> Vec<PathBuf> {
    let mut places = vec![PathBuf::from("luminarys.yaml"), PathBuf::from("host.yaml")];
    places.extend(user::config_dir().map(|dir| dir.join("config.yaml")));
    places
}

/// The manifests that an entry of `skills` names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// The manifests, sorted.
    pub files: Vec<PathBuf>,
    /// The directory of a pattern, and what names below it must match.
    pub searched: Option<(PathBuf, String)>,
}

/// Returns the files that `entry` names, relative to `base`. A path without `* ? [ {` names itself, whether it exists
/// or not; with them, it names
/// the files that match, hidden ones only if their dot is written out.
///
/// # Errors
/// Fails for a malformed pattern, or a directory that cannot be read.
pub(crate) fn manifests(base: &Path, entry: &str) -> Result<Found, String> {
    let whole = base.join(entry);
    let is_wild = |part: &str| part.contains(['*', '?', '[', '{']);
    if !is_wild(entry) || whole.exists() {
        return Ok(Found {
            files: vec![whole],
            searched: None,
        });
    }
    let parts: Vec<&str> = entry.split('/').collect();
    let literal = parts
        .iter()
        .position(|part| is_wild(part))
        .unwrap_or_default();
    let (before, pattern) = (parts[..literal].join("/"), parts[literal..].join("/"));
    // An absolute entry has an empty first part.
    let root = match before.as_str() {
        "" if literal > 0 => PathBuf::from("/"),
        before => base.join(before),
    };
    let root = if root.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        root
    };
    let matcher = GlobBuilder::new(&pattern)
        .literal_separator(true)
        .build()
        .map_err(|error| format!("{entry}: {}", error.kind()))?
        .compile_matcher();
    let mut walk = WalkBuilder::new(&root);
    walk.standard_filters(false)
        .hidden(!parts[literal..].iter().any(|part| part.starts_with('.')))
        .follow_links(true)
        .max_depth((!pattern.contains("**")).then_some(parts.len() - literal));
    let mut files = Vec::new();
    for item in walk.build() {
        match item {
            Ok(item) => {
                let name = item.path().strip_prefix(&root).unwrap_or(item.path());
                if matcher.is_match(name) && item.path().is_file() {
                    files.push(item.into_path());
                }
            }
            // A missing directory has no manifests; an unreadable one below it does not hide the rest.
            Err(error) if error.depth() == Some(0) && !is_missing(&error) => {
                return Err(format!("{entry}: {error}"));
            }
            Err(_) => {}
        }
    }
    files.sort();
    Ok(Found {
        files,
        searched: Some((root, pattern)),
    })
}

fn is_missing(error: &ignore::Error) -> bool {
    error
        .io_error()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn patterns_find_manifests() {
        let dir = tempfile::tempdir().unwrap();
        let rows = [
            "a.yaml",
            "b.yaml",
            "c.yml",
            ".h.yaml",
            "s/d.yaml",
            "s/t/e.yaml",
            "[x].yaml",
        ];
        each_row(rows, |name| {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        });
        let names = |entry: &str| -> Vec<String> {
            let found = manifests(dir.path(), entry).unwrap();
            let strip = |path: &PathBuf| {
                path.strip_prefix(dir.path())
                    .unwrap_or(path)
                    .display()
                    .to_string()
            };
            found.files.iter().map(strip).collect()
        };
        let rows = [
            ("a.yaml", &["a.yaml"][..]),
            ("none.yaml", &["none.yaml"]),
            ("[x].yaml", &["[x].yaml"]),
            ("[ab].yaml", &["a.yaml", "b.yaml"]),
            ("*.{yml,x}", &["c.yml"]),
            ("?.yaml", &["a.yaml", "b.yaml"]),
            (".*.yaml", &[".h.yaml"]),
            ("s/*.yaml", &["s/d.yaml"]),
            ("*/*.yaml", &["s/d.yaml"]),
            ("s/**/*.yaml", &["s/d.yaml", "s/t/e.yaml"]),
            ("none/*.yaml", &[]),
        ];
        each_row(rows, |(entry, expected)| {
            assert_eq!(names(entry), expected, "{entry}");
        });
        let absolute = format!("{}/s/*.yaml", dir.path().display());
        let found = manifests(Path::new("/elsewhere"), &absolute).unwrap();
        assert_eq!(found.files, [dir.path().join("s/d.yaml")]);
        let searched = (dir.path().join("s"), "*.yaml".to_owned());
        assert_eq!(found.searched, Some(searched));
        assert!(manifests(dir.path(), "{a").is_err());
    }
}
