//! Engines, whole runtimes as skills, beside the Rust echo skill: calls over MCP, each in a new instance, apart from each other
//! and in a row, and in process; the memory of an idle instance, the package's size, and the first compilation. Linux only,
//! since it asks `/proc`.
//!
//! The host prepares the next instance between calls that are made apart. In a row, many calls come before it is ready.
//!
//! Needs `scripts/build-guests echo` and `scripts/build-engines`; engines whose package is missing are named and left out.
//! `NAME-plain.skill`, built with `lmsk build --no-snapshot`, is measured as well if it is there.

mod engines;
#[path = "../host/running.rs"]
#[allow(dead_code, reason = "the other benchmark uses the rest")]
mod running;
mod stages;

use std::path::PathBuf;

use anyhow::ensure;
use engines::{ENGINES, Engine};
use stages::Pace;

fn main() -> anyhow::Result<()> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target")),
        PathBuf::from,
    );
    let skills = target.join("skills");
    let mut chosen = Vec::new();
    for engine in &ENGINES {
        let package = skills.join(format!("{}.skill", engine.package));
        match package.canonicalize() {
            Ok(package) => chosen.push(Engine { engine, package }),
            Err(_) => println!(
                "{} is left out: {} is missing",
                engine.package,
                package.display()
            ),
        }
    }
    let is_there = chosen.first().is_some_and(|it| it.engine.package == "echo");
    ensure!(
        is_there,
        "scripts/build-guests echo makes what the others are compared with"
    );
    let directory = tempfile::tempdir()?;
    let compiled = stages::compile(&chosen, directory.path())?;
    let served = stages::over_mcp(&chosen, directory.path(), Pace::Apart)?;
    let in_a_row = stages::over_mcp(&chosen, directory.path(), Pace::InARow)?;
    let direct = stages::in_process(&chosen, directory.path())?;
    println!(
        "{:<24}{:>10}{:>10}{:>8}{:>10}{:>8}{:>12}{:>12}{:>12}{:>12}",
        "",
        "p50",
        "p99",
        "x echo",
        "in a row",
        "x echo",
        "in process",
        "idle",
        "package",
        "compiled in"
    );
    for (number, one) in chosen.iter().enumerate() {
        let of = |times: &[stages::Times]| times[number].at(50);
        let ratio = |times: &[stages::Times]| {
            times[number].at(50).as_secs_f64() / times[0].at(50).as_secs_f64()
        };
        println!(
            "{:<24}{:>10.2?}{:>10.2?}{:>8.2}{:>10.2?}{:>8.2}{:>12.2?}{:>8} KiB{:>8} KiB{:>12.2?}",
            one.engine.package,
            of(&served),
            served[number].at(99),
            ratio(&served),
            of(&in_a_row),
            ratio(&in_a_row),
            of(&direct),
            stages::idle_kib(one, directory.path())?,
            one.package.metadata()?.len() >> 10,
            compiled[number],
        );
    }
    Ok(())
}
