//! Executes the tutorial in `guest-templates/README.md`, and compares the output.
//!
//! - a block after a line that is only a path in backquotes and a colon is written to that file
//! - a `console` block is run: `$ command`, then what it prints; `…` stands for any text
//! - a block after the comment `not run` is skipped; any other block is an error
//!
//! The chapters (`##`) run one after another; the parts of one (`###`) concurrently, each starting where the chapter
//! ends. The tutorial's home, `/home/me`, is a temporary directory.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, thread};

use anyhow::{Context as _, anyhow, bail, ensure};
use luminarys_conformance::{binary, package};
use tempfile::TempDir;

const HOME: &str = "/home/me";

/// The prefix of every command. Caches of tools stay below the real home.
const PRELUDE: &str = r#"
exec 2>&1 </dev/null
export XDG_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache} GOENV=${GOENV:-$HOME/.config/go/env} GOPATH=${GOPATH:-$HOME/go}
export XDG_STATE_HOME=${XDG_STATE_HOME:-$HOME/.local/state}
export CARGO_HOME=${CARGO_HOME:-$HOME/.cargo} RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup}
export npm_config_cache=${npm_config_cache:-$HOME/.npm} npm_config_userconfig=${npm_config_userconfig:-$HOME/.npmrc}
export HOME=$DESK XDG_DATA_HOME=$DESK/.local/share PATH=$PROGRAMS:$PATH LC_ALL=C
unset LUMINARYS_CONFIG XDG_CONFIG_HOME RUST_BACKTRACE RUST_LOG
[ ! -x "$PYTHON" ] || export LMSK_COMPONENTIZE_PY=$PYTHON
eval "$TOOLCHAIN"
"#;

#[test]
fn the_readme_is_true() -> anyhow::Result<()> {
    let readme = fs::read_to_string(repository().join("guest-templates/README.md"))?;
    let desk = Desk::new()?;
    let mut directory = desk.home.clone();
    for Chapter { blocks, parts } in chapters(&readme)? {
        desk.follow(&blocks, &mut directory)?;
        let follow = |part: &[Block]| desk.follow(part, &mut directory.clone());
        let outcomes: Vec<_> = thread::scope(|scope| {
            let parts = parts.iter().map(|part| scope.spawn(|| follow(part)));
            let ended = parts.collect::<Vec<_>>().into_iter();
            ended.map(thread::ScopedJoinHandle::join).collect()
        });
        for outcome in outcomes {
            outcome.map_err(|_| anyhow!("a part was not followed to its end"))??;
        }
    }
    Ok(())
}

/// The content below a heading `##`, and below each `###` in it.
#[derive(Default)]
struct Chapter {
    blocks: Vec<Block>,
    parts: Vec<Vec<Block>>,
}

/// A block between lines of backquotes.
struct Block {
    /// The number of its first line.
    line: usize,
    content: String,
    /// The file that it is written to; without one it is run.
    file: Option<String>,
}

fn chapters(text: &str) -> anyhow::Result<Vec<Chapter>> {
    let mut chapters = vec![Chapter::default()];
    let mut lines = (1..).zip(text.lines());
    let mut before = "";
    while let Some((line, text)) = lines.next() {
        if text.starts_with("## ") {
            chapters.push(Chapter::default());
        }
        let chapter = chapters.last_mut().context("there is no chapter")?;
        if text.starts_with("### ") {
            chapter.parts.push(Vec::new());
        }
        if let Some(language) = text.strip_prefix("```") {
            let content = lines.by_ref().map(|(_, text)| text);
            let content = content.take_while(|text| *text != "```");
            let content = content.flat_map(|text| [text, "\n"]).collect();
            let file = before.strip_prefix('`');
            let file = file.and_then(|rest| rest.strip_suffix("`:"));
            if !before.starts_with("<!-- not run:") {
                ensure!(
                    file.is_some() || language == "console",
                    "README.md:{line}: a block of no known kind"
                );
                let part = chapter.parts.last_mut();
                part.unwrap_or(&mut chapter.blocks).push(Block {
                    line: line + 1,
                    content,
                    file: file.map(str::to_owned),
                });
            }
            before = "";
        } else if !text.is_empty() {
            before = text;
        }
    }
    Ok(chapters)
}

