//! AssemblyScript and JavaScript: compilers that npm installs into the project.

use std::path::Path;
use std::process::Command;

use anyhow::ensure;

use super::tool;
use crate::files;
use crate::wit::Wit;

const INSTALL: &str = "Node.js 20 or later is at https://nodejs.org";

/// Builds the core module with `asc` and the project's target `release`.
pub(super) fn assemblyscript(directory: &Path) -> anyhow::Result<Vec<u8>> {
    install(directory)?;
    let work = tempfile::tempdir()?;
    let out = work.path().join("skill.wasm");
    let mut command = installed(directory, "asc");
    command
        .args(["assembly/lib.ts", "--target", "release", "--outFile"])
        .arg(&out);
    tool::run(
        &mut command,
        &format!("building {} with asc", directory.display()),
        INSTALL,
    )?;
    files::read(&out)
}

/// Builds the component with componentize-js.
pub(super) fn javascript(directory: &Path, wit: &Wit) -> anyhow::Result<Vec<u8>> {
    install(directory)?;
    let main = ["skill.js", "index.js"]
        .into_iter()
        .find(|name| directory.join(name).is_file());
    ensure!(
        main.is_some(),
        "{} holds neither skill.js nor index.js",
        directory.display()
    );
    let work = tempfile::tempdir()?;
    let out = work.path().join("skill.wasm");
    let mut command = installed(directory, "componentize-js");
    command
        .arg(main.unwrap_or_default())
        .arg("--wit")
        .arg(wit.path());
    command
        .args(["--world-name", wit.world(), "--out"])
        .arg(&out);
    // The engine's own fetch would import all of wasi:http; a skill imports the network in its world.
    command.args(["--disable", "http", "fetch-event"]);
    tool::run(
        &mut command,
        &format!("building {} with componentize-js", directory.display()),
        INSTALL,
    )?;
    files::read(&out)
}

/// Returns the path of a program installed in the project.
fn installed(directory: &Path, name: &str) -> Command {
    let mut command = Command::new("npx");
    command.current_dir(directory).args(["--no-install", name]);
    command
}

/// Installs the project's dependencies, unless they are up to date.
fn install(directory: &Path) -> anyhow::Result<()> {
    let modified = |name: &str| {
        directory
            .join(name)
            .metadata()
            .and_then(|found| found.modified())
            .ok()
    };
    let installed = modified("node_modules/.package-lock.json");
    let lock = modified("package-lock.json");
    let wanted = lock.or(modified("package.json"));
    if installed.is_some() && installed >= wanted {
        return Ok(());
    }
    let mut command = Command::new("npm");
    command
        .current_dir(directory)
        .arg(if lock.is_some() { "ci" } else { "install" });
    command.args(["--no-audit", "--no-fund", "--loglevel=error"]);
    tool::run(
        &mut command,
        &format!("installing what {} asks for", directory.display()),
        INSTALL,
    )
}
