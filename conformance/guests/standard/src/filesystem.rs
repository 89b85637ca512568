//! Files and directories.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::{Named, expect};

type Check = fn(&Path) -> Result<(), String>;

/// In a directory that may be written, and is empty.
pub const CHECKS: [Named<Check>; 17] = [
    ("creating", creating),
    ("creating anew", creating_anew),
    ("appending", appending),
    ("seeking", seeking),
    ("truncating", truncating),
    ("positions of two handles", two_handles),
    ("times", times),
    ("directories", directories),
    ("listing", listing),
    ("many entries", many_entries),
    ("renaming", renaming),
    ("renaming over", renaming_over),
    ("hard links", hard_links),
    ("symbolic links", symbolic_links),
    ("links out", links_out),
    ("climbing", climbing),
    ("errors", errors),
];

/// In a directory that may only be read, with a file `a` in it.
pub const READ_ONLY: [Named<Check>; 2] = [("reading", reading), ("changing", changing)];

fn text(error: io::Error) -> String {
    error.to_string()
}

/// That it failed, as `kind`.
fn fails<T: std::fmt::Debug>(result: io::Result<T>, kind: ErrorKind) -> Result<(), String> {
    match result {
        Err(error) if error.kind() == kind => Ok(()),
        other => Err(format!("{kind:?} expected, found {other:?}")),
    }
}

fn refused<T: std::fmt::Debug>(what: &str, result: io::Result<T>) -> Result<(), String> {
    match result {
        Err(_) => Ok(()),
        Ok(value) => Err(format!("{what} was let: {value:?}")),
    }
}

fn creating(at: &Path) -> Result<(), String> {
    let path = at.join("created");
    fs::write(&path, b"one").map_err(text)?;
    let metadata = fs::metadata(&path).map_err(text)?;
    expect(metadata.is_file() && metadata.len() == 3, &metadata)?;
    fs::write(&path, b"").map_err(text)?;
    expect(fs::read(&path).map_err(text)?.is_empty(), "content")?;
    fs::remove_file(&path).map_err(text)?;
    expect(!path.exists(), "still there")
}

fn creating_anew(at: &Path) -> Result<(), String> {
    let path = at.join("anew");
    File::create_new(&path).map_err(text)?;
    fails(File::create_new(&path), ErrorKind::AlreadyExists)?;
    fs::remove_file(path).map_err(text)
}

fn appending(at: &Path) -> Result<(), String> {
    let path = at.join("log");
    for line in ["a", "b"] {
        let file = OpenOptions::new().append(true).create(true).open(&path);
        let mut file = file.map_err(text)?;
        file.seek(SeekFrom::Start(0)).map_err(text)?;
        file.write_all(line.as_bytes()).map_err(text)?;
    }
    let content = fs::read_to_string(&path).map_err(text)?;
    expect(content == "ab", &content)?;
    fs::remove_file(path).map_err(text)
}

fn seeking(at: &Path) -> Result<(), String> {
    let path = at.join("seek");
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(&path);
    let mut file = file.map_err(text)?;
    file.write_all(b"0123456789").map_err(text)?;
    let mut byte = [0];
    for (place, position, expected) in [
        (SeekFrom::Start(3), 3, b'3'),
        (SeekFrom::Current(2), 6, b'6'),
        (SeekFrom::End(-1), 9, b'9'),
    ] {
        expect(file.seek(place).map_err(text)? == position, position)?;
        file.read_exact(&mut byte).map_err(text)?;
        expect(byte[0] == expected, byte[0])?;
    }
    refused(
        "a place before the beginning",
        file.seek(SeekFrom::Current(-100)),
    )?;
    // Beyond the end: what is between reads as zeros.
    file.seek(SeekFrom::Start(20)).map_err(text)?;
    file.write_all(b"x").map_err(text)?;
    let all = fs::read(&path).map_err(text)?;
    expect(all.len() == 21 && all[10..20] == [0; 10], &all)?;
    fs::remove_file(path).map_err(text)
}

fn truncating(at: &Path) -> Result<(), String> {
    let path = at.join("length");
    fs::write(&path, b"0123456789").map_err(text)?;
    let file = OpenOptions::new().write(true).open(&path).map_err(text)?;
    file.set_len(4).map_err(text)?;
    expect(fs::read(&path).map_err(text)? == b"0123", "content")?;
    file.set_len(6).map_err(text)?;
    expect(fs::read(&path).map_err(text)? == b"0123\0\0", "content")?;
    fs::remove_file(path).map_err(text)
}

