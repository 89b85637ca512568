//! Creates files and directories together, or none of them.

use std::fs::{self, DirBuilder, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use tempfile::NamedTempFile;

/// The files and directories created so far; removed again when dropped, unless kept.
#[derive(Default)]
pub(super) struct Made(Vec<PathBuf>);

impl Made {
    /// Creates a directory and its parents if they do not exist.
    ///
    /// # Errors
    /// The operating system's error.
    pub fn directory(&mut self, path: &Path, mode: u32) -> anyhow::Result<()> {
        let missing = path.ancestors().take_while(|it| !it.exists());
        let missing: Vec<&Path> = missing.collect();
        for directory in missing.into_iter().rev() {
            let made = DirBuilder::new().mode(mode).create(directory);
            made.with_context(|| {
                format!("the directory {} cannot be created", directory.display())
            })?;
            self.0.push(directory.to_owned());
        }
        match path.is_dir() {
            true => Ok(()),
            false => bail!("{} is not a directory", path.display()),
        }
    }

    /// Creates a file atomically, and never replaces another.
    ///
    /// # Errors
    /// The operating system's error.
    pub fn file(&mut self, path: &Path, content: &[u8], mode: u32) -> anyhow::Result<()> {
        let made = prepare(path, content, mode)?.persist_noclobber(path);
        made.map_err(|error| error.error)
            .with_context(|| format!("{} cannot be created", path.display()))?;
        self.0.push(path.to_owned());
        Ok(())
    }

    /// Keeps everything that was created.
    pub fn keep(&mut self) {
        self.0.clear();
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        for path in self.0.iter().rev() {
            // A directory with other files in it stays.
            _ = fs::remove_file(path).or_else(|_| fs::remove_dir(path));
        }
    }
}

/// Writes a file beside `path`, to be renamed to it; it is removed if it is not. No pattern for manifests matches it.
///
/// # Errors
/// The operating system's error.
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
