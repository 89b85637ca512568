//! The audit log of a host: both files, repeats, and how many decisions there were.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant, SystemTime};

use crate::error::AuditError;
use crate::file::AuditFile;
use crate::options::{AuditOptions, Audited};
use crate::record::{AuditRecord, Verdict};
use crate::repeats::Repeats;
use crate::tidy::tidy;

/// How often counts of ended windows are written.
const SWEEP: Duration = Duration::from_secs(1);

/// How often old files are removed.
const TIDY: Duration = Duration::from_secs(60);

/// Writes and counts decisions. Cheap to clone; the default counts and writes nothing.
#[derive(Clone, Debug, Default)]
pub struct AuditLog(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    files: Option<Files>,
    denials: Mutex<Repeats>,
    allowances: Mutex<Repeats>,
    counts: Mutex<BTreeMap<(String, String, Verdict), u64>>,
}

#[derive(Debug)]
struct Files {
    options: AuditOptions,
    denied: Mutex<Target>,
    allowed: Option<Mutex<Target>>,
    /// The thread that writes counts ends when this is dropped.
    _sweeping: mpsc::Sender<()>,
}

#[derive(Debug)]
struct Target {
    file: AuditFile,
    /// Whether writing the last line failed.
    failed: bool,
}

impl Default for Inner {
    fn default() -> Self {
        Self::new(None)
    }
}

impl AuditLog {
    /// Opens the files that `options` name, creating them and their directory when absent.
    ///
    /// # Errors
    /// [`AuditError`]
    pub fn open(options: AuditOptions) -> Result<Self, AuditError> {
        if let Some(directory) = options.path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        let target = |verdict| {
            let file = AuditFile::open(&options, verdict)?;
            Ok::<_, AuditError>(Mutex::new(Target {
                file,
                failed: false,
            }))
        };
        let denied = target(Verdict::Denied)?;
        let allowed = match options.audited {
            Audited::All => Some(target(Verdict::Allowed)?),
            Audited::Denied => None,
        };
        let (sweeping, stopped) = mpsc::channel();
        let log = Self(Arc::new(Inner::new(Some(Files {
            options,
            denied,
            allowed,
            _sweeping: sweeping,
        }))));
        let weak = Arc::downgrade(&log.0);
        std::thread::Builder::new()
            .name("audit".to_owned())
            .spawn(move || sweep(&weak, &stopped))?;
        Ok(log)
    }

    /// Returns how many decisions there were: skill, capability, verdict, count.
    pub fn counts(&self) -> Vec<(String, String, Verdict, u64)> {
        let counts = lock(&self.0.counts);
        let each = counts.iter().map(|((skill, capability, verdict), count)| {
            (skill.clone(), capability.clone(), *verdict, *count)
        });
        each.collect()
    }

    /// Writes the counts that are not written yet.
    pub fn flush(&self) {
        self.0.flush();
    }

    /// Returns whether allowed decisions are written.
    pub(crate) fn writes_allowed(&self) -> bool {
        let files = self.0.files.as_ref();
        files.is_some_and(|files| files.allowed.is_some())
    }

    /// Counts an allowed decision that is not written.
    pub(crate) fn count_allowed(&self, skill: Cow<'_, str>, capability: Cow<'_, str>) {
        self.0.count(
            (skill.into_owned(), capability.into_owned()),
            Verdict::Allowed,
        );
    }

    /// Counts an allowed decision and writes it, or only its count when its skill floods the log.
    ///
    /// # Errors
    /// [`AuditError`] when it cannot be written and `required` is set.
    pub(crate) fn allowed(&self, record: &AuditRecord) -> Result<(), AuditError> {
        let files = self.0.files.as_ref();
        let target = files.and_then(|files| Some((files, files.allowed.as_ref()?)));
        if let Some((files, target)) = target
            && lock(&self.0.allowances).note(record, Instant::now())
        {
            let written = append(target, record, files);
            if files.options.required {
                written?;
            }
        }
        self.0.count_record(record);
        Ok(())
    }

