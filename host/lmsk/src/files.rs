//! Reading with a bound, writing at once or not at all.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use luminarys_package::MAX_PACKAGE_BYTES;

/// The bytes of a package or component.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let failed = || format!("reading {}", path.display());
    let size = std::fs::metadata(path).with_context(failed)?.len();
    ensure!(
        size <= MAX_PACKAGE_BYTES,
        "{}: {size} bytes; at most {MAX_PACKAGE_BYTES} are read",
        path.display()
    );
    std::fs::read(path).with_context(failed)
}

/// Puts `bytes` at `path`; what was there is replaced only by the whole.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let failed = || format!("writing {}", path.display());
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    let mut file = builder.tempfile_in(directory).with_context(failed)?;
    file.write_all(bytes).with_context(failed)?;
    file.persist(path).with_context(failed)?;
    Ok(())
}

/// The key used when none is named.
pub(crate) fn default_key() -> anyhow::Result<PathBuf> {
    let home = std::env::home_dir()
        .context("there is no home directory; name the key with --key or --out")?;
    Ok(home.join(".lmsk").join("key"))
}

/// Bytes as people read them.
pub(crate) fn size(bytes: usize) -> String {
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}
