//! Records of loaded packages, kept between starts: one file per manifest and path, so that hosts that share the
//! directory do not overwrite each other's.

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

/// The directory of the records, and what to record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageRecords {
    /// The directory, created when the first package is recorded.
    pub directory: PathBuf,
    /// What is recorded.
    pub recording: Recording,
    /// The command line in messages that records the current package; the skill's id is appended.
    pub accept_command: String,
}

/// What is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recording {
    /// Every package that is loaded.
    Loaded,
    /// None: records are only read.
    Nothing,
    /// The package of this instance, replacing an earlier record.
    Accepted(String),
}

/// The format of a record.
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
    /// Returns the record file of the package at `source` under `manifest`.
    pub(crate) fn file(&self, manifest: &Path, source: &Source) -> PathBuf {
        self.directory.join(name(manifest, source))
    }

    /// Reads which package was loaded from `source` under `manifest`, an absolute path; `None` if there is no record.
    ///
    /// # Errors
    /// Returns why the record cannot be used, with its file.
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

    /// Records atomically that `package` was loaded from `source` under `manifest`.
    ///
    /// # Errors
    /// The operating system's error.
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
    // A path cannot contain it.
    hash.update([0]);
    hash.update(source.to_string());
    let hash = hash.finalize();
    format!("{}.json", luminarys_text::hexadecimal(&hash[..16]))
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn there_is_one_record_per_manifest_and_path() {
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