    /// Counts a denial and writes it unless it repeats one. Returns whether it does not; without files none is a repeat.
    pub(crate) fn denied(&self, record: &AuditRecord) -> bool {
        self.0.count_record(record);
        let first = self.0.files.is_none() || lock(&self.0.denials).note(record, Instant::now());
        if first {
            self.0.write(record);
        }
        first
    }
}

impl Inner {
    fn new(files: Option<Files>) -> Self {
        Self {
            files,
            denials: Mutex::new(Repeats::of_denials()),
            allowances: Mutex::new(Repeats::of_allowances()),
            counts: Mutex::default(),
        }
    }

    fn count(&self, (skill, capability): (String, String), verdict: Verdict) {
        let key = (skill, capability, verdict);
        *lock(&self.counts).entry(key).or_default() += 1;
    }

    fn count_record(&self, record: &AuditRecord) {
        let of = (record.skill.clone(), record.capability.clone());
        self.count(of, record.verdict);
    }

    /// Writes a decision to the file of its verdict; [`append`] logs failures.
    fn write(&self, record: &AuditRecord) {
        let Some(files) = &self.files else { return };
        let target = match record.verdict {
            Verdict::Denied => Some(&files.denied),
            Verdict::Allowed => files.allowed.as_ref(),
        };
        if let Some(target) = target {
            drop(append(target, record, files));
        }
    }

    /// Takes counts of both verdicts and writes them.
    fn write_counts(&self, take: impl Fn(&mut Repeats) -> Vec<AuditRecord>) {
        for repeats in [&self.denials, &self.allowances] {
            let counted = take(&mut lock(repeats));
            counted.iter().for_each(|record| self.write(record));
        }
    }

    fn flush(&self) {
        self.write_counts(Repeats::all);
    }

    fn sweep(&self) {
        let now = Instant::now();
        self.write_counts(|repeats| repeats.ended(now));
        let Some(files) = &self.files else { return };
        let path = files.options.path.display();
        for target in [Some(&files.denied), files.allowed.as_ref()] {
            let rotated = target.map(|target| lock(target).file.rotate_when_old());
            if let Some(Err(error)) = rotated {
                tracing::debug!("{path} cannot be rotated: {error}");
            }
        }
    }

    /// Removes old files.
    fn tidy(&self) {
        let Some(files) = &self.files else { return };
        if let Err(error) = tidy(&files.options, SystemTime::now()) {
            let path = files.options.path.display();
            tracing::warn!("old files of {path} cannot be removed: {error}");
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.flush();
    }
}

/// Writes the counts of ended windows, and removes old files, until the log is dropped.
fn sweep(log: &Weak<Inner>, stopped: &mpsc::Receiver<()>) {
    let mut tidied: Option<Instant> = None;
    while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(SWEEP) {
        let Some(log) = log.upgrade() else { return };
        log.sweep();
        if tidied.is_none_or(|last| last.elapsed() >= TIDY) {
            log.tidy();
            tidied = Some(Instant::now());
        }
    }
}

/// Appends a line. Logs the first failure after a success, and the first success after a failure.
fn append(target: &Mutex<Target>, record: &AuditRecord, files: &Files) -> Result<(), AuditError> {
    let mut target = lock(target);
    let written = target.file.append(record);
    let path = files.options.file(record.verdict);
    let path = path.display();
    match &written {
        Err(error) if !target.failed => {
            let outcome = match files.options.required {
                true => "nothing is allowed until they can, because `audit.required` is set",
                false => "calls go on",
            };
            tracing::error!("decisions cannot be written to {path}: {error}; {outcome}");
        }
        Ok(()) if target.failed => tracing::warn!("decisions are written to {path} again"),
        _ => {}
    }
    target.failed = written.is_err();
    written
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
