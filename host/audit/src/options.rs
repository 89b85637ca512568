//! What is written, where, and for how long it is kept.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::record::Verdict;

/// The most full files that are kept of each kind.
pub const MAX_KEPT: u32 = 1_000;

/// Which decisions are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audited {
    /// All.
    #[default]
    All,
    /// Those that denied something.
    Denied,
}

/// The files of the audit log. Denials and what was allowed have files of their own, so that neither displaces the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditOptions {
    /// The file of denials; what was allowed is in the file beside it whose name ends with `-allowed`.
    pub path: PathBuf,
    /// What is written.
    pub audited: Audited,
    /// Whether nothing is allowed that cannot be written down.
    pub required: bool,
    /// The size that no file exceeds, in bytes; a line that would is the first of a new file.
    pub max_bytes: u64,
    /// How many full files are kept of each kind; at most [`MAX_KEPT`].
    pub keep: u32,
    /// Full files whose last line is so old are removed, and a file that was begun `keep_for / keep` ago counts as full.
    pub keep_for: Option<Duration>,
}

impl AuditOptions {
    /// All decisions in the file at `path`, 64 MiB and four full files each.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            audited: Audited::All,
            required: false,
            max_bytes: 64 << 20,
            keep: 4,
            keep_for: None,
        }
    }

    /// The file that decisions of this kind are written to.
    pub fn file(&self, verdict: Verdict) -> PathBuf {
        match verdict {
            Verdict::Denied => self.path.clone(),
            Verdict::Allowed => {
                let mut name = self.path.file_stem().unwrap_or_default().to_owned();
                name.push("-allowed");
                if let Some(extension) = self.path.extension() {
                    name.push(".");
                    name.push(extension);
                }
                self.path.with_file_name(name)
            }
        }
    }

    /// All files that decisions of this kind may be in, the oldest first.
    pub fn files(&self, verdict: Verdict) -> Vec<PathBuf> {
        let file = self.file(verdict);
        let aside = (1..=self.keep).rev().map(|number| aside(&file, number));
        aside.chain([file.clone()]).collect()
    }
}

/// The name of the full file `number`, the newest of which is 1.
pub(crate) fn aside(file: &Path, number: u32) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".{number}"));
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_both_kinds() {
        for (path, allowed) in [
            ("d/audit.jsonl", "d/audit-allowed.jsonl"),
            ("a", "a-allowed"),
            ("d.x/a", "d.x/a-allowed"),
        ] {
            let options = AuditOptions::new(path);
            assert_eq!(options.file(Verdict::Allowed), Path::new(allowed));
            assert_eq!(options.file(Verdict::Denied), Path::new(path));
        }
        let mut options = AuditOptions::new("a");
        options.keep = 2;
        assert_eq!(
            options.files(Verdict::Denied),
            ["a.2", "a.1", "a"].map(PathBuf::from)
        );
    }
}
