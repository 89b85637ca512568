//! Calls of other skills that programs make, beside the same calls by a skill in Rust: what one costs more. Needs
//! `scripts/build-guests relay echo`, and of the engines what `scripts/build-engines` has made.

#[allow(dead_code, reason = "shared with the benchmark of the host")]
#[path = "../host/running.rs"]
mod running;

use std::io::BufReader;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use running::{Host, Place, exchange, request};
use serde_json::{Value, json};

/// Calls that one program makes.
const CALLS: u32 = 1_000;
/// How often each program runs; the fastest run counts, since other work of the machine only adds.
const RUNS: usize = 31;
/// What a call may cost more than one by a skill in Rust.
const MOST: Duration = Duration::from_micros(20);

/// Who calls: the tool, and its arguments for a number of calls one after the other, and of calls together.
struct Caller {
    name: &'static str,
    package: &'static str,
    tool: &'static str,
    in_turn: fn(u32) -> Value,
    together: fn(u32) -> Value,
    /// What the answer contains.
    answer: &'static str,
}

const CALLERS: [Caller; 3] = [
    Caller {
        name: "a skill in Rust",
        package: "relay",
        tool: "relay",
        in_turn: |count| json!({ "skill": "echo", "method": "ping", "arguments": "", "count": count }),
        together: |count| json!({ "skill": "echo", "method": "ping", "arguments": vec![""; count as usize] }),
        answer: "\"content\"",
    },
    Caller {
        name: "JavaScript",
        package: "js-engine",
        tool: "js",
        in_turn: |count| {
            program(format!(
                "for (let i = 0; i < {count}; i++) await tools.echo.ping({{}}); 'done'"
            ))
        },
        together: |count| {
            program(format!(
                "await Promise.all(Array.from({{ length: {count} }}, () => tools.echo.ping({{}}))); 'done'"
            ))
        },
        answer: "done",
    },
    Caller {
        name: "Python",
        package: "python-engine",
        tool: "py",
        in_turn: |count| {
            program(format!(
                "for _ in range({count}):\n    await tools.echo.ping()\n'done'"
            ))
        },
        together: |count| {
            program(format!(
                "import asyncio\nawait asyncio.gather(*[tools.echo.ping() for _ in range({count})])\n'done'"
            ))
        },
        answer: "done",
    },
];

fn program(code: String) -> Value {
    json!({ "code": code })
}

impl Caller {
    /// The tools that make calls one after the other, and together.
    fn tools(&self) -> [String; 2] {
        match self.package {
            "relay" => ["relay_again".to_owned(), "relay_batch".to_owned()],
            _ => [format!("{}_run", self.tool), format!("{}_run", self.tool)],
        }
    }
}

fn main() -> anyhow::Result<()> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target")),
        PathBuf::from,
    );
    let skills = target.join("skills").canonicalize();
    let skills = skills.context("scripts/build-guests makes target/skills")?;
    let directory = tempfile::tempdir()?;
    let place = Place {
        directory: directory.path().to_owned(),
        packages: Vec::new(),
    };
    place.configure(false)?;
    deploy(&place, &skills, "echo", "echo", "can_be_invoked_by: ['*']")?;
    let mut present = Vec::new();
    for caller in &CALLERS {
        if !skills.join(format!("{}.skill", caller.package)).exists() {
            println!(
                "{} is left out: there is no package {}",
                caller.name, caller.package
            );
            continue;
        }
        deploy(
            &place,
            &skills,
            caller.tool,
            caller.package,
            "can_invoke: [echo]",
        )?;
        present.push(caller);
    }
    let host = Host::start(&place)?;
    let mut direct = None;
    for caller in present {
        let costs = measure(&host, caller)?;
        let direct = *direct.get_or_insert(costs);
        for ((how, cost), direct) in ["in turn", "together"].iter().zip(costs).zip(direct) {
            let more = cost.saturating_sub(direct);
            let verdict = if more <= MOST { "" } else { ": too much" };
            println!(
                "{:<16} {CALLS} calls {how:<9} {cost:>9.1?} each, {more:.1?} more{verdict}",
                caller.name
            );
        }
    }
    Ok(())
}

fn deploy(
    place: &Place,
    skills: &Path,
    id: &str,
    package: &str,
    policy: &str,
) -> anyhow::Result<()> {
    let path = skills.join(format!("{package}.skill"));
    let manifest = format!("id: {id}\npath: {path:?}\ninvoke_policy: {{{policy}}}\n");
    Ok(std::fs::write(
        place.directory.join(format!("{id}.skill.yaml")),
        manifest,
    )?)
}

/// Returns what a call costs, one after the other and together.
fn measure(host: &Host, caller: &Caller) -> anyhow::Result<[Duration; 2]> {
    let stream = TcpStream::connect(host.address)?;
    stream.set_nodelay(true)?;
    let mut connection = BufReader::new(stream);
    let [in_turn, together] = caller.tools();
    let mut cost = |tool: &str, arguments: fn(u32) -> Value| {
        let mut fastest = |count: u32| {
            let request = request(host.address, tool, &arguments(count))?;
            let mut times = Vec::new();
            for _ in 0..RUNS {
                let begun = Instant::now();
                exchange(&mut connection, &request, caller.answer)?;
                times.push(begun.elapsed());
            }
            anyhow::Ok(times.into_iter().min().unwrap_or_default())
        };
        // What the program costs without calls is not theirs.
        let without = fastest(0)?;
        anyhow::Ok(fastest(CALLS)?.saturating_sub(without) / CALLS)
    };
    Ok([
        cost(&in_turn, caller.in_turn)?,
        cost(&together, caller.together)?,
    ])
}
