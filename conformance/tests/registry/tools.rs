//! Runs `lmsk` and `luminarys` in a temporary home.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use luminarys_conformance::{binary, lmsk, package};
use luminarys_package::Package;
use luminarys_registry::Digest;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A home and a working directory.
pub struct Desk(TempDir);

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub error: String,
}

impl Ended {
    #[track_caller]
    pub fn succeeds(&self) {
        assert_eq!(self.code, Some(0), "{self:?}");
    }

    /// Asserts the exit code `code`, and that standard error contains `parts`.
    #[track_caller]
    pub fn fails(&self, code: i32, parts: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        for part in parts {
            assert!(
                self.error.contains(part),
                "{part:?} is missing: {}",
                self.error
            );
        }
    }

    /// The same for a command that prints its findings.
    #[track_caller]
    pub fn says(&self, code: i32, parts: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        for part in parts {
            assert!(self.out.contains(part), "{part:?} is missing: {}", self.out);
        }
    }
}

impl Desk {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    /// A package built by every test run.
    pub fn package(&self) -> String {
        let path = package("echo");
        assert!(
            path.exists(),
            "{} is missing; run scripts/build-guests",
            path.display()
        );
        path.to_str().unwrap().to_owned()
    }

    /// Its signer's public key.
    pub fn key(&self) -> String {
        let path = package("key").with_extension("pub");
        path.to_str().unwrap().to_owned()
    }

    fn run(&self, program: &Path, arguments: &[&str]) -> Ended {
        let output = Command::new(program)
            .args(arguments)
            .current_dir(self.0.path())
            .env("HOME", self.0.path())
            .env_remove("DOCKER_CONFIG")
            .env_remove("XDG_DATA_HOME")
            .stdin(Stdio::null())
            .output();
        let output = output.unwrap_or_else(|error| {
            panic!(
                "{} cannot be run ({error}); cargo build --workspace makes it",
                program.display()
            )
        });
        Ended {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            error: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub fn lmsk(&self, arguments: &[&str]) -> Ended {
        self.run(&lmsk(), arguments)
    }

    #[track_caller]
    pub fn lmsk_json(&self, arguments: &[&str]) -> Value {
        let ended = self.lmsk(arguments);
        ended.succeeds();
        serde_json::from_str(&ended.out).unwrap()
    }

    pub fn luminarys(&self, config: &str, arguments: &[&str]) -> Ended {
        let arguments = [arguments, &["--config", config]].concat();
        self.run(&binary(), &arguments)
    }

    /// Writes a configuration with one skill, from `path`; returns the file's name.
    pub fn deploy(&self, path: &str, registry: &str) -> String {
        let manifest = json!({ "id": "skill", "path": path });
        std::fs::write(self.path("skill.yaml"), manifest.to_string()).unwrap();
        self.write_config(json!(["skill.yaml"]), registry)
    }

    /// Writes a configuration without skills; returns the file's name.
    pub fn configure(&self, registry: &str) -> String {
        self.write_config(json!(["skills/*.yaml"]), registry)
    }

    fn write_config(&self, skills: Value, registry: &str) -> String {
        let config = json!({
            "skills": skills,
            "trust": [self.key()],
            "data_dir": "data",
            "runtime": { "cache_dir": "cache" },
            "registry": { "plain_http": [registry] },
        });
        std::fs::write(self.path("luminarys.yaml"), config.to_string()).unwrap();
        self.path("luminarys.yaml")
    }

    /// Returns the packages that the host has pulled.
    pub fn cached(&self) -> Vec<PathBuf> {
        let blobs = std::fs::read_dir(self.path("cache/oci/blobs/sha256")).unwrap();
        let blobs: Vec<_> = blobs.map(|entry| entry.unwrap().path()).collect();
        assert_eq!(blobs.len(), 2, "a manifest and a package");
        blobs
    }

    /// Writes Docker's configuration with credentials for `registry`.
    pub fn log_in(&self, registry: &str) {
        let auth = base64::engine::general_purpose::STANDARD.encode("me:secret");
        let config = json!({ "auths": { registry: { "auth": auth } } });
        std::fs::create_dir_all(self.path(".docker")).unwrap();
        std::fs::write(self.path(".docker/config.json"), config.to_string()).unwrap();
    }
}

/// Returns the reference that `lmsk publish` printed.
#[track_caller]
pub fn reference_in(out: &str) -> String {
    let word = out.split_whitespace().next();
    word.expect("no reference was printed").to_owned()
}

pub fn hash(bytes: &[u8]) -> String {
    Digest::of(bytes).hex()
}

pub fn content_hash(package: &str) -> String {
    hash(&std::fs::read(package).unwrap())
}

/// A manifest for `package`, and its layer's hash.
pub fn artifact(package: &[u8]) -> (Vec<u8>, String) {
    Package::read(package.to_vec()).unwrap();
    let layer = hash(package);
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {
            "mediaType": "application/vnd.wasm.config.v0+json",
            "digest": format!("sha256:{}", hash(b"{}")),
            "size": 2,
        },
        "layers": [{
            "mediaType": "application/wasm",
            "digest": format!("sha256:{layer}"),
            "size": package.len(),
        }],
    });
    (manifest.to_string().into_bytes(), layer)
}
