//! `lmsk build`

use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use luminarys_merge::Kind;
use luminarys_package::{Abi, Descriptor, embed};
use serde_json::json;
use wit_component::ComponentEncoder;

use crate::cargo::Crate;
use crate::cli::Build;
use crate::report::Report;
use crate::{exports, files, world};

pub(crate) fn run(arguments: &Build) -> anyhow::Result<Report> {
    let source = Crate::read(arguments)?;
    // Before the slow part: most mistakes are here.
    let descriptor = world::describe(&source.wit, source.world.as_deref())?;
    if let Some(descriptor) = &descriptor {
        exports::check_symbols(descriptor)?;
    }
    let wasm = source.build(arguments)?;
    let bytes = files::read(&wasm)?;
    let component = match luminarys_merge::kind(&bytes)? {
        Kind::Component => bytes,
        Kind::ComponentModule => ComponentEncoder::default()
            .module(&bytes)
            .and_then(|mut encoder| encoder.encode())
            .with_context(|| format!("making a component of {}", wasm.display()))?,
        other => bail!("{}: {}", wasm.display(), other.advice().unwrap_or_default()),
    };
    let descriptor = match descriptor {
        Some(descriptor) => {
            exports::check(&component, &descriptor)?;
            descriptor
        }
        None => ask(&component)?,
    };
    let described = embed(&component, &descriptor)?;
    let default = || PathBuf::from(format!("{}.wasm", descriptor.id));
    let out = arguments.out.clone().unwrap_or_else(default);
    files::write(&out, &described)?;
    if arguments.json {
        return Ok(Report::json(&json!({
            "file": out,
            "id": descriptor.id,
            "version": descriptor.skill_version,
            "methods": descriptor.methods.len(),
            "bytes": described.len(),
        })));
    }
    Ok(Report::text(format!(
        "{}  {} {}  {} methods, {}\n",
        out.display(),
        descriptor.id,
        descriptor.skill_version,
        descriptor.methods.len(),
        files::size(described.len())
    )))
}

/// The descriptor of a dynamic component, from its own `describe`.
fn ask(component: &[u8]) -> anyhow::Result<Descriptor> {
    let text = luminarys_merge::describe(component)?;
    let descriptor: Descriptor =
        serde_json::from_str(&text).context("what its `describe` returned is no descriptor")?;
    ensure!(
        descriptor.abi == Abi::Dynamic,
        "its `describe` must say `\"abi\": \"dynamic\"`"
    );
    descriptor.validate()?;
    Ok(descriptor)
}
