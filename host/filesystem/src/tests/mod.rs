//! The functions over real directories: what they do, and that nothing leads out of the grants.

mod authority;
mod escapes;
mod functions;
mod globbing;
mod listing;
mod overlaps;
mod races;
mod searching;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

use luminarys_grants::{Grants, Manifest};

use crate::{Entry, Filesystem, FsError, FsErrorKind, ListOptions};

const CANARY: &str = "CANARY-MUST-NOT-LEAK";

/// A scratch directory with `root`, which tests grant, and `outside`, which they do not.
struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let place = Self { dir };
        fs::create_dir_all(place.path("root")).unwrap();
        place.file("outside/canary.txt", CANARY);
        place.file("outside/dir/inner.txt", CANARY);
        place
    }

    /// The absolute path of `name` in the scratch directory.
    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.dir.path().display())
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(Path::new(&path).parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// `target` as it stands when it is absolute or relative; `{}` is the scratch directory.
    fn link(&self, name: &str, target: &str) {
        let target = target.replace("{}", &self.dir.path().display().to_string());
        symlink(target, self.path(name)).unwrap();
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn exists(&self, name: &str) -> bool {
        fs::symlink_metadata(self.path(name)).is_ok()
    }

    /// Files with these grants, such as `root:rw`.
    fn files(&self, dirs: &[&str]) -> Filesystem {
        self.limited(dirs, 64 << 20)
    }

    fn limited(&self, dirs: &[&str], max_output_bytes: u64) -> Filesystem {
        Filesystem::new(Arc::new(self.grants(dirs)), max_output_bytes)
    }

    fn grants(&self, dirs: &[&str]) -> Grants {
        let dirs: Vec<String> = dirs
            .iter()
            .map(|dir| format!("      - {:?}\n", self.path(dir)))
            .collect();
        let text = format!(
            "id: t\npath: t.skill\npermissions:\n  fs:\n    enabled: true\n    dirs:\n{}",
            dirs.concat()
        );
        let manifest = Manifest::parse("t.yaml", &text, &|_| None).unwrap();
        Grants::open(&manifest).unwrap()
    }

    /// Checks that everything outside is as it was.
    fn outside_is_untouched(&self) {
        assert_eq!(self.text("outside/canary.txt"), CANARY);
        assert_eq!(self.text("outside/dir/inner.txt"), CANARY);
        let mut names: Vec<_> = fs::read_dir(self.path("outside"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["canary.txt", "dir"]);
    }

    /// Checks that no temporary file is left in `name`.
    fn no_leftovers(&self, name: &str) {
        for entry in fs::read_dir(self.path(name)).unwrap() {
            let entry = entry.unwrap().file_name();
            assert!(
                !entry.to_string_lossy().starts_with(".luminarys-"),
                "{entry:?}"
            );
        }
    }
}

/// The call goes on.
fn wanted() -> bool {
    false
}

fn kind_of<T>(result: Result<T, FsError>) -> Option<FsErrorKind> {
    result.err().map(|error| error.kind())
}

fn is_denied<T>(result: Result<T, FsError>) -> bool {
    kind_of(result) == Some(FsErrorKind::Denied)
}

fn is_invalid<T>(result: Result<T, FsError>) -> bool {
    kind_of(result) == Some(FsErrorKind::Invalid)
}

fn is_missing<T>(result: Result<T, FsError>) -> bool {
    kind_of(result) == Some(FsErrorKind::NotFound)
}

fn is_taken<T>(result: Result<T, FsError>) -> bool {
    kind_of(result) == Some(FsErrorKind::AlreadyExists)
}

/// All entries of a directory.
fn list(files: &Filesystem, path: &str, details: bool) -> Result<Vec<Entry>, FsError> {
    let options = ListOptions { details, limit: 0 };
    let page = files.list(path, None, options)?;
    assert_eq!(page.next, None);
    Ok(page.entries)
}

fn is_too_large<T>(result: Result<T, FsError>) -> bool {
    kind_of(result) == Some(FsErrorKind::TooLarge)
}
