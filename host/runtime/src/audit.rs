//! The audit log: every decision over a capability as a line of JSON, and how many there were.
//!
//! Lines are appended whole, so that several hosts may write one file. A file over 64 MiB is renamed to `….1` (and that
//! to `….2`, up to `….4`) before the next line.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use luminarys_grants::Denial;
use serde::{Deserialize, Serialize};

/// A file that is larger is put aside.
const MAX_FILE: u64 = 64 << 20;
/// Files put aside that are kept.
const KEPT: u32 = 4;
/// The longest target kept, in bytes.
const MAX_TARGET: usize = 4 << 10;

/// Whether it was allowed.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// By the manifest's line `rule`.
    Allowed,
    /// `rule` would allow it.
    Denied,
}

/// One decision, as the log has it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct AuditRecord {
    /// RFC 3339, UTC, with milliseconds.
    pub time: String,
    /// The instance id.
    pub skill: String,
    /// The method that was being called.
    pub method: String,
    /// The client's session; empty from the command line.
    pub session: String,
    /// The call.
    pub request: String,
    /// All calls that one outer request caused.
    pub trace: String,
    /// `filesystem`, `http`, …
    pub capability: String,
    /// What was asked: a path as it was resolved, a URL, a command, another skill's method.
    pub target: String,
    /// What came of it.
    pub verdict: Verdict,
    /// The manifest's line.
    pub rule: String,
}

/// Which decisions are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audited {
    /// All.
    #[default]
    All,
    /// Those that denied something.
    Denied,
}

/// Where decisions go. Cheap to clone; the default counts and writes nothing.
#[derive(Clone, Debug, Default)]
pub struct AuditLog(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    file: Option<Mutex<Target>>,
    audited: Audited,
    counts: Mutex<BTreeMap<(String, String, Verdict), u64>>,
}

#[derive(Debug)]
struct Target {
    path: PathBuf,
    file: File,
    failed: bool,
}

impl AuditLog {
    /// Appends to the file at `path`, made with mode 0600 when absent.
    ///
    /// # Errors
    /// The operating system's.
    pub fn open(path: &Path, audited: Audited) -> io::Result<Self> {
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        let target = Target {
            path: path.to_owned(),
            file: append(path)?,
            failed: false,
        };
        Ok(Self(Arc::new(Inner {
            file: Some(Mutex::new(target)),
            audited,
            counts: Mutex::default(),
        })))
    }

    /// How many decisions there were: skill, capability, verdict, count.
    pub fn counts(&self) -> Vec<(String, String, Verdict, u64)> {
        let counts = self.0.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let each = counts.iter().map(|((skill, capability, verdict), count)| {
            (skill.clone(), capability.clone(), *verdict, *count)
        });
        each.collect()
    }

    fn count(&self, skill: &str, capability: &str, verdict: Verdict) {
        let key = (skill.to_owned(), capability.to_owned(), verdict);
        let mut counts = self.0.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(key).or_default() += 1;
    }

    fn write(&self, record: &AuditRecord) {
        let wanted = self.0.audited == Audited::All || record.verdict == Verdict::Denied;
        let Some(file) = self.0.file.as_ref().filter(|_| wanted) else {
            return;
        };
        let mut target = file.lock().unwrap_or_else(PoisonError::into_inner);
        let written = target.append(record);
        if let Err(error) = &written
            && !target.failed
        {
            let path = target.path.display();
            tracing::error!("decisions are not written to {path}: {error}");
        }
        target.failed = written.is_err();
    }
}

impl Target {
    fn append(&mut self, record: &AuditRecord) -> io::Result<()> {
        if self.file.metadata()?.len() > MAX_FILE {
            self.put_aside()?;
        }
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }

    /// Renames the file, unless another host has done so already, and begins anew.
    fn put_aside(&mut self) -> io::Result<()> {
        let aside = |number: u32| {
            let mut name = self.path.clone().into_os_string();
            name.push(format!(".{number}"));
            PathBuf::from(name)
        };
        if std::fs::metadata(&self.path).is_ok_and(|there| there.len() > MAX_FILE) {
            for number in (1..KEPT).rev() {
                // The first times there are fewer.
                drop(std::fs::rename(aside(number), aside(number + 1)));
            }
            std::fs::rename(&self.path, aside(1))?;
        }
        self.file = append(&self.path)?;
        Ok(())
    }
}

