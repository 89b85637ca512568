//! The source of a package in a manifest's `path`: a file or a registry.

use std::fmt;
use std::path::{Path, PathBuf};

use luminarys_registry::{Reference, SCHEME};

use crate::files::Seen;

/// The source that a `path` names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Source {
    /// A file.
    File(PathBuf),
    /// A package in a registry, as written.
    Registry(String),
}

impl Source {
    /// Returns the source of the `path` in `manifest_file`; a file is relative to the manifest's own directory.
    pub fn new(manifest_file: &Path, path: &str) -> Self {
        if path.starts_with(SCHEME) {
            return Self::Registry(path.to_owned());
        }
        let directory = manifest_file.parent().unwrap_or(Path::new(""));
        Self::File(directory.join(path))
    }

    /// Whether both name the same package: the same file, or the same digest from any registry.
    pub fn is_same_package(&self, other: &Self) -> bool {
        let digest = |source: &Self| match source {
            Self::File(_) => None,
            Self::Registry(text) => text.parse::<Reference>().ok()?.digest(),
        };
        self == other || digest(self).is_some_and(|own| digest(other) == Some(own))
    }

    /// Returns the file to watch: a pinned package does not change.
    pub fn seen(&self) -> Option<Seen> {
        match self {
            Self::File(path) => Some(Seen::now(path)),
            Self::Registry(_) => None,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(formatter, "{}", path.display()),
            Self::Registry(reference) => formatter.write_str(reference),
        }
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn a_path_is_a_file_or_a_reference() {
        let of = |path: &str| Source::new(Path::new("/etc/luminarys/a.yaml"), path);
        let file = |path: &str| Source::File(PathBuf::from(path));
        assert_eq!(of("a.skill"), file("/etc/luminarys/a.skill"));
        assert_eq!(of("/a.skill"), file("/a.skill"));
        assert_eq!(of("oci:/a"), file("/etc/luminarys/oci:/a"));
        assert_eq!(of("oci://h.io/a").to_string(), "oci://h.io/a");
        assert!(of("oci://h.io/a").seen().is_none());
        let pinned =
            |place: &str, digit: &str| of(&format!("oci://{place}@sha256:{}", digit.repeat(64)));
        let rows = [
            (of("a.skill"), of("a.skill"), true),
            (of("a.skill"), of("b.skill"), false),
            (pinned("h.io/a", "0"), pinned("mirror.io/b", "0"), true),
            (pinned("h.io/a", "0"), pinned("h.io/a", "1"), false),
            (pinned("h.io/a", "0"), of("a.skill"), false),
            (of("oci://h.io/a"), of("oci://h.io/b"), false),
        ];
        each_row(rows, |(one, other, same)| {
            assert_eq!(one.is_same_package(&other), same, "{one} {other}");
        });
    }
}
