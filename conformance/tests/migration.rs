//! Tests what `guest-templates/MIGRATION.md` says about older manifests and configurations.
//!
//! Each part of that chapter has two blocks: `older` in a file, and `now` in the same file. The host gets the older
//! text: it accepts it, or rejects it and names the new line. With that replacing the old one, it accepts it.

use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context as _, ensure};
use luminarys_conformance::{binary, package};

/// A block, and the file that it is in.
struct Block<'a> {
    file: &'a str,
    content: String,
}

/// The blocks `older` and `now` of the page, in order.
fn pairs(page: &str) -> anyhow::Result<Vec<(Block<'_>, Block<'_>)>> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let named = line
            .strip_suffix("`:")
            .and_then(|line| line.split_once("`, in `"));
        let Some((kind, file)) = named else { continue };
        let content = lines.by_ref().skip_while(|line| *line != "```yaml").skip(1);
        let content = content.take_while(|line| *line != "```");
        let content = content.flat_map(|line| [line, "\n"]).collect();
        blocks.push((kind.trim_start_matches('`'), Block { file, content }));
    }
    let mut pairs = Vec::new();
    let mut blocks = blocks.into_iter();
    while let Some((kind, older)) = blocks.next() {
        let (other, now) = blocks
            .next()
            .context("an older block without a newer one")?;
        ensure!(
            kind == "older" && other == "now" && older.file == now.file,
            "{}",
            older.content
        );
        pairs.push((older, now));
    }
    Ok(pairs)
}

/// Runs `luminarys check` in a directory where `file` has `content`.
fn check(file: &str, content: &str) -> anyhow::Result<Output> {
    let directory = tempfile::tempdir()?;
    let write = |name: &str, content: &str| -> anyhow::Result<()> {
        let path = directory.path().join(name);
        std::fs::create_dir_all(path.parent().context("no parent")?)?;
        Ok(std::fs::write(path, content)?)
    };
    std::fs::copy(package("echo"), directory.path().join("echo.skill"))?;
    let key = package("key").with_extension("pub");
    let config = format!("trust: [{:?}]\ndata_dir: data\n", key);
    if file == "host.yaml" {
        write(file, &format!("{config}{content}"))?;
    } else {
        write("host.yaml", &format!("{config}skills: [{file}]\n"))?;
        write(file, content)?;
    }
    let mut command = Command::new(binary());
    command
        .args(["check", "--config", "host.yaml"])
        .current_dir(directory.path());
    Ok(command.output()?)
}

/// Returns the older text with the keys replaced by the new ones.
fn replaced(older: &str, now: &str) -> String {
    let replaced = [
        "path",
        "permissions",
        "fs",
        "dirs",
        "shell",
        "shell_allowlist",
        "http",
    ];
    let stays = |line: &&str| {
        let key = line.split(':').next().unwrap_or_default();
        !line.starts_with(' ') && !replaced.contains(&key)
    };
    let path = "path: echo.skill\n";
    let path = if now.contains("path:") || !older.contains(path) {
        ""
    } else {
        path
    };
    let kept: String = older
        .lines()
        .filter(stays)
        .flat_map(|line| [line, "\n"])
        .collect();
    format!("{kept}{path}{now}")
}

#[test]
fn older_layouts_are_accepted_or_rejected_with_advice() -> anyhow::Result<()> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest-templates/MIGRATION.md");
    let page = std::fs::read_to_string(page)?;
    let pairs = pairs(&page)?;
    ensure!(
        pairs.len() >= 4,
        "{} pairs of blocks are in the page",
        pairs.len()
    );
    for (older, now) in pairs {
        let output = check(older.file, &older.content)?;
        let outcome = [output.stdout, output.stderr].concat();
        let outcome = String::from_utf8_lossy(&outcome);
        if !output.status.success() {
            ensure!(
                outcome.contains(now.content.trim_end()),
                "{}\n--- is refused with\n{outcome}",
                older.content
            );
        }
        let text = replaced(&older.content, &now.content);
        let output = check(now.file, &text)?;
        ensure!(
            output.status.success(),
            "{text}\n--- is refused: {output:?}"
        );
    }
    Ok(())
}
