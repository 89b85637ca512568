//! A temporary home directory, and programs run in a directory of it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use luminarys_package::{Descriptor, SecretKey, embed, sign};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::case::{Case, Package, Signer};
use super::words;
use crate::host;

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
)"#;

/// A home that holds a directory `work`, where the files of a case are, and the private key of `team.pub`.
pub struct Desk {
    home: TempDir,
}

/// How a program ended.
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Desk {
    pub fn new(case: &Case) -> anyhow::Result<Self> {
        let desk = Self {
            home: tempfile::Builder::new().prefix("cli-").tempdir()?,
        };
        let (team, other) = (key(1)?, key(2)?);
        desk.write("team.pub", team.public().to_text())?;
        desk.write("other.pub", other.public().to_text())?;
        desk.write("../.lmsk/key", team.to_text().as_bytes())?;
        fs::set_permissions(desk.path("../.lmsk/key"), fs::Permissions::from_mode(0o600))?;
        for (name, package) in &case.packages {
            let component = component(package)?;
            let bytes = match package.signer {
                Signer::Team => sign(&component, &team)?,
                Signer::Other => sign(&component, &other)?,
                Signer::Nobody => component,
            };
            desk.write(name, bytes)?;
        }
        for skill in &case.skills {
            let from = host::package(skill);
            let bytes = fs::read(&from)
                .with_context(|| format!("{}; run scripts/build-guests", from.display()))?;
            desk.write(&format!("{skill}.skill"), bytes)?;
        }
        for (name, text) in &case.files {
            desk.write(name, fill(text))?;
        }
        Ok(desk)
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home().join("work").join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> anyhow::Result<()> {
        let path = self.path(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(self.path(""))?;
            fs::create_dir_all(parent)?;
        }
        Ok(fs::write(path, content)?)
    }

    /// Runs a command line of a case, with nothing on its standard input.
    pub fn run(&self, line: &str) -> anyhow::Result<Ended> {
        let words = words::split(line)?;
        let (program, arguments) = words.split_first().context("an empty command line")?;
        let program = match program.as_str() {
            "luminarys" => host::binary(),
            "lmsk" => host::lmsk(),
            "cat" => "cat".into(),
            _ => bail!("{program} is not a program that a case can run"),
        };
        let output = Command::new(&program)
            .args(arguments)
            .current_dir(self.path(""))
            .env_clear()
            .env("HOME", self.home())
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::null())
            .output()
            .with_context(|| program.display().to_string())?;
        ensure!(
            words[0] != "cat" || output.status.success(),
            "{line} failed"
        );
        Ok(Ended {
            code: output.status.code(),
            out: String::from_utf8(output.stdout)?,
            err: String::from_utf8(output.stderr)?,
        })
    }
}

/// The same key in every run, so that key ids in transcripts can be compared.
fn key(number: u8) -> anyhow::Result<SecretKey> {
    use base64::Engine as _;
    let seed = base64::engine::general_purpose::STANDARD.encode([number; 32]);
    Ok(SecretKey::from_text(&format!(
        "luminarys-secret-key-v1:{seed}\n"
    ))?)
}

fn fill(text: &str) -> String {
    let place = host::package("key");
    let cache = json!({
        "cache_dir": place.with_file_name("cache"),
        "cache_key": place.with_file_name("cache.key"),
    });
    text.replace("{cache}", &format!("runtime: {cache}"))
}

fn component(package: &Package) -> anyhow::Result<Vec<u8>> {
    let method =
        |name: &str, description: &str| json!({ "name": name, "description": description });
    let requirements = match &package.requirements {
        Value::Null => json!([]),
        list => list.clone(),
    };
    let descriptor: Descriptor = serde_json::from_value(json!({
        "version": 1,
        "id": package.id,
        "name": "Numbers",
        "skill_version": package.version,
        "description": "Doubles numbers.",
        "abi": "typed",
        "requirements": requirements,
        "methods": [
            {
                "name": "double",
                "description": "Returns twice the number.",
                "params": [{ "name": "value", "description": "The number.", "required": true }],
            },
            method("spin", "Never returns."),
            method("crash", "Executes an unreachable instruction."),
        ],
    }))?;
    Ok(embed(&wat::parse_str(COMPONENT)?, &descriptor)?)
}
