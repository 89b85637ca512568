//! Files on their way, over real directories.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use luminarys_grants::{Grants, Manifest};
use luminarys_testing::each_row;
use proptest::prelude::*;

use super::Reachable;
use super::partial::is_partial;
use crate::{Filesystem, FsError, FsErrorKind};

pub(super) const KEY: &str = "0123456789abcdef0123456789abcdef";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A scratch directory with `in`, which is granted `ro`, `out`, which is granted `rw`, and `secret`, which is not granted.
pub(super) struct Scratch(tempfile::TempDir);

impl Scratch {
    pub fn new() -> Self {
        let scratch = Self(tempfile::tempdir().unwrap());
        for name in ["in", "out", "secret"] {
            fs::create_dir(scratch.path(name)).unwrap();
        }
        fs::write(scratch.path("secret/key"), "key").unwrap();
        scratch
    }

    pub fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.0.path().display())
    }

    pub fn files(&self) -> Filesystem {
        let (input, output) = (self.path("in"), self.path("out:rw"));
        let text = format!(
            "id: t\npath: t.skill\npermissions: {{file_transfer: {{enabled: true, local_dirs: [{input:?}, {output:?}]}}}}\n"
        );
        let manifest = Manifest::parse("t.yaml", &text, &|_| None).unwrap();
        let grants = Arc::new(Grants::open(&manifest).unwrap());
        Filesystem::exchanged(&grants.file_transfer.directories)
    }

    fn names(&self, directory: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(directory)).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Makes the only partial file of a directory as old as given.
    fn age(&self, directory: &str, age: Duration) {
        let names = self.names(directory);
        let name = names.iter().find(|name| is_partial(name)).unwrap();
        let file = fs::File::open(self.path(&format!("{directory}/{name}"))).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
    }
}

fn kind<T>(result: Result<T, FsError>) -> Option<FsErrorKind> {
    result.err().map(|error| error.kind())
}

#[test]
fn a_file_appears_when_it_is_whole() {
    let scratch = Scratch::new();
    let files = scratch.files();
    let target = scratch.path("out/deep/a");
    let mut incoming = files.incoming(&target, KEY).unwrap();
    assert_eq!(incoming.path(), target);
    incoming.append(b"alpha ").unwrap();
    incoming.append(b"beta").unwrap();
    assert_eq!(incoming.read_back(6, 100).unwrap(), b"beta");
    assert!(incoming.free_space().unwrap() > 0);
    assert!(!Path::new(&target).exists());
    incoming.commit().unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "alpha beta");
    assert_eq!(scratch.names("out/deep"), ["a"]);
}

#[test]
fn what_was_received_is_gone_on_with_by_its_key_only() {
    let scratch = Scratch::new();
    let files = scratch.files();
    let target = scratch.path("out/a");
    let mut incoming = files.incoming(&target, KEY).unwrap();
    incoming.append(b"alpha").unwrap();
    // Not by two at once.
    assert_eq!(kind(files.incoming(&target, KEY)), Some(FsErrorKind::Io));
    drop(incoming);
    let other = files.incoming(&target, &"f".repeat(32)).unwrap();
    assert_eq!(other.received(), 0);
    drop(other);
    let mut incoming = files.incoming(&target, KEY).unwrap();
    assert_eq!(incoming.received(), 5);
    incoming.append(b" beta").unwrap();
    incoming.commit().unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "alpha beta");
    let incoming = files.incoming(&target, KEY).unwrap();
    assert_eq!(incoming.received(), 0);
    drop(incoming);
    // Nothing was received: nothing stays.
    assert_eq!(scratch.names("out"), ["a"]);
}

