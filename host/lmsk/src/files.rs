//! Reads files up to a limit, and writes them atomically.

use std::fs::{DirBuilder, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use luminarys_package::MAX_PACKAGE_BYTES;
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

const MAX_SOURCE_BYTES: u64 = 4 << 20;
const MAX_KEY_BYTES: u64 = 64 << 10;

/// Reads a package or component.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    read_bounded(path, MAX_PACKAGE_BYTES, &mut bytes)?;
    Ok(bytes)
}

/// Reads the text of a source file.
pub(crate) fn read_text(path: &Path) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    // Opening a pipe would block.
    let is_file = std::fs::metadata(path).is_ok_and(|found| found.is_file());
    anyhow::ensure!(is_file || !path.exists(), "{} is no file", path.display());
    read_bounded(path, MAX_SOURCE_BYTES, &mut bytes)?;
    // Some editors write a byte order mark, which is not part of the text.
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    String::from_utf8(bytes).map_err(|_| anyhow::anyhow!("{} is not UTF-8 text", path.display()))
}

/// Reads the text of a key. Wiped from memory when dropped.
pub(crate) fn read_key(path: &Path) -> anyhow::Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(4 << 10));
    read_bounded(path, MAX_KEY_BYTES, &mut bytes)?;
    let text = std::str::from_utf8(&bytes);
    let text = text.with_context(|| format!("{} is not a key: it is not text", path.display()))?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Reads up to a limit, counting bytes, since a device or pipe has no size.
fn read_bounded(path: &Path, limit: u64, bytes: &mut Vec<u8>) -> anyhow::Result<()> {
    let failed = || format!("reading {}", path.display());
    let file = File::open(path).with_context(failed)?;
    let read = file.take(limit + 1).read_to_end(bytes);
    let size = read.with_context(failed)? as u64;
    let name = path.display();
    ensure!(size <= limit, "{name} is larger than {limit} bytes");
    Ok(())
}

/// Writes `bytes` to `path` atomically.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let file = prepare(path, bytes, 0o644)?;
    file.persist(path)
        .with_context(|| format!("writing {}", path.display()))?;
    Ok(())
}

/// Writes a complete temporary file beside `path`, to be renamed to it.
pub(crate) fn prepare(path: &Path, bytes: &[u8], mode: u32) -> anyhow::Result<NamedTempFile> {
    let failed = || format!("writing {}", path.display());
    let parent = path.parent();
    let directory = parent.filter(|parent| !parent.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    #[cfg(not(unix))]
    let _ = mode;
    let file = builder.tempfile_in(directory.unwrap_or(Path::new(".")));
    let mut file = file.with_context(failed)?;
    file.write_all(bytes).with_context(failed)?;
    file.as_file().sync_all().with_context(failed)?;
    Ok(file)
}

/// Returns the path of the default key.
pub(crate) fn default_key() -> anyhow::Result<PathBuf> {
    Ok(own_directory()?.join("key"))
}

/// Returns the directory of keys, the user's own and the trusted ones.
pub(crate) fn own_directory() -> anyhow::Result<PathBuf> {
    let home = std::env::home_dir();
    let home = home.filter(|home| !home.as_os_str().is_empty());
    let home = home.context("there is no home directory; name keys with --key or --out")?;
    Ok(home.join(".lmsk"))
}

/// Creates a directory that other users cannot read.
pub(crate) fn private_directory(directory: &Path) -> anyhow::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(directory)
        .with_context(|| format!("making {}", directory.display()))
}

/// Formats a number of bytes for people.
pub(crate) fn size(bytes: usize) -> String {
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}
