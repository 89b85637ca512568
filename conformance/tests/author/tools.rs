//! A home, a folder, and `lmsk` run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context as _, ensure};
use luminarys_conformance::host::{lmsk, package, repository};
use tempfile::TempDir;

/// A working directory.
pub struct Desk(TempDir);

/// How a command ended.
pub struct Ended {
    code: Option<i32>,
    out: String,
    error: String,
}

impl Desk {
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self(tempfile::tempdir()?))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
        Ok(fs::write(path, text)?)
    }

    pub fn read(&self, name: &str) -> anyhow::Result<String> {
        fs::read_to_string(self.path(name)).with_context(|| format!("reading {name}"))
    }

    /// `lmsk`, with what a guest's compiler needs.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(lmsk());
        command
            .args(words)
            .current_dir(self.0.path())
            .stdin(Stdio::null());
        command.env("LMSK_HOME", self.path("home"));
        command.envs(toolchain().iter().cloned());
        // Generated code and templates have no warnings of the compiler or of clippy. Another compiler, which is
        // used if this one does not have the target, has its own clippy or none.
        if !toolchain().iter().any(|(name, _)| name == "RUSTC") {
            let clippy = repository().join("scripts/lint-rustc");
            command.env("RUSTC_WORKSPACE_WRAPPER", clippy);
        }
        let guests = repository().join("guest-templates/target/author");
        command.env("CARGO_TARGET_DIR", guests);
        let python = package("x").with_file_name("../python/bin/componentize-py");
        if python.exists() {
            command.env("LMSK_COMPONENTIZE_PY", python);
        }
        command
    }

    pub fn lmsk(&self, words: &[&str]) -> anyhow::Result<Ended> {
        let output = self.command(words).output();
        let output = output.with_context(|| format!("running {}", lmsk().display()))?;
        Ok(Ended {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            error: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}

/// The variables that `scripts/guest-toolchain` sets for the guests' compiler; read once.
fn toolchain() -> &'static [(String, String)] {
    static SET: OnceLock<Vec<(String, String)>> = OnceLock::new();
    SET.get_or_init(|| {
        let mut command = Command::new("bash");
        command.args([
            "-c",
            "set -e; set=$(scripts/guest-toolchain); eval \"$set\"; env -0",
        ]);
        let output = command
            .current_dir(repository())
            .stdin(Stdio::null())
            .output();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        let text = text.unwrap_or_default();
        let all = text.split('\0').filter_map(|entry| entry.split_once('='));
        let new = all.filter(|(name, value)| std::env::var(name).as_deref() != Ok(*value));
        new.map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    })
}

impl Ended {
    /// Returns its output.
    pub fn succeeded(self) -> anyhow::Result<String> {
        let Self { code, out, error } = self;
        ensure!(code == Some(0), "exit code {code:?}\n{out}{error}");
        Ok(out)
    }

    pub fn failed(self, code: i32, outcome: &str) -> anyhow::Result<()> {
        self.failed_with_output(code, outcome).map(drop)
    }

    pub fn failed_with_output(self, wanted: i32, outcome: &str) -> anyhow::Result<String> {
        let Self { code, out, error } = self;
        ensure!(
            code == Some(wanted),
            "exit code {code:?}, not {wanted}\n{out}{error}"
        );
        contains(&error, outcome)?;
        Ok(out)
    }
}

pub fn contains(text: &str, part: &str) -> anyhow::Result<()> {
    ensure!(text.contains(part), "{part:?} is missing in:\n{text}");
    Ok(())
}
