//! `archive_…`: trees into one file and back.

use super::{Outcome, Reply, explain, functions};
use crate::bindings::luminarys::skill::archive::{self, Format, Kind, Options};
use crate::wire::{Fields as _, Value};

functions! {
    archive_pack = pack;
    archive_unpack = unpack;
    archive_list = list;
}

fn format(name: &str) -> Result<Option<Format>, String> {
    Ok(Some(match name {
        "" => return Ok(None),
        "tar" => Format::Tar,
        "tar.gz" | "tgz" => Format::TarGz,
        "tar.zst" => Format::TarZst,
        "zip" => Format::Zip,
        other => {
            return Err(format!(
                "format: {other:?} is none of tar.gz, zip, tar, tar.zst"
            ));
        }
    }))
}

fn name(format: Format) -> &'static str {
    match format {
        Format::Tar => "tar",
        Format::TarGz => "tar.gz",
        Format::TarZst => "tar.zst",
        Format::Zip => "zip",
    }
}

/// Patterns separated by commas; those inside of braces separate nothing.
fn patterns(list: &str) -> Vec<String> {
    let mut depth = 0_u32;
    let parts = list.split(|character| {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    });
    let parts = parts.map(str::trim).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

fn options(request: &Value<'_>, default: Option<Format>) -> Result<Options, String> {
    let format = format(&request.text("format"))?.or(default);
    let options = Options::new();
    if let Some(format) = format {
        options.set_format(format);
    }
    options.set_exclude(&patterns(&request.text("exclude")));
    options.set_strip(request.positive("strip").unwrap_or(0));
    Ok(options)
}

fn pack(request: &Value<'_>) -> Outcome {
    let options = options(request, Some(Format::TarGz))?;
    let (source, output) = (request.text("source"), request.text("output"));
    let done = archive::pack(&source, &output, Some(&options)).map_err(explain)?;
    let mut reply = Reply::default();
    reply
        .head
        .map(2)
        .text("files_count")
        .unsigned(done.files)
        .text("format")
        .text(name(done.format));
    Ok(reply)
}

fn unpack(request: &Value<'_>) -> Outcome {
    let options = options(request, None)?;
    let (archive, destination) = (request.text("archive"), request.text("dest"));
    let done = archive::unpack(&archive, &destination, Some(&options)).map_err(explain)?;
    let mut reply = Reply::default();
    reply.head.map(1).text("files_count").unsigned(done.files);
    Ok(reply)
}

fn list(request: &Value<'_>) -> Outcome {
    let options = options(request, None)?;
    let entries = archive::entries(&request.text("archive"), Some(&options)).map_err(explain)?;
    let mut reply = Reply::default();
    let out = reply.head.map(1).text("entries").array(entries.len());
    for entry in &entries {
        out.map(3)
            .text("name")
            .text(&entry.name)
            .text("size")
            .unsigned(entry.size);
        out.text("is_dir").flag(entry.kind == Kind::Directory);
    }
    Ok(reply)
}

#[cfg(test)]
mod tests {
    use super::patterns;

    #[test]
    fn commas_in_braces_separate_nothing() {
        for (list, expected) in [
            ("", vec![]),
            (".git, node_modules", vec![".git", "node_modules"]),
            ("*.{o,a},b", vec!["*.{o,a}", "b"]),
            ("{a,{b,c}},,d", vec!["{a,{b,c}}", "d"]),
        ] {
            assert_eq!(patterns(list), expected, "{list}");
        }
    }
}