fn two_handles(at: &Path) -> Result<(), String> {
    let path = at.join("two");
    fs::write(&path, b"ab").map_err(text)?;
    let (mut one, mut two) = (
        File::open(&path).map_err(text)?,
        File::open(&path).map_err(text)?,
    );
    let mut byte = [0];
    one.read_exact(&mut byte).map_err(text)?;
    two.read_exact(&mut byte).map_err(text)?;
    expect(byte == *b"a", byte)?;
    // A file without a name can still be read.
    fs::remove_file(path).map_err(text)?;
    one.read_exact(&mut byte).map_err(text)?;
    expect(byte == *b"b", byte)
}

fn times(at: &Path) -> Result<(), String> {
    let path = at.join("times");
    let file = File::create(&path).map_err(text)?;
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    file.set_modified(then).map_err(text)?;
    let found = fs::metadata(&path)
        .and_then(|metadata| metadata.modified())
        .map_err(text)?;
    expect(found == then, found)?;
    fs::remove_file(path).map_err(text)
}

fn directories(at: &Path) -> Result<(), String> {
    let deep = at.join("d/e/f");
    fs::create_dir_all(&deep).map_err(text)?;
    fs::create_dir_all(&deep).map_err(text)?;
    fails(fs::create_dir(&deep), ErrorKind::AlreadyExists)?;
    refused(
        "removing a directory with something in it",
        fs::remove_dir(at.join("d")),
    )?;
    fs::write(deep.join("file"), b"x").map_err(text)?;
    refused("removing a directory as a file", fs::remove_file(&deep))?;
    refused(
        "removing a file as a directory",
        fs::remove_dir(deep.join("file")),
    )?;
    fs::remove_dir_all(at.join("d")).map_err(text)?;
    expect(!at.join("d").exists(), "still there")
}

fn names(at: &Path) -> Result<Vec<String>, String> {
    let entries = fs::read_dir(at).map_err(text)?;
    let names =
        entries.map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<io::Result<Vec<_>>>().map_err(text)?;
    names.sort();
    Ok(names)
}

fn listing(at: &Path) -> Result<(), String> {
    let top = at.join("listed");
    fs::create_dir_all(top.join("directory")).map_err(text)?;
    fs::write(top.join(".hidden"), b"").map_err(text)?;
    fs::write(top.join("naïve"), b"").map_err(text)?;
    let found = names(&top)?;
    expect(found == [".hidden", "directory", "naïve"], &found)?;
    for entry in fs::read_dir(&top).map_err(text)? {
        let entry = entry.map_err(text)?;
        let is_directory = entry.file_type().map_err(text)?.is_dir();
        expect(is_directory == (entry.file_name() == "directory"), entry)?;
    }
    fs::remove_dir_all(top).map_err(text)
}

fn many_entries(at: &Path) -> Result<(), String> {
    let top = at.join("many");
    fs::create_dir(&top).map_err(text)?;
    for number in 0..300 {
        fs::write(top.join(format!("{number:03}")), b"").map_err(text)?;
    }
    let found = names(&top)?.len();
    expect(found == 300, found)?;
    fs::remove_dir_all(top).map_err(text)
}

fn renaming(at: &Path) -> Result<(), String> {
    let (one, two) = (at.join("one"), at.join("two"));
    fs::create_dir(&one).map_err(text)?;
    fs::write(one.join("a"), b"a").map_err(text)?;
    fs::rename(&one, &two).map_err(text)?;
    expect(
        !one.exists() && fs::read(two.join("a")).map_err(text)? == b"a",
        "content",
    )?;
    fails(fs::rename(&one, &two), ErrorKind::NotFound)?;
    refused("a directory into itself", fs::rename(&two, two.join("b")))?;
    fs::remove_dir_all(two).map_err(text)
}

fn renaming_over(at: &Path) -> Result<(), String> {
    let (one, two) = (at.join("one"), at.join("two"));
    fs::write(&one, b"1").map_err(text)?;
    fs::write(&two, b"2").map_err(text)?;
    fs::rename(&one, &two).map_err(text)?;
    expect(fs::read(&two).map_err(text)? == b"1", "content")?;
    fs::create_dir(&one).map_err(text)?;
    refused("a file over a directory", fs::rename(&two, &one))?;
    fs::remove_dir(one)
        .and_then(|()| fs::remove_file(two))
        .map_err(text)
}

fn hard_links(at: &Path) -> Result<(), String> {
    let (one, two) = (at.join("one"), at.join("two"));
    fs::write(&one, b"1").map_err(text)?;
    // A second name could be in a directory that is granted more.
    fails(fs::hard_link(&one, &two), ErrorKind::PermissionDenied)?;
    expect(!two.exists(), "a second name")?;
    fs::remove_file(one).map_err(text)
}

