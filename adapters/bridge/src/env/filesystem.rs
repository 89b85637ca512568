//! `fs_…`: files.

use super::{Outcome, Reply, explain, functions};
use crate::bindings::luminarys::skill::filesystem::{self, Access, Entry, FileKind, ListOptions};
use crate::wire::{Fields as _, Value};

functions! {
    fs_read = read;
    fs_write = |request| done(filesystem::write(&request.text("path"), request.bytes("content")));
    fs_create = |request| done(filesystem::create(&request.text("path"), request.bytes("content")));
    fs_delete = |request| done(filesystem::delete(&request.text("path")));
    fs_mkdir = |request| done(filesystem::mkdir(&request.text("path")));
    fs_ls = list;
    fs_chmod = chmod;
    fs_copy = |request| done(filesystem::copy(&request.text("source"), &request.text("dest")));
    fs_read_lines = read_lines;
    fs_allowed_dirs = allowed_dirs;
}

use crate::bindings::luminarys::skill::types::Error;

fn done(result: Result<(), Error>) -> Outcome {
    result.map(|()| Reply::done()).map_err(explain)
}

fn read(request: &Value<'_>) -> Outcome {
    let content = filesystem::read(&request.text("path")).map_err(explain)?;
    let mut reply = Reply::default();
    reply.head.map(1);
    Ok(reply.with_bytes("content", content))
}

/// All entries of a directory, page by page.
fn entries(path: &str, details: bool) -> Result<Vec<Entry>, Error> {
    let options = ListOptions::new();
    options.set_details(details);
    let mut page = filesystem::list(path, None, Some(&options))?;
    let mut entries = page.entries;
    while let Some(after) = page.next {
        page = filesystem::list(path, Some(&after), Some(&options))?;
        entries.append(&mut page.entries);
    }
    Ok(entries)
}

fn list(request: &Value<'_>) -> Outcome {
    let entries = entries(&request.text("path"), request.flag("long")).map_err(explain)?;
    let mut reply = Reply::default();
    let out = reply.head.map(1).text("entries").array(entries.len());
    for entry in &entries {
        out.map(if entry.details.is_some() { 6 } else { 3 });
        out.text("name")
            .text(&entry.name)
            .text("size")
            .unsigned(entry.size);
        out.text("is_dir").flag(entry.kind == FileKind::Directory);
        if let Some(details) = &entry.details {
            out.text("mod_time")
                .integer(details.modified.div_euclid(1000))
                .text("mode")
                .unsigned(details.mode.into());
            out.text("mode_str").text(&details.mode_string);
        }
    }
    Ok(reply)
}

fn chmod(request: &Value<'_>) -> Outcome {
    let mode =
        u32::try_from(request.integer("mode")).map_err(|_| "mode: not a file mode".to_owned())?;
    done(filesystem::chmod(
        &request.text("path"),
        mode,
        request.flag("recursive"),
    ))
}

fn read_lines(request: &Value<'_>) -> Outcome {
    let [offset, limit] = ["offset", "limit"].map(|key| u64::try_from(request.integer(key)));
    let offset = offset.map_err(|_| "offset: below zero".to_owned())?;
    let limit = limit.map_err(|_| "limit: below zero".to_owned())?;
    let found = filesystem::read_lines(&request.text("path"), offset, limit).map_err(explain)?;
    let mut reply = Reply::default();
    let out = reply.head.map(4).text("lines").array(found.lines.len());
    for line in &found.lines {
        out.text(line);
    }
    out.text("total_lines")
        .unsigned(found.total)
        .text("offset")
        .unsigned(found.offset);
    out.text("is_truncated").flag(found.truncated);
    Ok(reply)
}

fn allowed_dirs(_: &Value<'_>) -> Outcome {
    let dirs = filesystem::allowed_dirs();
    let mut reply = Reply::default();
    let out = reply.head.map(1).text("dirs").array(dirs.len());
    for dir in &dirs {
        let mode = if dir.access == Access::ReadWrite {
            "rw"
        } else {
            "ro"
        };
        out.map(2)
            .text("path")
            .text(&dir.path)
            .text("mode")
            .text(mode);
    }
    Ok(reply)
}
