//! Files that the host reads for itself: configuration, manifests, keys, packages, what it has kept.
//!
//! Somebody else may have put something else in their place. Nothing but a regular file is opened, and opening never waits:
//! a pipe would have the host wait for a writer, and a device may do anything.

use std::fs::File;
use std::io::{Error, ErrorKind, Read as _, Result};
use std::os::fd::AsFd;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat};

/// Opens the regular file at `path` to read it; links are followed.
///
/// # Errors
/// The operating system's, or [`ErrorKind::InvalidInput`] when something else is there.
pub fn open(path: impl AsRef<Path>) -> Result<File> {
    open_in(CWD, path)
}

/// Opens the regular file `name` beneath the open directory `dir` to read it; links are followed.
///
/// # Errors
/// As [`open`].
pub fn open_in(dir: impl AsFd, name: impl AsRef<Path>) -> Result<File> {
    let (dir, name) = (dir.as_fd(), name.as_ref());
    // Before it is opened too: opening a device can have effects.
    must_be_regular(&rustix::fs::statat(dir, name, AtFlags::empty())?)?;
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::openat(dir, name, flags, Mode::empty())?);
    // What is open now cannot be exchanged any more.
    must_be_regular(&rustix::fs::fstat(&file)?)?;
    Ok(file)
}

/// Reads the regular file at `path`, as much of it as `limit` bytes.
///
/// # Errors
/// As [`open`], and [`ErrorKind::FileTooLarge`] when there is more.
pub fn read(path: impl AsRef<Path>, limit: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        let text = format!("it is over {limit} bytes");
        return Err(Error::new(ErrorKind::FileTooLarge, text));
    }
    Ok(bytes)
}

/// As [`read`], for text.
///
/// # Errors
/// As [`read`], and [`ErrorKind::InvalidData`] for what is not UTF-8.
pub fn read_text(path: impl AsRef<Path>, limit: u64) -> Result<String> {
    String::from_utf8(read(path, limit)?).map_err(|error| Error::new(ErrorKind::InvalidData, error))
}

fn must_be_regular(stat: &Stat) -> Result<()> {
    let what = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => return Ok(()),
        FileType::Directory => "a directory",
        FileType::Fifo => "a named pipe",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        _ => "something else",
    };
    let text = format!("it is {what}, not a file");
    Err(Error::new(ErrorKind::InvalidInput, text))
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn nothing_but_a_regular_file_is_opened_and_nothing_waits() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        std::fs::write(at("file"), "text").unwrap();
        rustix::fs::mkfifoat(CWD, at("pipe"), Mode::RWXU).unwrap();
        let _listener = UnixListener::bind(at("socket")).unwrap();
        std::fs::create_dir(at("directory")).unwrap();
        for (link, target) in [
            ("to-file", "file"),
            ("to-pipe", "pipe"),
            ("to-device", "/dev/zero"),
        ] {
            std::os::unix::fs::symlink(target, at(link)).unwrap();
        }
        let dir = File::open(place.path()).unwrap();
        let rows = [
            ("file", Ok("text")),
            ("to-file", Ok("text")),
            ("pipe", Err("it is a named pipe, not a file")),
            ("to-pipe", Err("it is a named pipe, not a file")),
            ("socket", Err("it is a socket, not a file")),
            ("to-device", Err("it is a device, not a file")),
            ("/dev/null", Err("it is a device, not a file")),
            ("directory", Err("it is a directory, not a file")),
        ];
        each_row(rows, |(name, expected)| {
            let found = read_text(at(name), 4).map_err(|error| error.to_string());
            let found = found.as_deref().map_err(String::as_str);
            assert_eq!(found, expected, "{name}");
            assert_eq!(open_in(&dir, name).is_ok(), expected.is_ok(), "{name}");
        });
        let missing = open(at("none")).unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);
        let large = read(at("file"), 3).unwrap_err();
        assert_eq!(large.kind(), ErrorKind::FileTooLarge);
        std::fs::write(at("file"), b"\xff").unwrap();
        let binary = read_text(at("file"), 3).unwrap_err();
        assert_eq!(binary.kind(), ErrorKind::InvalidData);
    }
}
