//! A skill that may run commands, with a directory that it is granted.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use luminarys_commands::{
    Authority, CommandError, Commands, Daemon, Decided, Filter, Finished, Request, RunOptions,
    Words,
};
use luminarys_grants::{Grants, Manifest};
use thiserror::Error;
use tokio::runtime::Runtime;

/// How a test's command fails.
#[derive(Debug, Error)]
pub enum Fault {
    #[error(transparent)]
    Command(#[from] CommandError),
    #[error("refused by the test: {0}")]
    Refused(String),
}

/// Returns options with a timeout that no command here reaches.
pub fn options() -> Options {
    Options(RunOptions {
        timeout: Duration::from_secs(120),
        input: Arc::default(),
        filter: Filter::default(),
        separate_errors: false,
    })
}

/// Options, built one by one.
pub struct Options(RunOptions);

impl Options {
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.0.timeout = timeout;
        self
    }

    pub fn input(mut self, input: &[u8]) -> Self {
        self.0.input = Arc::new(input.to_vec());
        self
    }

    pub fn separate_errors(mut self) -> Self {
        self.0.separate_errors = true;
        self
    }

    pub fn filter(mut self, filter: Filter) -> Self {
        self.0.filter = filter;
        self
    }
}

/// Records decisions, and opens what is beneath one directory.
#[derive(Default)]
struct Recorder {
    root: PathBuf,
    records: Mutex<Vec<(String, String)>>,
    refuses: bool,
}

impl Authority for Recorder {
    type Error = Fault;

    fn allowed(&self, line: &str, rule: &str) -> Result<(), Fault> {
        if self.refuses {
            return Err(Fault::Refused("recording".to_owned()));
        }
        let mut records = self.records.lock().unwrap();
        records.push((line.to_owned(), rule.to_owned()));
        Ok(())
    }

    fn open_directory(&self, path: &str) -> Result<(String, OwnedFd), Fault> {
        if !Path::new(path).starts_with(&self.root) {
            return Err(Fault::Refused(path.to_owned()));
        }
        let opened =
            std::fs::File::open(path).map_err(|error| Fault::Refused(error.to_string()))?;
        Ok((path.to_owned(), opened.into()))
    }
}

/// A skill's commands.
pub struct Skill {
    pub commands: Arc<Commands>,
    pub runtime: Runtime,
    grants: Arc<Grants>,
    recorder: Recorder,
    directory: tempfile::TempDir,
}

impl Skill {
    /// A skill with these lines in `permissions.shell`, which is granted one directory.
    pub fn new(shell: &str) -> Self {
        Self::of(shell, true, "A: a")
    }

    /// The same without a directory.
    pub fn without_directories(shell: &str) -> Self {
        Self::of(shell, false, "A: a")
    }

    /// The same with these lines in `env`.
    pub fn with_env(shell: &str, env: &str) -> Self {
        Self::of(shell, true, env)
    }

    fn of(shell: &str, granted: bool, env: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        let dirs = match granted {
            true => format!("allowed_dirs: [{:?}]", format!("{}:rw", root.display())),
            false => String::new(),
        };
        let text = format!(
            "id: t\npath: t.skill\nenv:\n  {env}\npermissions:\n  shell:\n    enabled: true\n    {dirs}\n    {shell}\n"
        );
        let manifest = Manifest::parse("t.yaml", &text, &|_| None).unwrap();
        let grants = Arc::new(Grants::open(&manifest).unwrap());
        let recorder = Recorder {
            root,
            ..Recorder::default()
        };
        Self {
            commands: Arc::new(Commands::new(grants.clone(), "t", None, 64 << 20)),
            runtime: Runtime::new().unwrap(),
            grants,
            recorder,
            directory,
        }
    }

    /// The same with so many bytes of output at most.
    pub fn limited(mut self, bytes: u64) -> Self {
        self.commands = Arc::new(Commands::new(self.grants.clone(), "t", None, bytes));
        self
    }

    /// The same whose decisions cannot be recorded.
    pub fn unrecorded(mut self) -> Self {
        self.recorder.refuses = true;
        self
    }

    pub fn root(&self) -> PathBuf {
        self.recorder.root.clone()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The decisions recorded so far: commands and rules.
    pub fn recorded(&self) -> Vec<(String, String)> {
        self.recorder.records.lock().unwrap().clone()
    }

    pub fn decide(&self, directory: Option<&str>, line: &str) -> Result<Decided, Fault> {
        let request = Request {
            command: Words::Line(line.to_owned()),
            directory: directory.map(str::to_owned),
        };
        self.commands.decide(request, &self.recorder)
    }

    pub fn run(&self, line: &str, options: Options) -> Result<Finished, Fault> {
        self.run_in(None, line, options)
    }

    pub fn run_in(
        &self,
        directory: Option<&str>,
        line: &str,
        options: Options,
    ) -> Result<Finished, Fault> {
        let decided = self.decide(directory, line)?;
        let prepared = self.commands.prepare(decided)?;
        let run = self.commands.run(prepared, options.0, |_| Ok(()));
        self.runtime.block_on(run)
    }

    pub fn run_charged(
        &self,
        line: &str,
        options: Options,
        charge: impl FnMut(u64) -> Result<(), Fault>,
    ) -> Result<Finished, Fault> {
        let prepared = self.commands.prepare(self.decide(None, line)?)?;
        let run = self.commands.run(prepared, options.0, charge);
        self.runtime.block_on(run)
    }

    pub fn start(&self, line: &str) -> Result<Daemon, Fault> {
        let place = self.commands.reserve()?;
        let prepared = self.commands.prepare(self.decide(None, line)?)?;
        let log = self.commands.new_log()?;
        let started = self.commands.start(prepared, place, log);
        Ok(self.runtime.block_on(started)?)
    }

    pub fn stop(&self, id: &str) -> Result<Daemon, CommandError> {
        self.runtime.block_on(self.commands.stop(id))
    }

    pub fn daemon(&self, id: &str) -> Option<Daemon> {
        let mut daemons = self.commands.daemons().into_iter();
        daemons.find(|daemon| daemon.id == id)
    }
}

/// Whether a process of this machine has `mark` among its words.
pub fn runs(mark: &str) -> bool {
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut words = all.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    words.any(|words| {
        let words = String::from_utf8_lossy(&words).into_owned();
        words.split('\0').any(|word| word == mark)
    })
}

/// Waits until `holds`, for much longer than it takes.
pub fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "not reached: {what}"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}