fn append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The log as one call writes it.
#[derive(Clone, Debug)]
pub(crate) struct CallAudit {
    pub log: AuditLog,
    pub skill: String,
    pub method: String,
    pub session: String,
    pub request: Arc<str>,
    pub trace: Arc<str>,
    pub secrets: Secrets,
}

impl CallAudit {
    /// Notes that the manifest's line `rule` allowed `target`.
    pub fn allowed(&self, capability: &str, target: &str, rule: &str) {
        self.record(capability, target, Verdict::Allowed, rule);
    }

    /// Notes a denial.
    pub fn denied(&self, denial: &Denial) {
        self.record(
            &denial.capability,
            &denial.target,
            Verdict::Denied,
            &denial.rule,
        );
    }

    fn record(&self, capability: &str, target: &str, verdict: Verdict, rule: &str) {
        self.log.count(&self.skill, capability, verdict);
        let target = self.secrets.redact(target);
        let end = target.floor_char_boundary(MAX_TARGET);
        self.log.write(&AuditRecord {
            time: format!("{:.3}", jiff::Timestamp::now()),
            skill: self.skill.clone(),
            method: self.method.clone(),
            session: self.session.clone(),
            request: self.request.to_string(),
            trace: self.trace.to_string(),
            capability: capability.to_owned(),
            target: target[..end].to_owned(),
            verdict,
            rule: self.secrets.redact(rule),
        });
    }
}

/// Values that nobody may read in logs, errors and the audit log. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Arc<[String]>);

/// Shorter ones would be found in everything.
const SHORTEST: usize = 4;

impl Secrets {
    pub fn new(values: impl IntoIterator<Item = String>) -> Self {
        let long = values.into_iter().filter(|value| value.len() >= SHORTEST);
        let mut values: Vec<String> = long.collect();
        // The longest first: one may be a part of another.
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        Self(values.into())
    }

    /// `text` with every secret replaced.
    pub fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &*self.0 {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), "[secret]");
            }
        }
        text
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} secrets", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audit(log: &AuditLog) -> CallAudit {
        CallAudit {
            log: log.clone(),
            skill: "s".to_owned(),
            method: "m".to_owned(),
            session: String::new(),
            request: "1".into(),
            trace: "1".into(),
            secrets: Secrets::new(["hunter2".to_owned(), "hunter22".to_owned(), "x".to_owned()]),
        }
    }

    fn denial() -> Denial {
        Denial::new(
            "http",
            "https://a/?k=hunter22",
            "no entry",
            "permissions.http",
        )
    }

    #[test]
    fn decisions_are_written_and_counted() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log/audit.jsonl");
        let log = AuditLog::open(&path, Audited::All).unwrap();
        audit(&log).allowed("filesystem", "/a", "m.yaml:3");
        audit(&log).denied(&denial());
        let text = std::fs::read_to_string(&path).unwrap();
        let records: Vec<AuditRecord> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(records.len(), 2);
        assert_eq!(
            (records[0].verdict, records[0].target.as_str()),
            (Verdict::Allowed, "/a")
        );
        assert_eq!(records[1].target, "https://a/?k=[secret]");
        assert!(!text.contains("hunter"));
        let counts = log.counts();
        assert_eq!(
            counts[0],
            ("s".into(), "filesystem".into(), Verdict::Allowed, 1)
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn only_denials_on_request() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let log = AuditLog::open(&path, Audited::Denied).unwrap();
        audit(&log).allowed("filesystem", "/a", "m.yaml:3");
        audit(&log).denied(&denial());
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 1);
    }

    #[test]
    fn a_large_file_is_put_aside_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let (first, second) = (
            AuditLog::open(&path, Audited::All).unwrap(),
            AuditLog::open(&path, Audited::All).unwrap(),
        );
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(MAX_FILE + 1)
            .unwrap();
        audit(&first).denied(&denial());
        audit(&second).denied(&denial());
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert_eq!(lines, 2);
        assert!(dir.path().join("a.1").exists() && !dir.path().join("a.2").exists());
    }
}
