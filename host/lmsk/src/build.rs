//! `lmsk build`: builds a project in any of the languages to a component with its descriptor.
//!
//! - `project`: detects the kind of project
//! - `cargo`, `go`, `npm`, `python`: each language's own tools
//! - `snapshot`: pre-initialises what they have built
//! - `tool`: runs a tool, and explains when it is missing or fails

mod cargo;
mod go;
mod npm;
mod project;
mod python;
mod snapshot;
mod tool;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use luminarys_merge::Kind;
use luminarys_package::{Abi, Descriptor, Method, embed};
use serde_json::json;
use wit_component::ComponentEncoder;

use crate::cli::{Build, Source};
use crate::report::{self, Report};
use crate::wit::Wit;
use crate::{adapt, exports, files, generate, sign, world};
use project::Project;
use snapshot::Snapshot;

/// The result of a build.
pub(crate) struct Built {
    /// The component with its descriptor embedded.
    pub component: Vec<u8>,
    pub descriptor: Descriptor,
    /// The size of the tools' output, in bytes.
    pub tool_bytes: usize,
    /// Whether instances start with prepared memory.
    pub snapshot: bool,
    /// The files generated before the build.
    pub generated: Vec<PathBuf>,
}

pub(crate) fn run(arguments: &Build) -> anyhow::Result<Report> {
    let built = build(&arguments.source)?;
    let descriptor = &built.descriptor;
    let extension = if arguments.sign { "skill" } else { "wasm" };
    let default = || PathBuf::from(format!("{}.{extension}", descriptor.id));
    let out = arguments.out.clone().unwrap_or_else(default);
    let signed = match arguments.sign {
        true => Some(sign::sign(&built.component, arguments.key.as_deref())?),
        false => None,
    };
    let made = signed
        .as_ref()
        .map_or(&built.component, |signed| &signed.package);
    files::write(&out, made)?;
    let bytes = built.component.len();
    if arguments.json {
        return Ok(Report::json(&json!({
            "file": out,
            "id": descriptor.id,
            "version": descriptor.skill_version,
            "abi": descriptor.abi,
            "language": descriptor.language,
            "methods": descriptor.methods.len(),
            "bytes": bytes,
            "tool_bytes": built.tool_bytes,
            "snapshot": built.snapshot,
            "generated": built.generated,
            "signer": signed.as_ref().map(|signed| signed.signer.id()),
        })));
    }
    let mut text = String::new();
    for file in &built.generated {
        text.push_str(&format!("{}  generated\n", file.display()));
    }
    text.push_str(&format!(
        "{}  {} {}  {}, {}",
        out.display(),
        descriptor.id,
        descriptor.skill_version,
        report::methods(descriptor),
        files::size(bytes),
    ));
    if descriptor.abi == Abi::Dynamic && built.tool_bytes != bytes {
        text.push_str(&format!(", adapted from {}", files::size(built.tool_bytes)));
    }
    if built.snapshot {
        text.push_str(&format!(
            ", {} of it a snapshot",
            files::size(bytes.saturating_sub(built.tool_bytes))
        ));
    }
    if let Some(signed) = &signed {
        text.push_str(&format!("  signed by {}", signed.signer.id()));
    }
    text.push('\n');
    Ok(Report::text(text))
}

/// Fails if a folder is not a skill's project.
pub(crate) fn check_folder(directory: &Path) -> anyhow::Result<()> {
    Project::find(directory).map(drop)
}

/// Generates code if needed, builds, and embeds the descriptor.
pub(crate) fn build(arguments: &Source) -> anyhow::Result<Built> {
    let directory = &arguments.dir;
    let project = Project::find(directory)?;
    let output = match project.may_be_annotated() {
        true => generate::for_project(directory)?,
        false => None,
    };
    snapshot::check(arguments, project, output.is_some())?;
    let generated = match &output {
        Some(output) => generate::write(&output.files)?,
        None => Vec::new(),
    };
    let built = match project {
        Project::Cargo => {
            let abi = output.as_ref().map(|output| output.abi);
            cargo(arguments, abi)?
        }
        Project::Go => adapted(directory, go::build(directory)?)?,
        Project::AssemblyScript => adapted(directory, npm::assemblyscript(directory)?)?,
        Project::JavaScript => typed(directory, "javascript", "componentize-js", npm::javascript)?,
        Project::Python => typed(directory, "python", "componentize-py", python::build)?,
    };
    let Parts {
        component,
        mut descriptor,
        tool_bytes,
        snapshot,
    } = built;
    if let Some(output) = &output {
        complete(&mut descriptor, output.skill.descriptor.methods.as_slice())?;
    }
    let component = embed(&component, &descriptor)?;
    Ok(Built {
        component,
        descriptor,
        tool_bytes,
        snapshot,
        generated,
    })
}

