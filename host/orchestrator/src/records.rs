//! Which packages were loaded, kept between starts: a file a manifest and path, so that hosts that share the directory
//! do not write over each other's.

use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use cap_tempfile::TempFile;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::identity::Identity;
use crate::source::Source;

/// The largest record, in bytes.
const MAX_BYTES: u64 = 64 << 10;

/// Where packages are recorded, and what of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageRecords {
    /// The directory, made when something is first recorded.
    pub directory: PathBuf,
    /// What is recorded.
    pub recording: Recording,
    /// What records whatever package there is, for messages: a command line to which the skill's id is added.
    pub accept_command: String,
}

/// What is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recording {
    /// Every package that is loaded.
    Loaded,
    /// Nothing: records are only read.
    Nothing,
    /// The package of this instance, whatever was recorded before.
    Accepted(String),
}

/// A record as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: u32,
    manifest: String,
    path: String,
    package: Identity,
}

const FORMAT: u32 = 1;

impl PackageRecords {
    /// The file that records the package at `source` under `manifest`.
    pub(crate) fn file(&self, manifest: &Path, source: &Source) -> PathBuf {
        self.directory.join(name(manifest, source))
    }

    /// Reads which package was loaded from `source` under `manifest`, a whole path; none when none was.
    ///
    /// # Errors
    /// Why the record cannot be used, with its file.
    pub(crate) fn read(
        &self,
        manifest: &Path,
        source: &Source,
    ) -> Result<Option<Identity>, String> {
        let file = self.file(manifest, source);
        let failed =
            |reason: String| format!("the record of its package, {}, {reason}", file.display());
        let opened = match luminarys_files::open(&file) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened,
        };
        let unreadable = |error: std::io::Error| failed(format!("cannot be read: {error}"));
        let mut text = Vec::new();
        opened
            .and_then(|file| file.take(MAX_BYTES).read_to_end(&mut text))
            .map_err(unreadable)?;
        let written: Written = serde_json::from_slice(&text)
            .map_err(|error| failed(format!("is damaged: {error}")))?;
        if written.format != FORMAT {
            return Err(failed(format!("has format {}", written.format)));
        }
        Ok(Some(written.package))
    }

    /// Records that `package` was loaded from `source` under `manifest`: all of the record or nothing.
    ///
    /// # Errors
    /// The operating system's.
    pub(crate) fn write(
        &self,
        manifest: &Path,
        source: &Source,
        package: &Identity,
    ) -> std::io::Result<()> {
        let written = Written {
            format: FORMAT,
            manifest: manifest.display().to_string(),
            path: source.to_string(),
            package: package.clone(),
        };
        let mut text = serde_json::to_vec_pretty(&written)?;
        text.push(b'\n');
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.directory)?;
        let directory = Dir::open_ambient_dir(&self.directory, ambient_authority())?;
        let mut file = TempFile::new(&directory)?;
        file.write_all(&text)?;
        file.as_file().sync_all()?;
        file.replace(name(manifest, source))
    }
}

fn name(manifest: &Path, source: &Source) -> String {
    let mut hash = Sha256::new();
    hash.update(manifest.as_os_str().as_encoded_bytes());
    // No path has it in it.
    hash.update([0]);
    hash.update(source.to_string());
    let hash = hash.finalize();
    let digits: String = hash
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{digits}.json")
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn records_are_of_a_manifest_and_a_path() {
        let dir = tempfile::tempdir().unwrap();
        let records = PackageRecords {
            directory: dir.path().join("deep/packages"),
            recording: Recording::Loaded,
            accept_command: String::new(),
        };
        let (one, two) = (Path::new("/m/a.yaml"), Path::new("/m/b.yaml"));
        let source = |path: &str| Source::new(Path::new("/m/a.yaml"), path);
        let package = |version: &str| Identity {
            id: "a.b.c".to_owned(),
            signer: "unsigned".to_owned(),
            version: version.parse().unwrap(),
        };
        assert_eq!(records.read(one, &source("x")), Ok(None));
        records.write(one, &source("x"), &package("1.0.0")).unwrap();
        records.write(one, &source("x"), &package("2.0.0")).unwrap();
        records.write(two, &source("x"), &package("3.0.0")).unwrap();
        assert_eq!(records.read(one, &source("x")), Ok(Some(package("2.0.0"))));
        assert_eq!(records.read(two, &source("x")), Ok(Some(package("3.0.0"))));
        assert_eq!(records.read(one, &source("y")), Ok(None));
        let file = records.file(one, &source("x"));
        let rows = ["", "{}", "{\"format\":1", "[]"];
        each_row(rows, |damage| {
            std::fs::write(&file, damage).unwrap();
            let error = records.read(one, &source("x")).unwrap_err();
            assert!(error.contains("is damaged"), "{damage}: {error}");
        });
        let text = serde_json::to_string(&Written {
            format: 2,
            manifest: String::new(),
            path: String::new(),
            package: package("1.0.0"),
        });
        std::fs::write(&file, text.unwrap()).unwrap();
        assert!(
            records
                .read(one, &source("x"))
                .unwrap_err()
                .contains("format 2")
        );
    }
}
