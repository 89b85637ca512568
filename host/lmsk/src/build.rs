//! `lmsk build`

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use luminarys_merge::Kind;
use luminarys_package::embed;
use serde_json::Value;
use wit_component::ComponentEncoder;

use crate::cli::Build;
use crate::{files, world};

pub(crate) fn run(arguments: &Build) -> anyhow::Result<()> {
    let crate_info = CrateInfo::read(arguments)?;
    // Before the slow part: most mistakes are here.
    let descriptor = world::describe(&crate_info.wit, crate_info.world.as_deref())?;
    let wasm = compile(arguments, &crate_info)?;
    let bytes = files::read(&wasm)?;
    let component = match luminarys_merge::kind(&bytes)? {
        Kind::Component => bytes,
        Kind::ComponentModule => ComponentEncoder::default()
            .module(&bytes)
            .and_then(|mut encoder| encoder.encode())
            .with_context(|| format!("making a component of {}", wasm.display()))?,
        other => bail!("{}: {}", wasm.display(), other.advice().unwrap_or_default()),
    };
    let described = embed(&component, &descriptor)?;
    let out = arguments
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("{}.wasm", descriptor.id)));
    files::write(&out, &described)?;
    println!(
        "{}  {} {}  {} methods, {}",
        out.display(),
        descriptor.id,
        descriptor.skill_version,
        descriptor.methods.len(),
        files::size(described.len())
    );
    Ok(())
}

/// What the crate's own Cargo.toml says.
struct CrateInfo {
    name: String,
    wit: Vec<PathBuf>,
    world: Option<String>,
}

impl CrateInfo {
    fn read(arguments: &Build) -> anyhow::Result<Self> {
        let manifest = arguments.dir.join("Cargo.toml");
        ensure!(
            manifest.is_file(),
            "{} is missing; name the crate's directory",
            manifest.display()
        );
        let output = Command::new(&arguments.cargo)
            .args([
                "metadata",
                "--no-deps",
                "--format-version",
                "1",
                "--manifest-path",
            ])
            .arg(&manifest)
            .output()
            .with_context(|| {
                format!(
                    "running {}; install Rust from https://rustup.rs",
                    arguments.cargo.display()
                )
            })?;
        ensure!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
        let metadata: Value = serde_json::from_slice(&output.stdout)?;
        let wanted = manifest.canonicalize()?;
        let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
        let found = packages.iter().find(|package| {
            let path = package["manifest_path"].as_str().map(Path::new);
            path.and_then(|path| path.canonicalize().ok()).as_deref() == Some(&wanted)
        });
        let package =
            found.with_context(|| format!("{} describes no package", manifest.display()))?;
        let ours = &package["metadata"]["luminarys"];
        let wit: Vec<PathBuf> = match ours["wit"].as_array() {
            Some(paths) => paths
                .iter()
                .filter_map(Value::as_str)
                .map(|path| arguments.dir.join(path))
                .collect(),
            None => vec![arguments.dir.join("wit")],
        };
        Ok(Self {
            name: package["name"].as_str().unwrap_or_default().to_owned(),
            wit,
            world: ours["world"].as_str().map(str::to_owned),
        })
    }
}

/// Builds the crate and finds what came of it.
fn compile(arguments: &Build, crate_info: &CrateInfo) -> anyhow::Result<PathBuf> {
    let progress = if std::io::stderr().is_terminal() {
        ProgressBar::new_spinner()
    } else {
        ProgressBar::hidden()
    };
    progress.set_style(ProgressStyle::default_spinner());
    progress.set_message(format!(
        "building {} for {}",
        crate_info.name, arguments.target
    ));
    progress.enable_steady_tick(Duration::from_millis(100));
    let output = Command::new(&arguments.cargo)
        .args([
            "build",
            "--release",
            "--message-format",
            "json-render-diagnostics",
            "--target",
            &arguments.target,
        ])
        .args(arguments.cargo_flags.split_whitespace())
        .args(["--package", &crate_info.name])
        .current_dir(&arguments.dir)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("running {}", arguments.cargo.display()))?;
    progress.finish_and_clear();
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let hint = if said.contains("can't find crate for `core`")
            || said.contains("target may not be installed")
        {
            format!(
                "\nthe target is missing; run: rustup target add {}",
                arguments.target
            )
        } else {
            String::new()
        };
        bail!("the build failed:\n{}{hint}", said.trim());
    }
    let messages = output.stdout.split(|byte| *byte == b'\n');
    let messages = messages.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let mut made = None;
    for message in messages.filter(|message| message["reason"] == "compiler-artifact") {
        let is_library = message["target"]["kind"]
            .as_array()
            .is_some_and(|kinds| kinds.iter().any(|kind| kind == "cdylib"));
        let files = message["filenames"].as_array().cloned().unwrap_or_default();
        if is_library {
            made = files
                .iter()
                .filter_map(Value::as_str)
                .find(|file| file.ends_with(".wasm"))
                .map(PathBuf::from)
                .or(made);
        }
    }
    made.with_context(|| {
        format!(
            "{} made no WebAssembly library; its Cargo.toml needs [lib] crate-type = [\"cdylib\"]",
            crate_info.name
        )
    })
}