/// What a language's tools made.
struct Parts {
    component: Vec<u8>,
    descriptor: Descriptor,
    tool_bytes: usize,
    snapshot: bool,
}

fn cargo(arguments: &Source, abi: Option<crate::cli::Abi>) -> anyhow::Result<Parts> {
    let source = cargo::Crate::read(arguments)?;
    let snapshot = Snapshot::new(arguments, source.snapshot);
    if snapshot.is_made() && abi.is_some() {
        snapshot::annotated(arguments)?;
    }
    if abi == Some(crate::cli::Abi::Core) {
        let target = arguments.target.as_deref().unwrap_or_default();
        ensure!(
            !target.contains("wasip2"),
            "a skill of the older ABI is built for wasm32-wasip1, not for {target}, as --target or GUEST_TARGET says"
        );
        let wasm = source.build(arguments, "wasm32-wasip1")?;
        return adapted(&wasm, files::read(&wasm)?);
    }
    // Before the slow part: most mistakes are found here.
    let mut descriptor =
        world::describe(&source.wit, source.world.as_deref(), "rust", source.sdk())?;
    if let Some(descriptor) = &mut descriptor {
        snapshot.reserve(descriptor)?;
        exports::check_symbols(descriptor)?;
    }
    let wasm = source.build(arguments, "wasm32-wasip2")?;
    let bytes = files::read(&wasm)?;
    let tool_bytes = bytes.len();
    let component = match luminarys_merge::kind(&bytes)? {
        Kind::Component => bytes,
        Kind::ComponentModule => ComponentEncoder::default()
            .module(&bytes)
            .and_then(|mut encoder| encoder.encode())
            .with_context(|| format!("making a component of {}", wasm.display()))?,
        Kind::LegacySkill => return adapted(&wasm, bytes),
        other => bail!("{}: {}", wasm.display(), other.advice().unwrap_or_default()),
    };
    let descriptor = match descriptor {
        Some(descriptor) => {
            exports::check(&component, &descriptor)?;
            descriptor
        }
        None => ask(&component)?,
    };
    Ok(Parts {
        component: snapshot.apply(&source.name, component)?,
        descriptor,
        tool_bytes,
        snapshot: snapshot.is_made(),
    })
}

/// A core module of the older ABI, adapted.
fn adapted(name: &Path, module: Vec<u8>) -> anyhow::Result<Parts> {
    let kind = luminarys_merge::kind(&module)?;
    ensure!(
        kind == Kind::LegacySkill,
        "the output of {} is not a skill: {}",
        name.display(),
        kind.advice()
            .unwrap_or_else(|| "it is a component already".into())
    );
    let (component, descriptor) = adapt::parts(name, &module)?;
    Ok(Parts {
        component,
        descriptor,
        tool_bytes: module.len(),
        snapshot: false,
    })
}

/// Builds a component with a tool from a source and a WIT world.
fn typed(
    directory: &Path,
    language: &str,
    sdk: &str,
    build: impl FnOnce(&Path, &Wit) -> anyhow::Result<Vec<u8>>,
) -> anyhow::Result<Parts> {
    let wit = Wit::gather(directory)?;
    let described = world::describe(&[wit.path().to_owned()], None, language, sdk)?;
    let component = build(directory, &wit)?;
    let descriptor = match described {
        Some(descriptor) => {
            exports::check(&component, &descriptor)?;
            descriptor
        }
        None => ask(&component)?,
    };
    Ok(Parts {
        tool_bytes: component.len(),
        component,
        descriptor,
        snapshot: false,
    })
}

/// Adds the annotations that the older ABI's descriptor lacks: defaults, examples, results, titles, hints.
fn complete(descriptor: &mut Descriptor, annotated: &[Method]) -> anyhow::Result<()> {
    if descriptor.abi != Abi::Dynamic {
        return Ok(());
    }
    for told in annotated {
        let method = descriptor
            .methods
            .iter_mut()
            .find(|method| method.name == told.name);
        let method = method.with_context(|| {
            format!(
                "the built skill has no method {}; is the generated file part of it?",
                told.name
            )
        })?;
        method.result.clone_from(&told.result);
        method.params.clone_from(&told.params);
        method.title.clone_from(&told.title);
        method.hints.clone_from(&told.hints);
    }
    Ok(())
}

/// Returns the descriptor of a dynamic component, from its own `describe`.
fn ask(component: &[u8]) -> anyhow::Result<Descriptor> {
    let text = luminarys_merge::describe(component)?;
    let descriptor: Descriptor = serde_json::from_str(&text)
        .context("the result of its `describe` is not a valid descriptor")?;
    ensure!(
        descriptor.abi == Abi::Dynamic,
        "its `describe` must say `\"abi\": \"dynamic\"`"
    );
    descriptor.validate()?;
    Ok(descriptor)
}