/// The commands of a block, each with its line and what it prints.
fn commands(block: &Block) -> anyhow::Result<Vec<(usize, &str, String)>> {
    let mut commands: Vec<(usize, &str, String)> = Vec::new();
    for (line, text) in (block.line..).zip(block.content.lines()) {
        match (text.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((line, command, String::new())),
            (None, Some((_, _, printed))) => printed.extend([text, "\n"]),
            (None, None) => bail!("README.md:{line}: no command prints this"),
        }
    }
    Ok(commands)
}

/// A home, and the commands run there.
struct Desk {
    home: PathBuf,
    /// Shell assignments, as `scripts/guest-toolchain` prints them.
    toolchain: String,
    _directory: TempDir,
}

impl Desk {
    fn new() -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let home = directory.path().canonicalize()?;
        let toolchain = Command::new(repository().join("scripts/guest-toolchain")).output()?;
        ensure!(toolchain.status.success(), "{toolchain:?}");

        Ok(Self {
            home,
            toolchain: String::from_utf8(toolchain.stdout)?,
            _directory: directory,
        })
    }

    /// Executes the blocks, in a directory that they may change.
    fn follow(&self, blocks: &[Block], directory: &mut PathBuf) -> anyhow::Result<()> {
        for block in blocks {
            if let Some(path) = &block.file {
                let written = fs::write(self.home.join(path), self.real(&block.content));
                written.with_context(|| format!("README.md:{}: {path}", block.line))?;
                continue;
            }
            for (line, command, expected) in commands(block)? {
                let printed = self.run(command, directory);
                let printed = printed.with_context(|| format!("README.md:{line}: {command}"))?;
                let expected = tidy(&expected);
                ensure!(
                    matches(&expected, &printed),
                    "README.md:{line}: {command}\n--- expected\n{expected}\n--- printed\n{printed}\n---"
                );
            }
        }
        Ok(())
    }

    /// Returns the output of a command, including errors, as the page shows it.
    fn run(&self, command: &str, directory: &mut PathBuf) -> anyhow::Result<String> {
        if let Some(next) = command.strip_prefix("cd ") {
            *directory = directory.join(self.real(next)).canonicalize()?;
            return Ok(String::new());
        }
        let programs = std::path::absolute(binary().with_file_name(""))?;
        let python = package("any").with_file_name("../python/bin/componentize-py");
        let mut shell = Command::new("bash");
        let script = format!("{PRELUDE}{}", self.real(command));
        shell.arg("-c").arg(script).current_dir(directory);
        shell.env("DESK", &self.home).env("PROGRAMS", programs);
        shell
            .env("PYTHON", python)
            .env("TOOLCHAIN", &self.toolchain);
        let printed = String::from_utf8(shell.output()?.stdout)?;
        Ok(tidy(&printed.replace(&*self.home.to_string_lossy(), HOME)))
    }

    /// Replaces the home in text of the page by the temporary one.
    fn real(&self, text: &str) -> String {
        text.replace(HOME, &self.home.to_string_lossy())
    }
}

/// Removes spaces at line ends, empty lines at the end, and what a terminal shows only while it lasts.
fn tidy(text: &str) -> String {
    let lines = text.lines().map(str::trim_end);
    let lines: Vec<_> = lines
        .filter(|line| !PASSING.iter().any(|begins| line.starts_with(begins)))
        .collect();
    lines.join("\n").trim_end().to_owned()
}

/// Whether `text` is `pattern`, in which `…` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, end)) = pattern.split_once('…') else {
        return pattern == text;
    };
    let rest = text.strip_prefix(start).unwrap_or_default();
    let mut places = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
    text.starts_with(start) && places.any(|at| matches(end, &rest[at..]))
}

/// What lines of progress begin with, where there is no terminal.
const PASSING: [&str; 2] = ["luminarys: compiling ", "luminarys: compiled "];

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
