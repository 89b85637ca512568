//! Removes full files beyond the number that is kept, and those that are too old.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::options::{AuditOptions, Audited, MAX_KEPT};
use crate::record::Verdict;

/// Removes old files of both verdicts, including one that is no longer written.
///
/// # Errors
/// The operating system's, for the first file that cannot be removed.
pub(crate) fn tidy(options: &AuditOptions, now: SystemTime) -> io::Result<()> {
    let mut outcome = Ok(());
    for verdict in [Verdict::Denied, Verdict::Allowed] {
        let file = options.file(verdict);
        let is_open = verdict == Verdict::Denied || options.audited == Audited::All;
        let mut old: Vec<PathBuf> = full(&file)?
            .into_iter()
            .filter(|(number, path)| *number > options.keep || is_old(path, options, now))
            .map(|(_, path)| path)
            .collect();
        if !is_open && is_old(&file, options, now) {
            old.push(file);
        }
        for path in old {
            match std::fs::remove_file(path) {
                // Another host may have removed it.
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    outcome = outcome.and(Err(error));
                }
                _ => {}
            }
        }
    }
    outcome
}

/// Lists the full files of `file` with their numbers. Files with larger numbers, such as a date, and anything but regular
/// files are not the log's.
fn full(file: &Path) -> io::Result<Vec<(u32, PathBuf)>> {
    let Some(name) = file.file_name() else {
        return Ok(Vec::new());
    };
    let directory = match file.parent() {
        Some(directory) if directory != Path::new("") => directory,
        _ => Path::new("."),
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        if !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        let other = entry.file_name();
        let number = other
            .as_encoded_bytes()
            .strip_prefix(name.as_encoded_bytes())
            .and_then(|rest| str::from_utf8(rest.strip_prefix(b".")?).ok())
            .filter(|digits| !digits.starts_with(['0', '+']))
            .and_then(|digits| digits.parse().ok());
        found.extend(
            number
                .filter(|it| *it <= MAX_KEPT)
                .map(|it| (it, entry.path())),
        );
    }
    Ok(found)
}

/// Whether the last line of the file at `path` is older than lines are kept.
fn is_old(path: &Path, options: &AuditOptions, now: SystemTime) -> bool {
    let changed = std::fs::symlink_metadata(path).and_then(|there| there.modified());
    let age = changed.ok().and_then(|it| now.duration_since(it).ok());
    options
        .keep_for
        .is_some_and(|limit| age.is_some_and(|age| age > limit))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::time::Duration;

    use super::*;

    #[test]
    fn old_and_surplus_files_are_removed_and_no_others() {
        let day = Duration::from_secs(24 * 60 * 60);
        let now = SystemTime::now();
        let files = [
            ("a.jsonl", 11, [true, true]),
            ("a.jsonl.1", 9, [true, true]),
            ("a.jsonl.2", 11, [false, true]),
            ("a.jsonl.3", 9, [false, false]),
            ("a.jsonl.999", 9, [false, false]),
            ("a.jsonl.1001", 11, [true, true]),
            ("a.jsonl.20251128", 11, [true, true]),
            ("a.jsonl.01", 11, [true, true]),
            ("a.jsonl.1.gz", 11, [true, true]),
            ("a-allowed.jsonl", 11, [false, true]),
            ("a-allowed.jsonl.1", 11, [false, true]),
            ("a-allowed.jsonl.2", 9, [true, true]),
            ("b.jsonl.1", 11, [true, true]),
        ];
        for (column, keep_for) in [Some(10 * day), None].into_iter().enumerate() {
            let dir = tempfile::tempdir().unwrap();
            for (name, days, _) in files {
                let file = File::create(dir.path().join(name)).unwrap();
                file.set_modified(now - days * day).unwrap();
            }
            std::os::unix::fs::symlink("b.jsonl.1", dir.path().join("a.jsonl.4")).unwrap();
            fs::create_dir(dir.path().join("a.jsonl.5")).unwrap();
            let options = AuditOptions {
                audited: Audited::Denied,
                keep: 2,
                keep_for,
                ..AuditOptions::new(dir.path().join("a.jsonl"))
            };
            tidy(&options, now).unwrap();
            for foreign in ["a.jsonl.4", "a.jsonl.5"] {
                assert!(fs::symlink_metadata(dir.path().join(foreign)).is_ok());
            }
            for (name, _, kept) in files {
                let there = fs::exists(dir.path().join(name)).unwrap();
                assert_eq!(there, kept[column], "{name} {keep_for:?}");
            }
        }
        // A file that is still written stays, however old its last line is.
        let dir = tempfile::tempdir().unwrap();
        let options = AuditOptions {
            keep_for: Some(day),
            ..AuditOptions::new(dir.path().join("a"))
        };
        File::create(options.file(Verdict::Allowed)).unwrap();
        tidy(&options, now + 2 * day).unwrap();
        assert!(options.file(Verdict::Allowed).exists());
    }
}
