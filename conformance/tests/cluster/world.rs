//! The namespaces of a test: a network namespace for each machine, joined by a bridge.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// How long a test may take.
pub const LIMIT: Duration = Duration::from_secs(150);

/// The address of the servers and of the test itself.
pub const MIDDLE: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 1);

/// The machines of a test.
pub struct World {
    directory: tempfile::TempDir,
}

/// Runs a command to its end.
fn ip(arguments: &str) {
    let words = arguments.split(' ');
    let output = Command::new("ip")
        .args(words)
        .output()
        .expect("these tests need ip, of the package iproute2");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "ip {arguments}: {told}");
}

impl World {
    /// Makes the middle, where servers are.
    pub fn new() -> Self {
        // For the tests' client.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "none", "/run"])
            .status();
        assert!(mounted.unwrap().success());
        ip("link set lo up");
        ip("link add middle type bridge");
        ip(&format!("addr add {MIDDLE}/24 dev middle"));
        ip("link set middle up");
        Self {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    /// Adds a machine. Returns its address.
    pub fn machine(&self, name: &str, number: u8) -> Ipv4Addr {
        let address = Ipv4Addr::new(10, 77, 0, 10 + number);
        ip(&format!("netns add {name}"));
        ip(&format!(
            "link add to-{name} type veth peer name out netns {name}"
        ));
        ip(&format!("link set to-{name} master middle up"));
        ip(&format!("-n {name} addr add {address}/24 dev out"));
        ip(&format!("-n {name} link set out up"));
        ip(&format!("-n {name} link set lo up"));
        address
    }

    /// Cuts a machine off, or joins it again.
    pub fn cut(&self, name: &str, is_cut: bool) {
        let state = if is_cut { "down" } else { "up" };
        ip(&format!("link set to-{name} {state}"));
    }

    /// Gives a directory a file system of its own, of so many MiB.
    pub fn mount(&self, name: &str, mebibytes: usize) {
        let directory = self.path(name);
        std::fs::create_dir_all(&directory).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={mebibytes}m"), "tmpfs"])
            .arg(directory)
            .status();
        assert!(mounted.unwrap().success());
    }

    /// Returns a path of the test's directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file, and the directories that lead to it.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}
