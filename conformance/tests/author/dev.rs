//! `lmsk dev` with a host that serves the package.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStderr, Stdio};
use std::sync::mpsc::{Receiver, channel};

use anyhow::{Context as _, bail};
use luminarys_conformance::host::{Server, TIMEOUT};
use serde_json::json;

use crate::tools::Desk;

/// Ended when it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

pub fn reloads() -> anyhow::Result<()> {
    let desk = Desk::new()?;
    desk.lmsk(&["new", "a", "--lang", "as"])?.succeeded()?;
    desk.lmsk(&["genkey", "--out", "key"])?.succeeded()?;
    let mut command = desk.command(&["dev", "a", "--key", "key"]);
    let mut running = Running(
        command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?,
    );
    let lines = told(running.0.stderr.take().context("no output")?);
    wait(&lines, "waiting for changes")?;
    let config = json!({ "skills": ["a/manifest.yaml"], "trust": ["key.pub"], "data_dir": "data" });
    desk.write("luminarys.yaml", &config.to_string())?;
    let mut server = Server::start(&desk.path("luminarys.yaml"), &desk.path("log"))?;
    greets(&mut server, "Hello, Ada!")?;
    // An error is reported, and the old version is still served.
    let source = desk.read("a/assembly/skill.ts")?;
    desk.write("a/assembly/skill.ts", &source.replace("\"!\"", "missing"))?;
    wait(&lines, "failed")?;
    wait(&lines, "waiting for changes")?;
    greets(&mut server, "Hello, Ada!")?;
    desk.write("a/assembly/skill.ts", &source.replace("Hello", "Good day"))?;
    // The tests of the old version fail; the package is built anyway.
    wait(&lines, "FAILED  greets by name")?;
    until(&mut server, "Good day, Ada!")
}

fn told(output: ChildStderr) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    lines
}

fn wait(lines: &Receiver<String>, part: &str) -> anyhow::Result<()> {
    let mut seen = String::new();
    loop {
        match lines.recv_timeout(TIMEOUT) {
            Ok(line) if line.contains(part) => return Ok(()),
            Ok(line) => seen.push_str(&format!("{line}\n")),
            Err(_) => bail!("{part:?} was not printed; instead:\n{seen}"),
        }
    }
}

fn greets(server: &mut Server, expected: &str) -> anyhow::Result<()> {
    let answer = server.call("a_greet", &json!({ "name": "Ada" }))?.raw;
    crate::tools::contains(&answer, expected)
}

/// The host reloads by itself, soon after the package has changed.
fn until(server: &mut Server, expected: &str) -> anyhow::Result<()> {
    let started = std::time::Instant::now();
    loop {
        match greets(server, expected) {
            Err(_) if started.elapsed() < TIMEOUT => {
                std::thread::sleep(std::time::Duration::from_millis(50))
            }
            outcome => return outcome,
        }
    }
}
