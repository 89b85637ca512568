//! The binary as a whole: start-up with 30 skills and a warm cache, memory of 1,000 deployed skills, the processor time
//! of one MCP call over HTTP, and capabilities at work. Needs `scripts/build-guests` first. Linux only, since it asks
//! `/proc`.

mod capabilities;
mod running;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use luminarys_package::{Package, SecretKey, sign};
use running::{Host, Place};

const STARTS: usize = 21;
const SKILLS: usize = 30;

fn main() -> anyhow::Result<()> {
    let skills = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target")),
        PathBuf::from,
    );
    let package = skills.join("skills/echo.skill").canonicalize();
    let package = package.context("scripts/build-guests makes target/skills/echo.skill")?;
    let directory = tempfile::tempdir()?;
    let place = Place {
        directory: directory.path().to_owned(),
        packages: distinct(&package, directory.path())?,
    };
    place.deploy(SKILLS)?;
    Host::start(&place)?;
    let mut times = Vec::new();
    for _ in 0..STARTS {
        times.push(Host::start(&place)?.ready_after);
    }
    times.sort();
    let host = Host::start(&place)?;
    println!(
        "start-up, 30 skills, warm cache   median {:?}, fastest {:?}, resident {} MiB",
        times[STARTS / 2],
        times[0],
        host.resident()? >> 10
    );
    let (cpu, wall) = host.measure_calls()?;
    println!(
        "MCP call of echo over HTTP        {cpu:?} of processor time, {wall:?} until answered"
    );
    drop(host);
    place.configure(true)?;
    let host = Host::start(&place)?;
    let (named_cpu, named_wall) = host.measure_calls()?;
    println!(
        "the same for a named client       {:?} more of processor time, {:?} later: its token, tools and rate",
        named_cpu.saturating_sub(cpu),
        named_wall.saturating_sub(wall)
    );
    drop(host);
    place.deploy(1_000)?;
    let host = Host::start(&place)?;
    println!(
        "1,000 skills                      start-up {:?}, resident {} MiB",
        host.ready_after,
        host.resident()? >> 10
    );
    drop(host);
    capabilities::measure(package.parent().context("no directory")?)
}

/// Makes the given number of signed packages with different content.
fn distinct(package: &Path, directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let package = Package::read(std::fs::read(package)?)?;
    let key = SecretKey::generate()?;
    let mut made = Vec::new();
    for number in 0..SKILLS {
        // A meaningless custom section: its id, its length, its name's length, its name.
        let section = [
            0,
            5,
            4,
            b'n',
            b'o',
            b'0' + (number / 10) as u8,
            b'0' + (number % 10) as u8,
        ];
        let path = directory.join(format!("{number}.skill"));
        std::fs::write(&path, sign(&[package.unsigned(), &section].concat(), &key)?)?;
        made.push(path);
    }
    Ok(made)
}
