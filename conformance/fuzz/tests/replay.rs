//! Every check with its corpus, and with inputs derived from that: the same ones each time.
//!
//! An input that breaks a rule is kept in `fuzz/CHECK/` beside the skills, in `target/`; with its rule fixed it belongs in
//! `corpus/CHECK/`. One that ends the process (a stack overflow, an abort) is there as `last`.

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::{fs, io};

use libtest_mimic::{Arguments, Failed, Trial};
use luminarys_fuzz::{CHECKS, Check, skills};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// Inputs derived for each check.
const DERIVED: u64 = 3_000;
/// What is derived from a larger one is cut to this.
const MAX_BYTES: usize = 64 << 10;
/// Bytes at which parsers branch.
const SPECIAL: &[u8] = b"\0\x01\x7f\x80\xc0\xd9\xdf\xff\n\"'(*,-./09:[\\]{}~";

fn main() {
    let arguments = Arguments::from_args();
    let trials = CHECKS.iter().map(|check| {
        let check = *check;
        Trial::test(check.0, move || replay(check).map_err(Failed::from))
    });
    libtest_mimic::run(&arguments, trials.collect()).exit()
}

fn replay((name, check): Check) -> Result<(), String> {
    let corpus = corpus(name).map_err(|error| format!("the corpus of {name}: {error}"))?;
    let last = place(name).map(|place| place.join("last"));
    let last = last.map_err(|error| format!("target/fuzz/{name}: {error}"))?;
    let tried = |input: &[u8]| {
        fs::write(&last, input).map_err(|error| format!("{}: {error}", last.display()))?;
        catch_unwind(|| check(input)).map_err(|_| match keep(name, input) {
            Ok(path) => format!("broken by {}", path.display()),
            Err(error) => format!("broken by {input:?}, which could not be kept: {error}"),
        })
    };
    for input in &corpus {
        tried(input)?;
    }
    for seed in 0..DERIVED {
        tried(&derive(&corpus, &mut StdRng::seed_from_u64(seed)))?;
    }
    fs::remove_file(&last).map_err(|error| format!("{}: {error}", last.display()))
}

/// The committed inputs, and files that the build makes.
fn corpus(name: &str) -> io::Result<Vec<Vec<u8>>> {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(name);
    let mut paths: Vec<PathBuf> = fs::read_dir(committed)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    paths.sort();
    let built: &[&str] = match name {
        "package" => &[
            "echo.skill",
            "legacy-assemblyscript.skill",
            "key",
            "key.pub",
        ],
        "module" => &["legacy-assemblyscript.module.wasm"],
        _ => &[],
    };
    paths.extend(built.iter().map(|file| skills().join(file)));
    let read = |path: &PathBuf| {
        fs::read(path).map_err(|error| io::Error::other(format!("{}: {error}", path.display())))
    };
    paths.iter().map(read).collect()
}

/// Where inputs of a check are kept.
fn place(name: &str) -> io::Result<PathBuf> {
    let place = skills().join("../fuzz").join(name);
    fs::create_dir_all(&place)?;
    place.canonicalize()
}

fn keep(name: &str, input: &[u8]) -> io::Result<PathBuf> {
    let path = tempfile::Builder::new()
        .prefix("broken-")
        .tempfile_in(place(name)?)?
        .keep()?
        .1;
    fs::write(&path, input)?;
    Ok(path)
}

/// One of the corpus after a few changes.
fn derive(corpus: &[Vec<u8>], random: &mut StdRng) -> Vec<u8> {
    let one = |random: &mut StdRng| &corpus[random.random_range(0..corpus.len())];
    let mut bytes = one(random).clone();
    bytes.truncate(MAX_BYTES);
    for _ in 0..1 << random.random_range(0..4) {
        let length = bytes.len();
        // A range of it, often a short one.
        let start = random.random_range(0..=length);
        let most = (length - start).min(1 << random.random_range(0..12));
        let end = start + random.random_range(0..=most);
        let special = SPECIAL[random.random_range(0..SPECIAL.len())];
        match random.random_range(0..8) {
            0 if start < length => bytes[start] ^= 1 << random.random_range(0..8),
            1 if start < length => bytes[start] = special,
            2 => bytes.insert(start, special),
            3 => drop(bytes.drain(start..end)),
            4 => bytes.extend_from_within(start..end),
            5 => bytes[start..end].fill(special),
            6 => {
                // The end of another.
                let other = one(random);
                bytes.truncate(start);
                bytes.extend_from_slice(&other[random.random_range(0..=other.len())..]);
            }
            _ => {
                let repeated = bytes[start..end].repeat(random.random_range(0..20));
                bytes.splice(start..start, repeated);
            }
        }
        bytes.truncate(MAX_BYTES);
    }
    bytes
}
