//! A case's files, inside and outside the grants.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use serde_json::Value;

use crate::case::{Case, FileSpec, Special};
use crate::servers;

/// The text of the file outside the grants.
pub const CANARY: &str = "CANARY-MUST-NOT-LEAK";

/// Each path with its link count and all other properties.
type Picture = BTreeMap<PathBuf, (u64, String)>;

/// The directories of a running case, removed at its end.
pub struct World {
    base: tempfile::TempDir,
    before: Picture,
    kept: RefCell<BTreeMap<String, String>>,
}

impl World {
    /// Creates the case's files.
    pub fn new(case: &Case) -> anyhow::Result<Self> {
        let base = tempfile::Builder::new().prefix("conformance-").tempdir()?;
        let world = Self {
            base,
            before: BTreeMap::new(),
            kept: RefCell::default(),
        };
        fs::create_dir_all(world.root())?;
        fs::create_dir_all(world.outside().join("dir"))?;
        fs::write(world.outside().join("canary.txt"), CANARY)?;
        fs::write(world.outside().join("dir/canary.txt"), CANARY)?;
        fs::set_permissions(
            world.outside().join("canary.txt"),
            fs::Permissions::from_mode(0o640),
        )?;
        world.lay_all(case, false)?;
        Ok(world)
    }

    /// Creates the case's links, which may lead to the host's own files, and records what must not change from now on.
    pub fn close(&mut self, case: &Case) -> anyhow::Result<()> {
        self.lay_all(case, true)?;
        self.before = self.picture()?;
        Ok(())
    }

    /// Creates the files that are links, or the others.
    fn lay_all(&self, case: &Case, links: bool) -> anyhow::Result<()> {
        let is_link =
            |file: &FileSpec| matches!(file, FileSpec::Other(Special::Link(_) | Special::Hard(_)));
        for (name, file) in case.files.iter().filter(|(_, file)| is_link(file) == links) {
            self.lay(name, file)
                .with_context(|| format!("laying {name}"))?;
        }
        Ok(())
    }

    fn lay(&self, name: &str, file: &FileSpec) -> anyhow::Result<()> {
        let path = self.root().join(self.fill(name));
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        match file {
            FileSpec::Text(text) => fs::write(path, self.fill(text))?,
            FileSpec::Other(Special::Link(target)) => {
                std::os::unix::fs::symlink(self.fill(target), path)?
            }
            FileSpec::Other(Special::Hard(target)) => fs::hard_link(self.fill(target), path)?,
            FileSpec::Other(Special::Directory(_)) => fs::create_dir_all(path)?,
            FileSpec::Other(Special::Fifo(_)) => {
                rustix::fs::mkfifoat(
                    rustix::fs::CWD,
                    path,
                    rustix::fs::Mode::from_raw_mode(0o644),
                )?;
            }
            FileSpec::Other(Special::Base64(text)) => {
                fs::write(
                    path,
                    base64::engine::general_purpose::STANDARD.decode(text)?,
                )?;
            }
            FileSpec::Other(Special::Archive(archive)) => {
                fs::write(path, archive.bytes(&|text| self.fill(text))?)?;
            }
            FileSpec::Other(Special::Repeat(text, times)) => fs::write(path, text.repeat(*times))?,
        }
        Ok(())
    }

    /// The directory that cases grant.
    pub fn root(&self) -> PathBuf {
        self.base.path().join("root")
    }

    /// The directory that no case grants.
    pub fn outside(&self) -> PathBuf {
        self.base.path().join("outside")
    }

    /// The directory of the host's configuration.
    pub fn config_dir(&self) -> &Path {
        self.base.path()
    }

    /// Returns `text` with the placeholders replaced.
    pub fn fill(&self, text: &str) -> String {
        let mut text = servers::fill(text);
        for (name, value) in &*self.kept.borrow() {
            text = text.replace(&format!("{{kept:{name}}}"), value);
        }
        text.replace("{base}", &self.config_dir().to_string_lossy())
            .replace("{root}", &self.root().to_string_lossy())
            .replace("{outside}", &self.outside().to_string_lossy())
            .replace("{nul}", "\0")
            .replace("{long}", &"x".repeat(5_000))
            .replace("{x4000}", &"x".repeat(4_000))
            .replace("{x4001}", &"x".repeat(4_001))
            .replace("{x4002}", &"x".repeat(4_002))
            .replace("{x4003}", &"x".repeat(4_003))
    }

    /// Keeps a value of an answer for later calls.
    pub fn keep(&self, name: &str, value: &Value) {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        self.kept.borrow_mut().insert(name.to_owned(), text);
    }

    /// The same for every string of a value.
    pub fn fill_value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.fill(text)),
            Value::Array(items) => items.iter().map(|item| self.fill_value(item)).collect(),
            Value::Object(map) => map
                .iter()
                .map(|(key, item)| (self.fill(key), self.fill_value(item)))
                .collect(),
            other => other.clone(),
        }
    }

    /// Keeps exchanging pairs of names until the guard is dropped.
    pub fn race(&self, pairs: &[(String, String)]) -> Option<Race> {
        if pairs.is_empty() {
            return None;
        }
        let pairs: Vec<(PathBuf, PathBuf)> = pairs
            .iter()
            .map(|(a, b)| {
                (
                    self.root().join(self.fill(a)),
                    self.root().join(self.fill(b)),
                )
            })
            .collect();
        let stop = Arc::new(AtomicBool::new(false));
        let told = stop.clone();
        let thread = std::thread::spawn(move || {
            while !told.load(Ordering::Relaxed) {
                for (a, b) in &pairs {
                    let cwd = rustix::fs::CWD;
                    // A skill may have removed one of them; the race continues with the others.
                    let _ = rustix::fs::renameat_with(
                        cwd,
                        a,
                        cwd,
                        b,
                        rustix::fs::RenameFlags::EXCHANGE,
                    );
                }
            }
        });
        Some(Race {
            stop,
            thread: Some(thread),
        })
    }

    /// Fails if anything outside the grants, or any of the host's own files, has changed. A link count may fall if a
    /// skill removed or replaced
    /// its own name of a file outside; it may not grow.
    pub fn outside_untouched(&self) -> anyhow::Result<()> {
        let after = self.picture()?;
        let same = after.len() == self.before.len()
            && after.iter().zip(&self.before).all(|(after, before)| {
                after.0 == before.0 && after.1.1 == before.1.1 && after.1.0 <= before.1.0
            });
        ensure!(
            same,
            "the directory outside the grants changed:\n{:#?}\n{after:#?}",
            self.before
        );
        Ok(())
    }

    fn picture(&self) -> anyhow::Result<Picture> {
        let mut picture = BTreeMap::new();
        let mut todo = vec![self.outside()];
        // The host's configuration, manifests and environment; its log grows.
        for entry in fs::read_dir(self.config_dir())? {
            let entry = entry?;
            if entry.file_type()?.is_file() && entry.file_name() != "log" {
                todo.push(entry.path());
            }
        }
        while let Some(path) = todo.pop() {
            let metadata = fs::symlink_metadata(&path)?;
            let mut line = format!("mode {:o} inode {}", metadata.mode(), metadata.ino());
            if metadata.is_dir() {
                for entry in fs::read_dir(&path)? {
                    todo.push(entry?.path());
                }
            } else {
                line += &format!(" content {:?}", fs::read(&path)?.escape_ascii().to_string());
            }
            picture.insert(path, (metadata.nlink(), line));
        }
        Ok(picture)
    }
}

/// A running race; ends when dropped.
pub struct Race {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Race {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
