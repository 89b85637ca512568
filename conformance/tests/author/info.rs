//! `lmsk info` on every kind of file.

use luminarys_conformance::package;

use crate::tools::{Desk, contains};

pub fn kinds() -> anyhow::Result<()> {
    let desk = Desk::new()?;
    let file = |name: &str| package(name).display().to_string();
    let module = package("x")
        .with_file_name("legacy-rust.module.wasm")
        .display()
        .to_string();
    desk.write("garbage", "no wasm")?;
    for (path, parts) in [
        (
            file("fs"),
            &[
                "ai.luminarys.rust.fs 1.0.0",
                "abi        typed",
                "signed by",
                "luminarys:skill/filesystem@1.0.0",
            ][..],
        ),
        (
            file("go-git"),
            &[
                "abi        dynamic",
                "made with  go",
                "commit(workdir, message",
                "shell git **",
            ],
        ),
        (
            module.clone(),
            &[
                "a core module of the older ABI",
                "not signed",
                "ai.luminarys.legacy.rust",
            ],
        ),
    ] {
        let outcome = desk.lmsk(&["info", &path])?.succeeded()?;
        parts.iter().try_for_each(|part| contains(&outcome, part))?;
    }
    desk.lmsk(&["info", "garbage"])?
        .failed(2, "not a WebAssembly file")?;
    let bytes = std::fs::read(package("echo"))?;
    std::fs::write(desk.path("short.skill"), &bytes[..bytes.len() / 2])?;
    desk.lmsk(&["info", "short.skill"])?
        .failed(2, "short.skill")?;
    under_manifest(&desk, &file("fs"), &file("go-git"))
}

/// The grants of a manifest, without a host.
fn under_manifest(desk: &Desk, fs: &str, git: &str) -> anyhow::Result<()> {
    let granted = desk.path("granted");
    std::fs::create_dir(&granted)?;
    let manifest = format!(
        "id: a\npath: a.skill\npermissions: {{ fs: {{ enabled: true, dirs: [\"{}:rw\"] }}, shell: {{ enabled: true, allowlist: [\"ls **\"] }} }}\n",
        granted.display()
    );
    desk.write("manifest.yaml", &manifest)?;
    let outcome = desk
        .lmsk(&["info", fs, "--manifest", "manifest.yaml"])?
        .succeeded()?;
    contains(&outcome, "granted  imports filesystem  permissions.fs.dirs")?;
    let outcome = desk
        .lmsk(&["info", git, "--manifest", "manifest.yaml"])?
        .succeeded()?;
    contains(&outcome, "DENIED   requires shell git **")?;
    contains(&outcome, "permissions.shell.allowlist")?;
    desk.write("manifest.yaml", "id: a\npath: a.skill\npermisions: {}\n")?;
    desk.lmsk(&["info", fs, "--manifest", "manifest.yaml"])?
        .failed(2, "permisions")
}
