//! A directory with a configuration, manifests and packages, and the binary run in it.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use luminarys_package::{Descriptor, SecretKey, embed, sign};
use serde_json::{Value, json};

const COMPONENT: &str = r#"(component
    (core module $code
        (func (export "double") (param i32) (result i32) local.get 0 i32.const 2 i32.mul)
        (func (export "spin") (loop $again br $again))
        (func (export "crash") unreachable)
    )
    (core instance $made (instantiate $code))
    (func (export "double") (param "value" u32) (result u32) (canon lift (core func $made "double")))
    (func (export "spin") (canon lift (core func $made "spin")))
    (func (export "crash") (canon lift (core func $made "crash")))
    (func (export "on-event") (canon lift (core func $made "crash")))
)"#;

pub struct World {
    dir: tempfile::TempDir,
}

impl World {
    /// With `numbers.skill`, signed by `team.pub`, its manifest, and a configuration.
    pub fn new() -> Self {
        let world = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        let key = SecretKey::generate().unwrap();
        world.write("team.pub", key.public().to_text());
        world.write("numbers.skill", package(&key));
        world.write(
            "numbers.yaml",
            "id: numbers\npath: numbers.skill\nruntime: {cpu_timeout_ms: 200}\n",
        );
        world.write(
            "luminarys.yaml",
            "skills: [numbers.yaml]\ntrust: [team.pub]\n",
        );
        world
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// The binary in this directory, which is its home too.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_luminarys"));
        command
            .args(arguments)
            .current_dir(self.dir.path())
            .env_clear()
            .env("HOME", self.dir.path())
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Outcome {
        Outcome::from(self.command(arguments).output().unwrap())
    }
}

/// How it ended and what it printed.
#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Outcome {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Asserts that it ended with `code`, and that standard error contains all of `parts`.
    pub fn failed(&self, code: i32, parts: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        for part in parts {
            assert!(self.err.contains(part), "{part:?}: {self:?}");
        }
    }

    pub fn succeeded(&self) -> &Self {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""), "{self:?}");
        self
    }
}

fn package(key: &SecretKey) -> Vec<u8> {
    let method = |name: &str, visibility: &str| json!({ "name": name, "description": format!("Does {name}."), "visibility": visibility });
    let descriptor: Descriptor = serde_json::from_value(json!({
        "version": 1, "id": "test.numbers.one", "name": "Numbers", "skill_version": "1.2.3",
        "description": "Numbers for tests.", "abi": "typed",
        "requirements": [],
        "methods": [
            {
                "name": "double", "description": "Twice.", "visibility": "public",
                "params": [{ "name": "value", "description": "What to double.", "required": true }],
            },
            method("spin", "public"), method("crash", "internal"), method("on_event", "callback"),
        ],
    }))
    .unwrap();
    sign(
        &embed(&wat::parse_str(COMPONENT).unwrap(), &descriptor).unwrap(),
        key,
    )
    .unwrap()
}