#[test]
fn the_earlier_file_stays_until_the_new_one_is_whole() {
    let scratch = Scratch::new();
    let target = scratch.path("out/a");
    fs::write(&target, "old").unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    let mut incoming = scratch.files().incoming(&target, KEY).unwrap();
    incoming.append(b"new").unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "old");
    incoming.commit().unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "new");
    let mode = fs::metadata(&target).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn what_was_received_is_removed_after_a_day() {
    let scratch = Scratch::new();
    let files = scratch.files();
    let leave = |name: &str| {
        let path = scratch.path(&format!("out/{name}"));
        let mut incoming = files.incoming(&path, KEY).unwrap();
        incoming.append(b"alpha").unwrap();
    };
    leave("a");
    scratch.age("out", DAY * 2);
    // Whoever receives with the same key begins again.
    assert_eq!(
        files
            .incoming(&scratch.path("out/a"), KEY)
            .unwrap()
            .received(),
        0
    );
    leave("a");
    scratch.age("out", DAY * 2);
    // Whoever receives something else there removes it.
    drop(
        files
            .incoming(&scratch.path("out/b"), &"f".repeat(32))
            .unwrap(),
    );
    assert_eq!(scratch.names("out"), [""; 0]);
    // The host looks everywhere.
    fs::create_dir_all(scratch.path("out/x/y")).unwrap();
    leave("x/y/c");
    fs::write(scratch.path("out/x/old"), "old").unwrap();
    let sweep = |age| files.remove_old_partials(SystemTime::now() + age, &|| false);
    assert_eq!(sweep(DAY / 2), 0);
    let mut going = files.incoming(&scratch.path("out/d"), KEY).unwrap();
    going.append(b"alpha").unwrap();
    assert_eq!(sweep(DAY * 2), 1);
    assert_eq!(scratch.names("out/x/y"), [""; 0]);
    assert_eq!(scratch.names("out/x"), ["old", "y"]);
    // A transfer that still runs is not old.
    going.commit().unwrap();
    assert_eq!(fs::read_to_string(scratch.path("out/d")).unwrap(), "alpha");
}

#[test]
fn what_was_received_is_nobodys_file() {
    let scratch = Scratch::new();
    let files = scratch.files();
    let mut incoming = files.incoming(&scratch.path("out/a"), KEY).unwrap();
    incoming.append(b"alpha").unwrap();
    let name = scratch.names("out").remove(0);
    let listed = files.reachable(&scratch.path("out"), 10, &|_| true, &|| false);
    assert_eq!(listed.unwrap(), []);
    symlink(
        scratch.path(&format!("out/{name}")),
        scratch.path("out/link"),
    )
    .unwrap();
    for name in [&name, "link"] {
        let path = scratch.path(&format!("out/{name}"));
        assert_eq!(
            kind(files.outgoing(&path)),
            Some(FsErrorKind::NotFound),
            "{name}"
        );
        assert_eq!(
            kind(files.incoming(&path, KEY)),
            Some(FsErrorKind::Invalid),
            "{name}"
        );
    }
    let upper = scratch.path(&format!("out/{}", name.to_uppercase()));
    assert_eq!(
        kind(files.incoming(&upper, KEY)),
        Some(FsErrorKind::Invalid)
    );
}

#[test]
fn only_granted_files_are_reached() {
    let scratch = Scratch::new();
    let files = scratch.files();
    fs::write(scratch.path("in/a"), "alpha").unwrap();
    symlink(scratch.path("secret/key"), scratch.path("in/away")).unwrap();
    symlink(scratch.path("secret"), scratch.path("out/away")).unwrap();
    symlink("a", scratch.path("in/near")).unwrap();
    let fifo = scratch.path("in/fifo");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    let kind_of = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, Path::new(&fifo), kind_of, mode, 0).unwrap();
    let rows = [
        ("in/a", None),
        ("in/near", None),
        ("in/none", Some(FsErrorKind::NotFound)),
        ("in", Some(FsErrorKind::Invalid)),
        ("in/fifo", Some(FsErrorKind::Invalid)),
        ("in/away", Some(FsErrorKind::Denied)),
        ("out/away/key", Some(FsErrorKind::Denied)),
        ("in/../secret/key", Some(FsErrorKind::Denied)),
        ("secret/key", Some(FsErrorKind::Denied)),
    ];
    each_row(rows, |(name, expected)| {
        assert_eq!(
            kind(files.outgoing(&scratch.path(name))),
            expected,
            "{name}"
        );
    });
    fs::create_dir(scratch.path("out/dir")).unwrap();
    let rows = [
        ("out/new", None),
        ("out/x/y/new", None),
        ("out/dir", Some(FsErrorKind::Invalid)),
        ("out/new/", Some(FsErrorKind::Invalid)),
        ("out/away/new", Some(FsErrorKind::Denied)),
        ("in/new", Some(FsErrorKind::Denied)),
        ("in/fifo", Some(FsErrorKind::Denied)),
        ("secret/new", Some(FsErrorKind::Denied)),
        ("out/../secret/new", Some(FsErrorKind::Denied)),
    ];
    each_row(rows, |(name, expected)| {
        assert_eq!(
            kind(files.incoming(&scratch.path(name), KEY)),
            expected,
            "{name}"
        );
    });
    assert_eq!(scratch.names("secret"), ["key"]);
    assert_eq!(
        kind(files.incoming(&scratch.path("out/a"), "../../key")),
        Some(FsErrorKind::Invalid)
    );
}

