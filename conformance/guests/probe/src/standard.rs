//! The same doors through the standard library, which is WASI here.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::time::{Duration, SystemTime};

use crate::exports::luminarys_probe::probe::doors::Change;

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

#[allow(deprecated, reason = "the function that is not is for one system only")]
pub fn change(how: Change, path: &str, other: &str) -> Result<(), String> {
    let mut options = fs::OpenOptions::new();
    let done = match how {
        Change::Append => options
            .append(true)
            .open(path)
            .and_then(|mut file| file.write_all(other.as_bytes())),
        Change::Overwrite => options
            .write(true)
            .open(path)
            .and_then(|mut file| file.write_all(other.as_bytes())),
        Change::Truncate => options.write(true).truncate(true).open(path).map(drop),
        Change::SetLength => fs::File::open(path).and_then(|file| file.set_len(0)),
        Change::SetTimes => {
            fs::File::open(path).and_then(|file| file.set_modified(SystemTime::UNIX_EPOCH))
        }
        Change::MakeDirectory => fs::create_dir(path),
        Change::RemoveDirectory => fs::remove_dir(path),
        Change::RemoveTree => fs::remove_dir_all(path),
        Change::Copy => fs::copy(path, other).map(drop),
        Change::HardLink => fs::hard_link(path, other),
        Change::SymbolicLink => fs::soft_link(other, path),
    };
    done.map_err(text)
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