#[allow(deprecated, reason = "the function that is not is for one system only")]
fn symbolic_links(at: &Path) -> Result<(), String> {
    fs::write(at.join("real"), b"r").map_err(text)?;
    let link = at.join("link");
    fs::soft_link("real", &link).map_err(text)?;
    expect(fs::read(&link).map_err(text)? == b"r", "content")?;
    expect(
        fs::read_link(&link).map_err(text)? == Path::new("real"),
        "target",
    )?;
    expect(
        fs::symlink_metadata(&link).map_err(text)?.is_symlink(),
        "metadata",
    )?;
    fs::remove_file(link).map_err(text)?;
    expect(at.join("real").exists(), "the target went with the link")?;
    fs::soft_link("round", at.join("round")).map_err(text)?;
    refused("a link to itself", fs::read(at.join("round")))?;
    fs::remove_file(at.join("round"))
        .and_then(|()| fs::remove_file(at.join("real")))
        .map_err(text)
}

#[allow(deprecated, reason = "the function that is not is for one system only")]
fn links_out(at: &Path) -> Result<(), String> {
    refused(
        "an absolute link",
        fs::soft_link("/etc/passwd", at.join("absolute")),
    )?;
    // A link that climbs may stand there, but leads nowhere.
    if fs::soft_link("../../../../../../etc/passwd", at.join("climbs")).is_ok() {
        refused("a link out", fs::read(at.join("climbs")))?;
        fs::remove_file(at.join("climbs")).map_err(text)?;
    }
    Ok(())
}

fn climbing(at: &Path) -> Result<(), String> {
    fs::write(at.join("here"), b"h").map_err(text)?;
    fs::create_dir(at.join("sub")).map_err(text)?;
    expect(
        fs::read(at.join("sub/../here")).map_err(text)? == b"h",
        "content",
    )?;
    for out in ["..", "../..", "sub/../..", "../../../../../../../../etc"] {
        refused(out, fs::read_dir(at.join(out)))?;
        refused(out, fs::write(at.join(out).join("planted"), b"x"))?;
    }
    fs::remove_dir(at.join("sub"))
        .and_then(|()| fs::remove_file(at.join("here")))
        .map_err(text)
}

fn errors(at: &Path) -> Result<(), String> {
    fails(fs::read(at.join("absent")), ErrorKind::NotFound)?;
    fails(fs::remove_file(at.join("absent")), ErrorKind::NotFound)?;
    fails(fs::read_dir(at.join("absent")), ErrorKind::NotFound)?;
    fs::write(at.join("file"), b"x").map_err(text)?;
    fails(fs::read(at.join("file/below")), ErrorKind::NotADirectory)?;
    refused("listing a file", fs::read_dir(at.join("file")))?;
    refused("writing a directory", fs::write(at, b"x"))?;
    refused("a name with a NUL", fs::write(at.join("a\0b"), b"x"))?;
    refused(
        "a name of 300 bytes",
        fs::write(at.join("x".repeat(300)), b"x"),
    )?;
    let mut file = File::open(at.join("file")).map_err(text)?;
    refused("writing what was opened to read", file.write_all(b"x"))?;
    fs::remove_file(at.join("file")).map_err(text)
}

fn reading(at: &Path) -> Result<(), String> {
    expect(fs::read(at.join("a")).is_ok(), "no file a")?;
    expect(names(at)? == ["a"], names(at)?)
}

#[allow(deprecated, reason = "the function that is not is for one system only")]
fn changing(at: &Path) -> Result<(), String> {
    let (a, b) = (at.join("a"), at.join("b"));
    refused("writing", fs::write(&a, b"x"))?;
    refused("creating", fs::write(&b, b"x"))?;
    refused(
        "opening for writing",
        OpenOptions::new().write(true).open(&a),
    )?;
    refused(
        "opening for appending",
        OpenOptions::new().append(true).open(&a),
    )?;
    refused("renaming", fs::rename(&a, &b))?;
    refused("removing", fs::remove_file(&a))?;
    refused("making a directory", fs::create_dir(&b))?;
    refused("a hard link", fs::hard_link(&a, &b))?;
    refused("a symbolic link", fs::soft_link("a", &b))?;
    let file = File::open(&a).map_err(text)?;
    refused("a new length", file.set_len(0))?;
    refused("a new time", file.set_modified(SystemTime::UNIX_EPOCH))
}
