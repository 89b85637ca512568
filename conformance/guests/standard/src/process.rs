//! Clocks, random bytes, arguments and variables.

use std::collections::{HashMap, HashSet};
use std::env;
use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant, SystemTime};

use crate::{Named, expect};

type Check = fn() -> Result<(), String>;
type WithVariables = fn(&[(String, String)]) -> Result<(), String>;

pub const CLOCKS: [Named<Check>; 3] = [
    ("wall clock", wall_clock),
    ("steady clock", steady_clock),
    ("sleeping", sleeping),
];

pub const RANDOM: [Named<Check>; 1] = [("seeds differ", seeds_differ)];

pub const ENVIRONMENT: [Named<WithVariables>; 3] = [
    ("variables", variables),
    ("one variable", one_variable),
    ("arguments", arguments),
];

fn wall_clock() -> Result<(), String> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.map_err(|error| error.to_string())?;
    // After this was written.
    expect(now > Duration::from_secs(1_760_000_000), now)
}

fn steady_clock() -> Result<(), String> {
    let mut last = Instant::now();
    for _ in 0..1000 {
        let next = Instant::now();
        expect(next >= last, (last, next))?;
        last = next;
    }
    Ok(())
}

fn sleeping() -> Result<(), String> {
    let before = Instant::now();
    std::thread::sleep(Duration::from_millis(5));
    let slept = before.elapsed();
    expect(slept >= Duration::from_millis(5), slept)
}

fn seeds_differ() -> Result<(), String> {
    let seeds: HashSet<u64> = (0..16).map(|_| RandomState::new().hash_one(0)).collect();
    expect(seeds.len() == 16, seeds)
}

fn variables(expected: &[(String, String)]) -> Result<(), String> {
    let found: HashMap<String, String> = env::vars().collect();
    expect(found == expected.iter().cloned().collect(), found)
}

fn one_variable(expected: &[(String, String)]) -> Result<(), String> {
    for (name, value) in expected {
        expect(env::var(name).as_ref() == Ok(value), name)?;
    }
    for absent in ["PATH", "HOME", "LUMINARYS_TOKEN"] {
        expect(env::var_os(absent).is_none(), absent)?;
    }
    Ok(())
}

fn arguments(_: &[(String, String)]) -> Result<(), String> {
    let arguments: Vec<String> = env::args().collect();
    expect(arguments.len() <= 1, arguments)
}
