//! `lmsk dev`: rebuilds and signs whenever a source changes. A running host reloads the package by itself.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use notify::event::ModifyKind;
use notify::{EventKind, RecursiveMode, Watcher as _};

use crate::cli::{Dev, Test};
use crate::report::{Report, say};
use crate::sign::{self, Signed};
use crate::{build, files, generate, test};

/// How long to wait after the last change before building.
const QUIET: Duration = Duration::from_millis(200);

/// Folders that tools write to in a project, which are not sources.
const MADE: [&str; 8] = [
    "target",
    "node_modules",
    "dist",
    "build",
    ".venv",
    "__pycache__",
    ".git",
    ".lmsk",
];

pub(crate) fn run(arguments: &Dev) -> anyhow::Result<Report> {
    build::check_folder(&arguments.build.dir)?;
    let directory = arguments.build.dir.canonicalize();
    let directory =
        directory.with_context(|| format!("opening {}", arguments.build.dir.display()))?;
    let (sender, events) = channel();
    let watched = directory.clone();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else { return };
        let is_change = matches!(
            event.kind,
            EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_)
        ) && !matches!(event.kind, EventKind::Modify(ModifyKind::Metadata(_)));
        let is_source = event.paths.iter().any(|path| is_source(&watched, path));
        if is_change && is_source {
            _ = sender.send(());
        }
    })
    .context("watching files")?;
    // Before the first build, so that changes during it cause another.
    watcher
        .watch(&directory, RecursiveMode::Recursive)
        .context("watching files")?;
    loop {
        round(arguments);
        if arguments.once {
            return Ok(Report::text(String::new()));
        }
        say("waiting for changes; press Ctrl-C to stop");
        if !wait(&events) {
            return Ok(Report::text(String::new()));
        }
    }
}

/// Builds once. An error is printed, and the next change is awaited.
fn round(arguments: &Dev) {
    let started = Instant::now();
    let outcome = package(arguments).map(|(path, signed)| {
        let took = started.elapsed().as_secs_f32();
        let (id, version) = (&signed.descriptor.id, &signed.descriptor.skill_version);
        say(&format!(
            "{}  {id} {version}  in {took:.1} s",
            path.display()
        ));
        signed.package
    });
    let tested =
        outcome.and_then(
            |package| match arguments.build.dir.join("skill.test.yaml").is_file() {
                true => {
                    let tests = Test {
                        build: arguments.build.clone(),
                        cases: None,
                        package: None,
                        filter: None,
                        log: false,
                        json: false,
                    };
                    test::check(&package, &test::cases(&tests)?, &tests).map(Some)
                }
                false => Ok(None),
            },
        );
    match tested {
        Ok(Some(report)) => say(report.shown()),
        Ok(None) => {}
        Err(error) => say(&format!("{error:#}")),
    }
}

fn package(arguments: &Dev) -> anyhow::Result<(PathBuf, Signed)> {
    let built = build::build(&arguments.build)?;
    let signed = sign::sign(&built.component, arguments.key.as_deref())?;
    let out = arguments.out.clone();
    let out = out.unwrap_or_else(|| {
        arguments
            .build
            .dir
            .join(format!("{}.skill", signed.descriptor.id))
    });
    files::write(&out, &signed.package)?;
    Ok((out, signed))
}

/// Whether `path` is a source.
fn is_source(directory: &Path, path: &Path) -> bool {
    let inside = path.strip_prefix(directory).unwrap_or(path);
    let made = inside
        .components()
        .any(|part| MADE.iter().any(|made| part.as_os_str() == *made));
    let name = inside
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let packaged = name.ends_with(".skill")
        || name.ends_with(".wasm")
        || name.starts_with('.')
        || name.ends_with('~');
    // Files that the build writes are not changes by the author.
    let generated = || files::read_text(path).is_ok_and(|text| generate::is_generated(&text));
    !made && !packaged && !generated()
}

/// Waits for a change, and then until nothing changes any more.
fn wait(events: &Receiver<()>) -> bool {
    if events.recv().is_err() {
        return false;
    }
    loop {
        match events.recv_timeout(QUIET) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => return true,
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn files_of_tools_are_not_sources() {
        let directory = Path::new("/p/target/skill");
        let rows = [
            ("/p/target/skill/src/skill.rs", true),
            ("/p/target/skill/manifest.yaml", true),
            ("/p/target/skill/target/debug/x", false),
            ("/p/target/skill/node_modules/a/b.js", false),
            ("/p/target/skill/ai.example.a.skill", false),
            ("/p/target/skill/.skill.rs.swp", false),
        ];
        each_row(rows, |(path, expected)| {
            assert_eq!(is_source(directory, Path::new(path)), expected, "{path}");
        });
    }
}
