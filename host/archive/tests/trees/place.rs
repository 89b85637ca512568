//! A temporary directory with a tree.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use luminarys_archive::{Done, Limits, Options, Reading, pack};
use luminarys_filesystem::{Filesystem, FsError};
use luminarys_grants::{Grants, Manifest};

use crate::MODIFIED;
use crate::common::{Block, tar};

/// A directory of which only some is granted.
pub(crate) struct Place {
    dir: tempfile::TempDir,
    pub files: Filesystem,
}

impl Place {
    /// Makes `root/tree`, with something of every kind that archives keep.
    pub fn new() -> Self {
        Self::granted(&["root:rw"])
    }

    pub fn granted(grants: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for name in ["root/tree/sub/empty", "root/tree/closed", "outside"] {
            fs::create_dir_all(dir.path().join(name)).unwrap();
        }
        let lines = grants.iter().map(|grant| {
            let path = dir.path().join(grant);
            format!("      - {:?}\n", path.to_str().unwrap())
        });
        let text = format!(
            "id: t\npath: t.skill\npermissions:\n  fs:\n    enabled: true\n    dirs:\n{}",
            lines.collect::<String>()
        );
        let manifest = Manifest::parse("t.yaml", &text, &|_| None).unwrap();
        let grants = Grants::open(&manifest).unwrap();
        let place = Self {
            files: Filesystem::new(Arc::new(grants), 1 << 20),
            dir,
        };
        let program = place.at("root/tree/sub/program");
        fs::write(&program, "#!").unwrap();
        fs::set_permissions(&program, Permissions::from_mode(0o750)).unwrap();
        let file = fs::File::create(place.at("root/tree/text")).unwrap();
        fs::write(place.at("root/tree/text"), "text").unwrap();
        file.set_modified(UNIX_EPOCH + Duration::from_secs(MODIFIED))
            .unwrap();
        fs::set_permissions(place.at("root/tree/closed"), Permissions::from_mode(0o700)).unwrap();
        symlink("../text", place.at("root/tree/sub/link")).unwrap();
        place
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn path(&self, name: &str) -> String {
        self.at(name).to_str().unwrap().to_owned()
    }

    pub fn pack(&self, output: &str, options: &Options, limits: Limits) -> Result<Done, FsError> {
        let (source, output) = (self.path("root/tree"), self.path(output));
        pack(&self.files, limits, &source, &output, options, &|| false)
    }

    pub fn unpack(
        &self,
        archive: &str,
        destination: &str,
        limits: Limits,
    ) -> Result<Done, FsError> {
        self.unpack_unless(archive, destination, limits, &|| false)
    }

    pub fn unpack_unless(
        &self,
        archive: &str,
        destination: &str,
        limits: Limits,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Done, FsError> {
        let archive = self.path(archive);
        let reading = Reading {
            files: &self.files,
            limits,
            archive: &archive,
            options: &Options::new(None, &archive, &[], 0).unwrap(),
            cancelled,
        };
        reading.unpack(&self.path(destination))
    }

    /// Writes a tar of these entries to `root/a.tar`.
    pub fn tar(&self, entries: Vec<Block>) {
        fs::write(self.at("root/a.tar"), tar(entries)).unwrap();
    }

    /// Lists all that is beneath `name`: its path, mode, and content or target.
    pub fn listing(&self, name: &str) -> Vec<(String, u32, String)> {
        let root = self.at(name);
        let mut found = Vec::new();
        let mut todo = vec![root.clone()];
        while let Some(directory) = todo.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                let metadata = fs::symlink_metadata(&path).unwrap();
                let content = if metadata.is_symlink() {
                    format!("-> {}", fs::read_link(&path).unwrap().display())
                } else if metadata.is_dir() {
                    todo.push(path.clone());
                    "/".to_owned()
                } else if metadata.is_file() {
                    fs::read_to_string(&path).unwrap()
                } else {
                    "?".to_owned()
                };
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
                found.push((
                    name.to_owned(),
                    metadata.permissions().mode() & 0o777,
                    content,
                ));
            }
        }
        found.sort();
        found
    }
}
