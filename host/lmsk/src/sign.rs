//! `lmsk sign`

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use luminarys_package::{Package, SecretKey, sign};

use crate::cli::Sign;
use crate::files;

pub(crate) fn run(arguments: &Sign) -> anyhow::Result<()> {
    let component = files::read(&arguments.file)?;
    let name = arguments.file.display();
    if let Some(advice) = luminarys_merge::kind(&component)
        .with_context(|| name.to_string())?
        .advice()
    {
        bail!("{name}: {advice}");
    }
    let path = arguments.key.clone().map_or_else(files::default_key, Ok)?;
    let text = std::fs::read_to_string(&path).with_context(|| {
        format!(
            "reading the key {}; `lmsk genkey` makes one",
            path.display()
        )
    })?;
    let key = SecretKey::from_text(&text).with_context(|| path.display().to_string())?;
    let package = sign(&component, &key).with_context(|| name.to_string())?;
    let descriptor = Package::read(package.clone())?.descriptor;
    let out = arguments
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("{}.skill", descriptor.id)));
    files::write(&out, &package)?;
    println!(
        "{}  {} {}  {}  signed by {}",
        out.display(),
        descriptor.id,
        descriptor.skill_version,
        files::size(package.len()),
        key.public().id()
    );
    Ok(())
}
