//! What is written, where, and how long it is kept.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::record::Verdict;

/// The most full files kept for each verdict.
pub const MAX_KEPT: u32 = 1_000;

/// Which decisions are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audited {
    /// All.
    #[default]
    All,
    /// Denials only.
    Denied,
}

/// The files of the audit log. Denials and allowed decisions have separate files, so that neither displaces the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditOptions {
    /// The file of denials. Allowed decisions are in a file beside it whose stem ends with `-allowed`.
    pub path: PathBuf,
    /// Which decisions are written.
    pub audited: Audited,
    /// Whether a decision that cannot be written is a denial.
    pub required: bool,
    /// The largest size of a file, in bytes; a line that would exceed it begins a new file.
    pub max_bytes: u64,
    /// How many full files are kept for each verdict; at most [`MAX_KEPT`].
    pub keep: u32,
    /// Removes full files whose last line is older than this; a file begun more than `keep_for / keep` ago counts as full.
    pub keep_for: Option<Duration>,
}

impl AuditOptions {
    /// Writes all decisions, to `path` and the file beside it, with 64 MiB a file and four full files for each verdict.
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

    /// Returns the file that decisions with this verdict are written to.
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

    /// Returns all files that may hold decisions with this verdict, the oldest first.
    pub fn files(&self, verdict: Verdict) -> Vec<PathBuf> {
        let file = self.file(verdict);
        let full = (1..=self.keep).rev().map(|number| full_file(&file, number));
        full.chain([file.clone()]).collect()
    }
}

/// Returns the name of full file `number`; the newest is 1.
pub(crate) fn full_file(file: &Path, number: u32) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".{number}"));
    name.into()
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn each_verdict_has_its_files() {
        let rows = [
            ("d/audit.jsonl", "d/audit-allowed.jsonl"),
            ("a", "a-allowed"),
            ("d.x/a", "d.x/a-allowed"),
        ];
        each_row(rows, |(path, allowed)| {
            let options = AuditOptions::new(path);
            assert_eq!(options.file(Verdict::Allowed), Path::new(allowed));
            assert_eq!(options.file(Verdict::Denied), Path::new(path));
        });
        let mut options = AuditOptions::new("a");
        options.keep = 2;
        assert_eq!(
            options.files(Verdict::Denied),
            ["a.2", "a.1", "a"].map(PathBuf::from)
        );
    }
}
