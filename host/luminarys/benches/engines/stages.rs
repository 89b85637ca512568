//! What is measured.

use std::collections::HashMap;
use std::io::BufReader;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use luminarys_orchestrator::{CallContext, LoadStep, Orchestrator, Origin, Settings};
use luminarys_package::Trust;

use crate::engines::Engine;
use crate::running::{Host, Place, exchange, request};

const WARM_UP: usize = 50;
const ROUNDS: usize = 300;
/// The time between calls that are made apart, as those of a client whose model thinks between them, if not as long.
const PAUSE: Duration = Duration::from_millis(10);
/// The number of instances whose memory is measured.
const INSTANCES: usize = 16;

/// The end of a manifest's name.
const MANIFEST: &str = ".skill.yaml";

/// The times of calls.
pub struct Times(Vec<Duration>);

impl Times {
    fn new(mut times: Vec<Duration>) -> Self {
        times.sort();
        Self(times)
    }

    /// Returns the time that this part of the calls does not exceed, in percent.
    pub fn at(&self, percent: usize) -> Duration {
        let last = self.0.len().saturating_sub(1);
        self.0
            .get(last * percent / 100)
            .copied()
            .unwrap_or_default()
    }
}

/// When calls are made.
#[derive(Clone, Copy)]
pub enum Pace {
    /// With a pause before each. The engines take turns, so that a busy moment of the machine is everyone's.
    Apart,
    /// One right after the other, all of one engine first.
    InARow,
}

impl Pace {
    /// Returns the engines' numbers in the order of their calls, each with whether that call counts, and not as one of those
    /// that warm up.
    fn order(self, engines: usize) -> Vec<(usize, bool)> {
        let rounds = 0..WARM_UP + ROUNDS;
        let of = |round: usize, engine: usize| (engine, round >= WARM_UP);
        match self {
            Self::Apart => rounds
                .flat_map(|round| (0..engines).map(move |engine| of(round, engine)))
                .collect(),
            Self::InARow => (0..engines)
                .flat_map(|engine| rounds.clone().map(move |round| of(round, engine)))
                .collect(),
        }
    }
}

/// Deploys these skills and no others. The cache of compiled code stays.
fn place(directory: &Path, manifests: &[(String, &Path, &str)]) -> anyhow::Result<Place> {
    for path in deployed(directory)? {
        std::fs::remove_file(path)?;
    }
    for (id, package, more) in manifests {
        let text = format!("id: {id}\npath: {package:?}\n{more}");
        std::fs::write(directory.join(format!("{id}{MANIFEST}")), text)?;
    }
    let place = Place {
        directory: directory.to_owned(),
        packages: Vec::new(),
    };
    place.configure(false)?;
    Ok(place)
}

/// Returns the manifests in a folder.
fn deployed(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(MANIFEST) {
            found.push(path);
        }
    }
    Ok(found)
}

fn manifests(engines: &[Engine]) -> Vec<(String, &Path, &'static str)> {
    let each = engines.iter().enumerate();
    each.map(|(number, one)| (format!("engine{number}"), &*one.package, ""))
        .collect()
}

fn settings(place: &Place) -> anyhow::Result<Settings> {
    Ok(Settings {
        manifests: deployed(&place.directory)?,
        trust: Trust::Any,
        cache_dir: Some(place.directory.join("cache")),
        cache_key: Some(place.directory.join("data/cache.key")),
        ..Settings::default()
    })
}

fn in_runtime<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Runtime::new()?.block_on(work)
}

/// Returns the time of each first compilation.
pub fn compile(engines: &[Engine], directory: &Path) -> anyhow::Result<Vec<Duration>> {
    let place = place(directory, &manifests(engines))?;
    let settings = settings(&place)?;
    let seen = Arc::new(Mutex::new(HashMap::new()));
    let told = seen.clone();
    in_runtime(async {
        let note = move |step: LoadStep<'_>| {
            if let LoadStep::Compiled { skill, took, .. } = step {
                let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
                told.insert(skill.to_owned(), took);
            }
        };
        Orchestrator::start(settings, note).await?;
        Ok(())
    })?;
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    let of = |number: usize| seen.get(&format!("engine{number}")).copied();
    (0..engines.len())
        .map(|number| {
            of(number).with_context(|| format!("{} does not load", engines[number].engine.package))
        })
        .collect()
}

/// Returns the times of calls over HTTP, each in a new instance.
pub fn over_mcp(engines: &[Engine], directory: &Path, pace: Pace) -> anyhow::Result<Vec<Times>> {
    let host = Host::start(&place(directory, &manifests(engines))?)?;
    let stream = TcpStream::connect(host.address)?;
    stream.set_nodelay(true)?;
    let mut connection = BufReader::new(stream);
    let mut requests = Vec::new();
    for (number, one) in engines.iter().enumerate() {
        requests.push(request(
            host.address,
            &one.tool(&format!("engine{number}")),
            &one.arguments(),
        )?);
    }
    let mut times = vec![Vec::new(); engines.len()];
    for (number, counts) in pace.order(engines.len()) {
        if matches!(pace, Pace::Apart) {
            std::thread::sleep(PAUSE);
        }
        let engine = engines[number].engine;
        let begun = Instant::now();
        exchange(&mut connection, &requests[number], engine.expected)
            .with_context(|| engine.package)?;
        if counts {
            times[number].push(begun.elapsed());
        }
    }
    Ok(times.into_iter().map(Times::new).collect())
}

/// Returns the times of calls without MCP, apart, each in a new instance.
pub fn in_process(engines: &[Engine], directory: &Path) -> anyhow::Result<Vec<Times>> {
    let settings = settings(&place(directory, &manifests(engines))?)?;
    in_runtime(async {
        let host = Orchestrator::start(settings, |_| ()).await?;
        let mut times = vec![Vec::new(); engines.len()];
        for (number, counts) in Pace::Apart.order(engines.len()) {
            tokio::time::sleep(PAUSE).await;
            let one = &engines[number];
            let (id, arguments) = (format!("engine{number}"), one.arguments());
            let context = CallContext::new("");
            let begun = Instant::now();
            let called = host.invoke(Origin::Operator, &id, one.engine.method, arguments, context);
            called.await.with_context(|| one.engine.package)?;
            if counts {
                times[number].push(begun.elapsed());
            }
        }
        Ok(times.into_iter().map(Times::new).collect())
    })
}

/// Returns the memory that one more idle instance takes, after a call, in KiB.
pub fn idle_kib(one: &Engine, directory: &Path) -> anyhow::Result<u64> {
    let ids = (0..=INSTANCES).map(|number| format!("kept{number}"));
    let kept = "runtime: {isolation: skill}\n";
    let manifests: Vec<_> = ids.map(|id| (id, &*one.package, kept)).collect();
    let host = Host::start(&place(directory, &manifests)?)?;
    let mut connection = BufReader::new(TcpStream::connect(host.address)?);
    let mut call = |number: usize| {
        let tool = one.tool(&format!("kept{number}"));
        let request = request(host.address, &tool, &one.arguments())?;
        exchange(&mut connection, &request, one.engine.expected)
    };
    call(0)?;
    let before = host.resident()?;
    (1..=INSTANCES).try_for_each(&mut call)?;
    Ok(host.resident()?.saturating_sub(before) / INSTANCES as u64)
}
