//! Packages with replaced hints.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use luminarys_package::{Package, SecretKey, embed, sign};

use crate::case::Hinted;
use crate::host;
use crate::world::World;

/// Signs the package of `skill` again with these hints, for the instance `id`.
pub(crate) fn package(
    world: &World,
    id: &str,
    skill: &str,
    hinted: &Hinted,
) -> anyhow::Result<PathBuf> {
    let path = host::package(skill);
    let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
    let package = Package::read(bytes)?;
    let mut descriptor = package.descriptor.clone();
    for name in &hinted.except {
        let mut methods = descriptor.methods.iter();
        let known = methods.any(|method| method.name == *name);
        ensure!(known, "{skill} has no method {name}");
    }
    for method in &mut descriptor.methods {
        method.hints = match hinted.except.contains(&method.name) {
            true => Vec::new(),
            false => hinted.declare.clone(),
        };
    }
    let key = std::fs::read_to_string(host::package("key").with_extension(""))?;
    let component = embed(without_descriptor(package.unsigned())?, &descriptor)?;
    let signed = sign(&component, &SecretKey::from_text(&key)?)?;
    let path = world.config_dir().join(format!("{id}.skill"));
    std::fs::write(&path, signed)?;
    Ok(path)
}

/// Returns the component without its descriptor, which is the last section of the signed part.
fn without_descriptor(signed: &[u8]) -> anyhow::Result<&[u8]> {
    const NAME: &[u8] = b"\x14luminarys:descriptor";
    let at = signed.windows(NAME.len()).rposition(|part| part == NAME);
    let at = at.context("there is no descriptor")?;
    let mut size = signed.len() - at;
    let mut header = vec![0];
    loop {
        let byte = u8::try_from(size & 0x7f)?;
        size >>= 7;
        header.push(if size > 0 { byte | 0x80 } else { byte });
        if size == 0 {
            break;
        }
    }
    let component = signed[..at].strip_suffix(&*header);
    component.context("the descriptor is not the last section")
}
