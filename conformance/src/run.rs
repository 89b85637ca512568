//! Runs one case.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use serde_json::{Map, Value, json};

use crate::case::{Call, Case, Hinted};
use crate::check::check;
use crate::hinted;
use crate::host::{self, Machine, Server};
use crate::servers;
use crate::world::World;

/// The instance id of the skill in every case.
const SKILL: &str = "case";

/// Runs `case`.
///
/// # Errors
/// Fails with what differs from the expectation, followed by the host's log.
pub fn run(case: &Case) -> anyhow::Result<()> {
    let mut world = World::new(case)?;
    let config = configure(case, &world)?;
    world.close(case)?;
    let log = world.config_dir().join("log");
    let outcome = play(case, &world, &config, &log);
    let untouched = world.outside_untouched();
    let result = outcome.and(untouched).and(servers::forbidden_untouched());
    result.map_err(|error| {
        let log = fs::read_to_string(&log).unwrap_or_default();
        let tail: Vec<&str> = log.lines().rev().take(20).collect();
        let tail: Vec<&str> = tail.into_iter().rev().collect();
        anyhow::anyhow!("{error:#}\n--- the host's log ends:\n{}", tail.join("\n"))
    })
}

fn configure(case: &Case, world: &World) -> anyhow::Result<PathBuf> {
    let place = world.config_dir();
    let hints = case.hints.as_ref();
    deploy(world, SKILL, (&case.skill, hints), &case.manifest)?;
    for (id, also) in &case.also {
        deploy(
            world,
            id,
            (&also.skill, also.hints.as_ref()),
            &also.manifest,
        )?;
    }
    let mut config = json!({
        "skills": ["*.manifest.yaml"],
        "trust": [host::package("key").with_extension("pub")],
        "data_dir": place.join("data"),
        // The hosts share compiled code and its key.
        "runtime": {
            "cache_dir": host::package("key").with_file_name("cache"),
            "cache_key": host::package("key").with_file_name("cache.key"),
        },
    });
    for (key, value) in &case.config {
        config[key] = world.fill_value(value);
    }
    let path = place.join("luminarys.yaml");
    fs::write(&path, config.to_string())?;
    Ok(path)
}

/// Writes the manifest of one instance.
fn deploy(
    world: &World,
    id: &str,
    (skill, hints): (&str, Option<&Hinted>),
    keys: &BTreeMap<String, Value>,
) -> anyhow::Result<()> {
    let package = host::package(skill);
    ensure!(
        package.exists(),
        "{} is missing; run scripts/build-guests",
        package.display()
    );
    let package = match hints {
        Some(hints) => hinted::package(world, id, skill, hints)?,
        None => package,
    };
    let mut manifest = Map::new();
    manifest.insert("id".to_owned(), json!(id));
    manifest.insert("path".to_owned(), json!(package));
    for (key, value) in keys {
        manifest.insert(key.clone(), world.fill_value(value));
    }
    let path = world.config_dir().join(format!("{id}.manifest.yaml"));
    // JSON is YAML.
    Ok(fs::write(path, Value::Object(manifest).to_string())?)
}

