//! A home with a directory to work in, packages, and the binary.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use luminarys_conformance::{Machine, binary};
use luminarys_package::{Descriptor, SecretKey, embed, sign};
use serde_json::{Value, json};
use tempfile::TempDir;

pub const COMPONENT: &str = r#"(component
    (core module $code (func (export "double") (param i32) (result i32) local.get 0 i32.const 2 i32.mul))
    (core instance $made (instantiate $code))
    (func (export "double") (param "value" u32) (result u32) (canon lift (core func $made "double")))
)"#;

/// A home, a directory `work` in it, and the key that signs packages.
#[derive(Debug)]
pub struct Desk {
    home: TempDir,
    pub key: SecretKey,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ended {
    #[track_caller]
    pub fn succeeds(&self) -> &Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// Asserts exit code 2, and that standard error contains all of `parts`.
    #[track_caller]
    pub fn fails(&self, parts: &[&str]) -> &Self {
        assert_eq!(self.code, Some(2), "{self:?}");
        for part in parts {
            assert!(self.err.contains(part), "{part:?} is missing: {self:?}");
        }
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        self.succeeds();
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Desk {
    /// A home with nothing in it but `work`.
    pub fn bare() -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("work")).unwrap();
        Self {
            home,
            key: SecretKey::generate().unwrap(),
        }
    }

    /// With a configuration in `work`.
    pub fn new() -> Self {
        let desk = Self::bare();
        desk.run(&["init"]).succeeds();
        desk
    }

    /// With a configuration that trusts the key.
    pub fn trusting() -> Self {
        let desk = Self::new();
        let text = desk.read("luminarys.yaml");
        let key = desk.key.public().to_text();
        let trusting = format!("trust: [\"{}\"]", key.trim());
        desk.write("luminarys.yaml", text.replace("trust: []", &trusting));
        desk
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// A path in `work`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home().join("work").join(name)
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub fn yaml(&self, name: &str) -> Value {
        serde_saphyr::from_str(&self.read(name)).unwrap()
    }

    /// The binary in `work`.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.program(Command::new(binary()), arguments)
    }

    fn program(&self, mut command: Command, arguments: &[&str]) -> Command {
        command
            .args(arguments)
            .current_dir(self.path(""))
            .env_clear()
            .env("HOME", self.home())
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        Self::ended(self.command(arguments))
    }

    /// Runs it as a user who is subject to file modes; `None` if that is not possible.
    pub fn run_bound_by_modes(&self, arguments: &[&str]) -> Option<Ended> {
        if fs::metadata(self.home()).unwrap().uid() != 0 {
            return Some(self.run(arguments));
        }
        if Machine::all().len() == 1 {
            return None;
        }
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-user=1000", "--map-group=1000"]);
        command.arg(binary());
        Some(Self::ended(self.program(command, arguments)))
    }

    /// Runs it on a terminal with the input `typed`.
    pub fn run_on_terminal(&self, arguments: &[&str], typed: &str) -> Ended {
        use std::io::Write as _;
        let words = arguments.iter().map(|word| format!("'{word}'"));
        let line = format!(
            "{} {}",
            binary().display(),
            words.collect::<Vec<_>>().join(" ")
        );
        let mut command = self.program(Command::new("script"), &["-qec", &line, "/dev/null"]);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(typed.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        drop(input);
        Ended {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn ended(mut command: Command) -> Ended {
        let output = command.output().unwrap();
        Ended {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Writes `name.skill`, version 1.0.0 of the package `test.onboard.NAME`, which requires this.
    pub fn package(&self, name: &str, requirements: Value) -> String {
        self.package_of(name, "1.0.0", requirements, &self.key)
    }

    pub fn package_of(
        &self,
        name: &str,
        version: &str,
        requirements: Value,
        key: &SecretKey,
    ) -> String {
        let file = format!("{name}.skill");
        fs::write(
            self.home().join(&file),
            sign(&unsigned(name, version, requirements), key).unwrap(),
        )
        .unwrap();
        format!("../{file}")
    }

    /// Returns everything below the home: the content of files, link targets, and modes.
    pub fn snapshot(&self) -> BTreeMap<PathBuf, String> {
        let mut found = BTreeMap::new();
        let mut directories = vec![self.home().to_owned()];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(&directory).unwrap() {
                let path = entry.unwrap().path();
                let metadata = fs::symlink_metadata(&path).unwrap();
                // Compiled code and its key are not part of the configuration.
                let name = path.file_name().unwrap().to_str().unwrap();
                if [".cache", ".local", "cache.key"].contains(&name) {
                    continue;
                }
                let content = if metadata.is_dir() {
                    directories.push(path.clone());
                    String::new()
                } else if metadata.is_symlink() {
                    fs::read_link(&path).unwrap().display().to_string()
                } else {
                    String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned()
                };
                found.insert(path, format!("{:o} {content}", metadata.mode()));
            }
        }
        found
    }
}

/// A component with its descriptor.
pub fn unsigned(name: &str, version: &str, requirements: Value) -> Vec<u8> {
    described(COMPONENT, name, version, requirements)
}

/// Returns the component in `text` with a descriptor of a method that doubles.
pub fn described(text: &str, name: &str, version: &str, requirements: Value) -> Vec<u8> {
    let descriptor: Descriptor = serde_json::from_value(json!({
        "version": 1,
        "id": format!("test.onboard.{name}"),
        "name": name,
        "skill_version": version,
        "description": "Numbers for tests.",
        "abi": "typed",
        "requirements": requirements,
        "methods": [{
            "name": "double",
            "description": "Twice.",
            "params": [{ "name": "value", "description": "What to double.", "required": true }],
        }],
    }))
    .unwrap();
    embed(&wat::parse_str(text).unwrap(), &descriptor).unwrap()
}
