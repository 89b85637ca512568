//! The same doors through the standard library, which is WASI here.

use std::fs;
use std::io::{self, Read as _};
use std::time::{Duration, SystemTime};

fn text(error: io::Error) -> String {
    error.to_string()
}

pub fn sleep(milliseconds: u64) {
    std::thread::sleep(Duration::from_millis(milliseconds));
}

pub fn open_files(path: &str, count: u32) -> Result<u32, String> {
    let mut open = Vec::new();
    for _ in 0..count {
        open.push(fs::File::open(path).map_err(|error| format!("after {}: {error}", open.len()))?);
    }
    Ok(open.len() as u32)
}

pub fn read(path: &str) -> Result<String, String> {
    fs::read_to_string(path).map_err(text)
}

pub fn write(path: &str, content: &str) -> Result<(), String> {
    fs::write(path, content).map_err(text)
}

pub fn delete(path: &str) -> Result<(), String> {
    fs::remove_file(path).map_err(text)
}

pub fn rename(source: &str, destination: &str) -> Result<(), String> {
    fs::rename(source, destination).map_err(text)
}

pub fn list(path: &str) -> Result<Vec<String>, String> {
    let names = fs::read_dir(path).map_err(text)?;
    let mut names: Vec<String> = names
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_, _>>()
        .map_err(text)?;
    names.sort();
    Ok(names)
}

pub fn seconds() -> u64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

pub fn input() -> Result<String, String> {
    let mut all = String::new();
    io::stdin().read_to_string(&mut all).map_err(text)?;
    Ok(all)
}