fn play(case: &Case, world: &World, config: &Path, log: &Path) -> anyhow::Result<()> {
    if !case.refused.is_empty() {
        return checked(&case.refused, 2, case.machine, world, config);
    }
    if !case.checked.is_empty() {
        checked(&case.checked, 0, case.machine, world, config)?;
    }
    host::compile_once(&case.skill, config)?;
    let mut server = Server::start_on(case.machine, config, log)?;
    if let Some(wanted) = &case.tools {
        let mut wanted = wanted.clone();
        let mut tools = server.tools()?;
        wanted.sort();
        tools.sort();
        ensure!(
            tools == wanted,
            "expected the tools {wanted:?}\n     got {tools:?}"
        );
    }
    let race = world.race(&case.race);
    for (position, call) in case.calls.iter().enumerate() {
        if call.namespaces && !case.machine.has_namespaces() {
            continue;
        }
        if call.restart {
            drop(server);
            server = Server::start_on(case.machine, config, log)?;
        }
        let label = call.name.as_deref().unwrap_or(&call.call);
        for _ in 0..call.repeat {
            let mut outcome = one(case, call, world, config, &mut server);
            let give_up = Instant::now() + host::TIMEOUT;
            while call.until && outcome.is_err() && Instant::now() < give_up {
                std::thread::sleep(Duration::from_millis(20));
                outcome = one(case, call, world, config, &mut server);
            }
            outcome.with_context(|| format!("call {} ({label})", position + 1))?;
        }
    }
    drop(race);
    drop(server);
    check_log(case, world, log)?;
    for (name, content) in &case.files_after {
        let path = world.root().join(world.fill(name));
        let found = fs::read(&path)
            .ok()
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let wanted = content.as_ref().map(|text| world.fill(text));
        ensure!(
            found == wanted,
            "afterwards {name} holds {found:?}, expected {wanted:?}"
        );
    }
    Ok(())
}

/// Runs `luminarys check`, which must end with `code` and print `parts`.
fn checked(
    parts: &[String],
    code: i32,
    machine: Machine,
    world: &World,
    config: &Path,
) -> anyhow::Result<()> {
    let output = host::command_on(machine, config, &["check"])?;
    let printed = both(&output);
    let ended = output.status.code();
    ensure!(
        ended == Some(code),
        "check ended with {ended:?}:\n{printed}"
    );
    for part in parts {
        let part = world.fill(part);
        ensure!(
            printed.contains(&part),
            "check does not print {part:?}:\n{printed}"
        );
    }
    Ok(())
}

/// Compares the log with the case's expectations.
fn check_log(case: &Case, world: &World, log: &Path) -> anyhow::Result<()> {
    let text = fs::read_to_string(log)?;
    for part in &case.log {
        let part = world.fill(part);
        ensure!(text.contains(&part), "the log does not contain {part:?}");
    }
    for part in &case.log_never {
        let part = world.fill(part);
        ensure!(!text.contains(&part), "the log contains {part:?}");
    }
    Ok(())
}

fn both(output: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

fn one(
    case: &Case,
    call: &Call,
    world: &World,
    config: &Path,
    server: &mut Server,
) -> anyhow::Result<()> {
    let arguments: Map<String, Value> = call
        .with
        .iter()
        .map(|(key, value)| (key.clone(), world.fill_value(value)))
        .collect();
    let arguments = Value::Object(arguments);
    if let Some(code) = call.exit {
        let output = host::command_on(
            case.machine,
            config,
            &["call", SKILL, &call.call, "--json", &arguments.to_string()],
        )?;
        let printed = both(&output);
        ensure!(
            output.status.code() == Some(code),
            "expected exit code {code}, got {:?}:\n{printed}",
            output.status
        );
        for part in [&call.expect.error, &call.expect.denied]
            .into_iter()
            .flatten()
        {
            let part = world.fill(part);
            ensure!(printed.contains(&part), "expected {part:?} in:\n{printed}");
        }
        return Ok(());
    }
    let answer = server.call(&format!("{SKILL}_{}", call.call), &arguments)?;
    if let Some(never) = &case.never {
        let never = world.fill(never);
        // Bytes are sent as base64.
        let encoded = base64::engine::general_purpose::STANDARD.encode(&never);
        let leaked =
            answer.raw.contains(&never) || answer.raw.contains(encoded.trim_end_matches('='));
        ensure!(!leaked, "the answer contains {never:?}: {}", answer.raw);
    }
    if let Some(wanted) = &call.progress {
        let told = &answer.progress;
        ensure!(
            told == wanted,
            "expected the progress {wanted:?}\n     got {told:?}"
        );
    }
    for name in &call.keep {
        let value = answer
            .result
            .as_ref()
            .ok()
            .and_then(|result| result.get(name));
        world.keep(name, value.context("nothing to keep")?);
    }
    check(&call.expect, &answer, world)
}
