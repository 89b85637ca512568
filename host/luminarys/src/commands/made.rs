//! Files and directories that are made together, or not at all.

use std::fs::{self, DirBuilder, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use tempfile::NamedTempFile;

/// What has been made so far; removed again unless it is kept.
#[derive(Default)]
pub(super) struct Made(Vec<PathBuf>);

impl Made {
    /// Makes a directory and those above it, where it is not there.
    ///
    /// # Errors
    /// The operating system's.
    pub fn directory(&mut self, path: &Path, mode: u32) -> anyhow::Result<()> {
        let missing = path.ancestors().take_while(|it| !it.exists());
        let missing: Vec<&Path> = missing.collect();
        for directory in missing.into_iter().rev() {
            let made = DirBuilder::new().mode(mode).create(directory);
            made.with_context(|| format!("the directory {} cannot be made", directory.display()))?;
            self.0.push(directory.to_owned());
        }
        match path.is_dir() {
            true => Ok(()),
            false => bail!("{} is not a directory", path.display()),
        }
    }

    /// Makes a file, whole or not at all, and never in the place of another.
    ///
    /// # Errors
    /// The operating system's.
    pub fn file(&mut self, path: &Path, content: &[u8], mode: u32) -> anyhow::Result<()> {
        let made = prepare(path, content, mode)?.persist_noclobber(path);
        made.map_err(|error| error.error)
            .with_context(|| format!("{} cannot be made", path.display()))?;
        self.0.push(path.to_owned());
        Ok(())
    }

    /// Keeps all that was made.
    pub fn keep(&mut self) {
        self.0.clear();
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        for path in self.0.iter().rev() {
            // A directory in which somebody else has put something stays.
            _ = fs::remove_file(path).or_else(|_| fs::remove_dir(path));
        }
    }
}

/// Writes a whole file beside `path`, to be moved there; it is removed if it is not. No pattern for manifests finds it.
///
/// # Errors
/// The operating system's.
pub(super) fn prepare(path: &Path, content: &[u8], mode: u32) -> anyhow::Result<NamedTempFile> {
    let failed = || format!("{} cannot be written", path.display());
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    let mut file = builder
        .prefix(".luminarys-")
        .permissions(Permissions::from_mode(0o600))
        .tempfile_in(directory)
        .with_context(failed)?;
    file.write_all(content).with_context(failed)?;
    let permissions = Permissions::from_mode(mode);
    file.as_file()
        .set_permissions(permissions)
        .with_context(failed)?;
    file.as_file().sync_all().with_context(failed)?;
    Ok(file)
}
