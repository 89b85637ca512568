//! Capabilities at work: searching 100,000 files compared with `rg`, copying 1 GiB through a skill's memory compared
//! with `cp`, and the
//! memory of 1,000 skills that wait for a slow server at once.

use std::io::{BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::running::{Host, Place, exchange, request};

const DIRECTORIES: usize = 1_000;
const FILES: usize = 100;
const WAITING: usize = 1_000;
const GIB: u64 = 1 << 30;

pub fn measure(skills: &Path) -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let data = directory.path().join("data");
    std::fs::create_dir(&data)?;
    let place = Place {
        directory: directory.path().to_owned(),
        packages: Vec::new(),
    };
    place.configure(false)?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let server = listener.local_addr()?;
    let grants = format!(
        "permissions:\n  fs: {{enabled: true, dirs: ['{}:rw']}}\n  http: {{enabled: true, allowlist: ['http://{server}/**']}}\n\
         runtime: {{timeout_ms: 600000, cpu_timeout_ms: 600000, max_concurrent_calls: {WAITING}}}\n",
        data.display()
    );
    for skill in ["fs", "tools", "net"] {
        let package = skills.join(skill).with_extension("skill");
        let text = format!("id: {skill}\npath: {package:?}\n{grants}");
        std::fs::write(directory.path().join(format!("{skill}.skill.yaml")), text)?;
    }
    let host = Host::start(&place)?;
    search(&host, &data)?;
    copy(&host, &data)?;
    drop(host);
    // Without the leftovers of the other benchmarks.
    wait(&Host::start(&place)?, listener)
}

/// Calls a tool on a new connection, and returns how long it took.
fn call(host: &Host, tool: &str, arguments: &Value, expected: &str) -> anyhow::Result<Duration> {
    let mut connection = BufReader::new(TcpStream::connect(host.address)?);
    let request = request(host.address, tool, arguments)?;
    let begun = Instant::now();
    exchange(&mut connection, &request, expected)?;
    Ok(begun.elapsed())
}

/// The fastest of five.
fn fastest(mut measure: impl FnMut() -> anyhow::Result<Duration>) -> anyhow::Result<Duration> {
    let mut times: Vec<Duration> = (0..5).map(|_| measure()).collect::<Result<_, _>>()?;
    times.sort();
    times.first().copied().context("no times")
}

fn command(command: &mut Command) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    command.output()?;
    Ok(begun.elapsed())
}

fn search(host: &Host, data: &Path) -> anyhow::Result<()> {
    let tree = data.join("tree");
    for directory in 0..DIRECTORIES {
        let directory = tree.join(directory.to_string());
        std::fs::create_dir_all(&directory)?;
        for file in 0..FILES {
            let text = format!("fn number_{file}() {{ /* some text on a line */ }}\n").repeat(20);
            std::fs::write(directory.join(format!("{file}.rs")), text)?;
        }
    }
    std::fs::write(tree.join("500/needle.rs"), "fn the_needle() {}\n")?;
    let arguments = json!({ "path": tree, "pattern": "the_ne+dle" });
    let ours = fastest(|| call(host, "fs_search", &arguments, "the_needle"))?;
    let beside = match command(Command::new("rg").arg("--version")) {
        Ok(_) => {
            let theirs = fastest(|| command(Command::new("rg").args(["the_ne+dle"]).arg(&tree)))?;
            let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
            format!("rg {theirs:?}, ratio {ratio:.2}")
        }
        Err(_) => "rg is not installed".to_owned(),
    };
    println!("grep of 100,000 files             {ours:?} (by MCP), {beside}");
    Ok(std::fs::remove_dir_all(tree)?)
}

fn copy(host: &Host, data: &Path) -> anyhow::Result<()> {
    let source = data.join("large");
    let mut file = std::fs::File::create(&source)?;
    let piece: Vec<u8> = (0..1_u32 << 20)
        .map(|number| (number % 251) as u8)
        .collect();
    for _ in 0..GIB >> 20 {
        file.write_all(&piece)?;
    }
    drop(file);
    let target = data.join("copy");
    let removed = |target: &Path| {
        // Absent the first time.
        let _ = std::fs::remove_file(target);
    };
    let ours = fastest(|| {
        removed(&target);
        let arguments = json!({ "source": source, "destination": target });
        call(host, "tools_pump", &arguments, &GIB.to_string())
    })?;
    let theirs = fastest(|| {
        removed(&target);
        command(
            Command::new("cp")
                .arg("--reflink=never")
                .arg(&source)
                .arg(&target),
        )
    })?;
    let share = theirs.as_secs_f64() / ours.as_secs_f64() * 100.0;
    println!(
        "1 GiB read and written by a skill {ours:?}, cp {theirs:?}, {share:.0} % of its speed"
    );
    std::fs::remove_file(source)?;
    Ok(std::fs::remove_file(target)?)
}

fn wait(host: &Host, listener: TcpListener) -> anyhow::Result<()> {
    let server = listener.local_addr()?;
    // Answers once all have connected.
    let answering = std::thread::spawn(move || -> anyhow::Result<()> {
        let mut waiting = Vec::new();
        for _ in 0..WAITING {
            let (mut stream, _) = listener.accept()?;
            let mut request = [0; 1024];
            let _ = stream.read(&mut request)?;
            waiting.push(stream);
        }
        std::thread::sleep(Duration::from_secs(2));
        for mut stream in waiting {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nat last")?;
        }
        Ok(())
    });
    let before = host.resident()?;
    let arguments = json!({ "url": format!("http://{server}/slow") });
    let request = request(host.address, "net_get", &arguments)?;
    let mut calls = Vec::new();
    for _ in 0..WAITING {
        let (address, request) = (host.address, request.clone());
        let call = move || -> anyhow::Result<()> {
            let mut connection = BufReader::new(TcpStream::connect(address)?);
            exchange(&mut connection, &request, "at last")
        };
        calls.push(
            std::thread::Builder::new()
                .stack_size(128 << 10)
                .spawn(call)?,
        );
    }
    let mut most = before;
    while !answering.is_finished() {
        most = most.max(host.resident()?);
        std::thread::sleep(Duration::from_millis(50));
    }
    for call in calls {
        call.join()
            .map_err(|_| anyhow::anyhow!("a call panicked"))??;
    }
    answering
        .join()
        .map_err(|_| anyhow::anyhow!("the server panicked"))??;
    println!(
        "{WAITING} skills that wait for a server  resident {} MiB, {} MiB before",
        most >> 10,
        before >> 10
    );
    Ok(())
}
