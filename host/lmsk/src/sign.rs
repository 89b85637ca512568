//! `lmsk sign`

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use luminarys_merge::Kind;
use luminarys_package::{Package, SecretKey, sign};
use serde_json::json;

use crate::adapt::adapt;
use crate::cli::Sign;
use crate::files;
use crate::report::Report;

pub(crate) fn run(arguments: &Sign) -> anyhow::Result<Report> {
    let bytes = files::read(&arguments.file)?;
    let name = arguments.file.display();
    let kind = luminarys_merge::kind(&bytes).with_context(|| name.to_string())?;
    let component = match kind {
        Kind::Component => bytes,
        Kind::LegacySkill => adapt(&arguments.file, &bytes)?.0,
        other => bail!("{name}: {}", other.advice().unwrap_or_default()),
    };
    let path = arguments.key.clone().map_or_else(files::default_key, Ok)?;
    let text = files::read_key(&path).context("no key to sign with; `lmsk genkey` makes one")?;
    warn_if_shared(&path);
    let key = SecretKey::from_text(&text).with_context(|| path.display().to_string())?;
    let package = sign(&component, &key).with_context(|| name.to_string())?;
    let size = package.len();
    let descriptor = Package::read(package.clone())?.descriptor;
    let default = || PathBuf::from(format!("{}.skill", descriptor.id));
    let out = arguments.out.clone().unwrap_or_else(default);
    files::write(&out, &package)?;
    if arguments.json {
        return Ok(Report::json(&json!({
            "file": out,
            "id": descriptor.id,
            "version": descriptor.skill_version,
            "bytes": size,
            "signer": key.public().id(),
            "public_key": key.public().to_text().trim(),
        })));
    }
    Ok(Report::text(format!(
        "{}  {} {}  {}  signed by {}\n",
        out.display(),
        descriptor.id,
        descriptor.skill_version,
        files::size(size),
        key.public().id()
    )))
}

/// Says when others than the owner can read a private key.
fn warn_if_shared(path: &Path) {
    #[cfg(unix)]
    if let Ok(metadata) = std::fs::metadata(path)
        && std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0
    {
        let path = path.display();
        eprintln!("lmsk: warning: others can read the private key {path}; run: chmod 600 {path}");
    }
    #[cfg(not(unix))]
    let _ = path;
}
