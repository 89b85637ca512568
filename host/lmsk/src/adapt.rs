//! `lmsk adapt`: converts a skill of the older ABI to a component with a descriptor.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use luminarys_package::{Descriptor, embed};
use serde_json::json;

use crate::cli::Adapt;
use crate::files;
use crate::report::{self, Report};

pub(crate) fn run(arguments: &Adapt) -> anyhow::Result<Report> {
    let module = files::read(&arguments.file)?;
    let (component, descriptor) = adapt(&arguments.file, &module)?;
    let default = || PathBuf::from(format!("{}.wasm", descriptor.id));
    let out = arguments.out.clone().unwrap_or_else(default);
    files::write(&out, &component)?;
    if arguments.json {
        return Ok(Report::json(&json!({
            "file": out,
            "id": descriptor.id,
            "version": descriptor.skill_version,
            "language": descriptor.language,
            "sdk": descriptor.sdk,
            "methods": descriptor.methods.len(),
            "module_bytes": module.len(),
            "bytes": component.len(),
        })));
    }
    Ok(Report::text(format!(
        "{}  {} {}  {}, {} of {}\n",
        out.display(),
        descriptor.id,
        descriptor.skill_version,
        report::methods(&descriptor),
        files::size(component.len()),
        files::size(module.len()),
    )))
}

/// Returns the component with its descriptor embedded. `file` is the module's name in errors.
pub(crate) fn adapt(file: &Path, module: &[u8]) -> anyhow::Result<(Vec<u8>, Descriptor)> {
    let (component, descriptor) = parts(file, module)?;
    let component = embed(&component, &descriptor).with_context(|| file.display().to_string())?;
    Ok((component, descriptor))
}

/// Returns the component and its descriptor. The module is run once, here, to describe itself, without access to
/// anything.
pub(crate) fn parts(file: &Path, module: &[u8]) -> anyhow::Result<(Vec<u8>, Descriptor)> {
    let name = || file.display().to_string();
    let adapted = luminarys_merge::adapt(module).with_context(name)?;
    let _progress = report::progress(&format!("reading the description of {}", name()));
    let text = luminarys_merge::describe(&adapted.component).with_context(name)?;
    let mut descriptor: Descriptor = serde_json::from_str(&text)
        .with_context(|| format!("{}: its description is not a valid descriptor", name()))?;
    descriptor.language = adapted.language.map(str::to_owned);
    Ok((adapted.component, descriptor))
}