#[test]
fn directories_are_listed_as_far_as_they_may_be_read() {
    let scratch = Scratch::new();
    let files = scratch.files();
    for name in ["b", "a", "c", "kept"] {
        fs::write(scratch.path(&format!("in/{name}")), name).unwrap();
    }
    fs::create_dir(scratch.path("in/dir")).unwrap();
    symlink("a", scratch.path("in/link")).unwrap();
    let kept = scratch.path("in/kept");
    let list = |most| {
        let also = |path: &str| path != kept;
        let listed = files.reachable(&scratch.path("in"), most, &also, &|| false);
        listed.unwrap()
    };
    let file = |name: &str| Reachable {
        name: name.to_owned(),
        size: Some(1),
    };
    let directory = Reachable {
        name: "dir".to_owned(),
        size: None,
    };
    assert_eq!(list(10), [file("a"), file("b"), file("c"), directory]);
    assert_eq!(list(2), [file("a"), file("b")]);
    let denied = files.reachable(&scratch.path("secret"), 10, &|_| true, &|| false);
    assert_eq!(kind(denied), Some(FsErrorKind::Denied));
    let given_up = files.reachable(&scratch.path("in"), 10, &|_| true, &|| true);
    assert_eq!(kind(given_up), Some(FsErrorKind::Io));
}

/// Set for the process that may write no large files.
const LIMITED: &str = "LUMINARYS_TEST_LIMITED";

/// What a full disk does is done here by a limit of the size of files, in a process of its own.
#[test]
fn on_a_full_disk_nothing_stays() {
    if std::env::var_os(LIMITED).is_none() {
        let name = "transfer::tests::on_a_full_disk_nothing_stays";
        let script = "ulimit -f 16; trap '' XFSZ; exec \"$0\" --exact \"$1\" --nocapture";
        let ended = std::process::Command::new("sh")
            .args(["-c", script])
            .arg(std::env::current_exe().unwrap())
            .arg(name)
            .env(LIMITED, "1")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&ended.stdout);
        assert!(
            ended.status.success() && text.contains("1 passed"),
            "{ended:?}"
        );
        return;
    }
    let scratch = Scratch::new();
    let files = scratch.files();
    let target = scratch.path("out/a");
    fs::write(&target, "old").unwrap();
    let mut incoming = files.incoming(&target, KEY).unwrap();
    incoming.append(b"alpha").unwrap();
    let error = incoming.append(&[7; 64 << 10]).unwrap_err();
    assert!(error.is_no_space(), "{error}");
    assert_eq!(incoming.received(), 0);
    drop(incoming);
    assert_eq!(scratch.names("out"), ["a"]);
    assert_eq!(fs::read_to_string(&target).unwrap(), "old");
}

#[test]
fn a_file_that_is_replaced_has_another_version() {
    let scratch = Scratch::new();
    let files = scratch.files();
    let path = scratch.path("out/a");
    fs::write(&path, "alpha").unwrap();
    let first = files.outgoing(&path).unwrap();
    assert_eq!(first.version(), files.outgoing(&path).unwrap().version());
    assert_eq!(
        (first.size(), first.read(1, 100).unwrap()),
        (5, b"lpha".to_vec())
    );
    fs::write(scratch.path("out/b"), "omega").unwrap();
    fs::rename(scratch.path("out/b"), &path).unwrap();
    assert_ne!(first.version(), files.outgoing(&path).unwrap().version());
    assert_eq!(first.read(0, 100).unwrap(), b"alpha");
}

proptest! {
    /// Whatever path another node asks for, nothing outside of the granted directories is opened or changed.
    #[test]
    fn no_path_leads_out(parts in proptest::collection::vec("\\.\\.|\\.|in|out|secret|key|new|link|", 0..8)) {
        let scratch = Scratch::new();
        symlink("../secret", scratch.path("out/link")).unwrap();
        symlink("/", scratch.path("in/link")).unwrap();
        let files = scratch.files();
        let path = scratch.path(&parts.join("/"));
        if let Ok(found) = files.outgoing(&path) {
            prop_assert!(found.path().starts_with(&scratch.path("in/")) || found.path().starts_with(&scratch.path("out/")));
        }
        if let Ok(mut incoming) = files.incoming(&path, KEY) {
            prop_assert!(incoming.path().starts_with(&scratch.path("out/")));
            incoming.append(b"new").unwrap();
            incoming.commit().unwrap();
        }
        prop_assert_eq!(scratch.names("secret"), ["key"]);
        prop_assert_eq!(fs::read_to_string(scratch.path("secret/key")).unwrap(), "key");
    }
}
