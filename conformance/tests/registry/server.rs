//! docker-registry, with its storage in a temporary directory.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;

use luminarys_conformance::host::TIMEOUT;
use tempfile::TempDir;

/// A running registry.
pub struct Registry {
    child: Child,
    storage: TempDir,
    /// `HOST:PORT`
    pub address: String,
}

impl Registry {
    pub fn start() -> Self {
        let storage = tempfile::tempdir().unwrap();
        let config = storage.path().join("config.yml");
        let root = storage.path().join("root");
        let text = serde_json::json!({
            "version": "0.1",
            "log": { "level": "info", "formatter": "text" },
            "storage": { "filesystem": { "rootdirectory": root } },
            // It chooses a free port, and prints it.
            "http": { "addr": "127.0.0.1:0" },
        });
        std::fs::write(&config, text.to_string()).unwrap();
        let mut command = Command::new("docker-registry");
        command.arg("serve").arg(&config);
        let command = command.stdin(Stdio::null()).stdout(Stdio::null());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap_or_else(|error| {
            panic!("docker-registry cannot be run ({error}); install it: apt-get install -y docker-registry")
        });
        let log = BufReader::new(child.stderr.take().unwrap());
        let (sender, listening) = channel();
        std::thread::spawn(move || {
            // Read to the end: a full pipe would block the registry.
            for line in log.lines().map_while(Result::ok) {
                if let Some((_, rest)) = line.split_once("listening on ") {
                    let end = rest.find(['"', ' ']).unwrap_or(rest.len());
                    let _ = sender.send(rest[..end].to_owned());
                }
            }
        });
        let address = listening.recv_timeout(TIMEOUT);
        let address = address.expect("docker-registry does not say where it listens");
        Self {
            child,
            storage,
            address,
        }
    }

    /// A reference into it.
    pub fn place(&self, repository: &str) -> String {
        format!("oci://{}/{repository}", self.address)
    }

    /// Changes a byte of the blob with this hash.
    pub fn tamper(&self, hash: &str) {
        let blobs = "root/docker/registry/v2/blobs/sha256";
        let blob: PathBuf = self.storage.path().join(blobs).join(&hash[..2]);
        let blob = blob.join(hash).join("data");
        let mut bytes = std::fs::read(&blob).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&blob, bytes).unwrap();
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
