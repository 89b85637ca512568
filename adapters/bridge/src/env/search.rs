//! `fs_grep` and `fs_glob`.

use super::{Outcome, Reply, explain, functions};
use crate::bindings::luminarys::skill::filesystem::{self, GlobOptions, GrepDetail, GrepOptions};
use crate::wire::{Fields as _, Value};

functions! {
    fs_grep = grep;
    fs_glob = glob;
}

fn grep(request: &Value<'_>) -> Outcome {
    let options = GrepOptions::new();
    options.set_fixed(request.flag("fixed"));
    options.set_case_insensitive(request.flag("case_insensitive"));
    options.set_include(&request.texts("include").unwrap_or_default());
    options.set_exclude(&request.texts("exclude").unwrap_or_default());
    if let Some(name) = request.filled("type_filter") {
        options.set_type_filter(&name);
    }
    if let Some(names) = request.texts("ignore_dirs") {
        options.set_ignore_dirs(&names);
    }
    options.set_max_depth(request.positive("max_depth").unwrap_or(0));
    options.set_max_count(request.positive("max_count").unwrap_or(0));
    let (paths, lines) = (request.flag("filename_only"), request.flag("with_lines"));
    options.set_detail(match (paths, lines) {
        (true, _) => GrepDetail::Paths,
        (false, true) => GrepDetail::Lines,
        (false, false) => GrepDetail::Positions,
    });
    let (pattern, path) = (request.text("pattern"), request.filled("path"));
    let found = filesystem::grep(&pattern, path.as_deref(), Some(&options)).map_err(explain)?;
    let mut reply = Reply::default();
    let out = reply.head.map(1).text("matches").array(found.len());
    for file in &found {
        out.map(2)
            .text("path")
            .text(&file.path)
            .text("matches")
            .array(file.matches.len());
        for found in &file.matches {
            out.map(2 + usize::from(found.line.is_some()));
            out.text("line_num").unsigned(found.line_number);
            if let Some(line) = &found.line {
                out.text("line").text(line);
            }
            out.text("ranges").array(found.ranges.len());
            for range in &found.ranges {
                out.map(2)
                    .text("start")
                    .unsigned(range.start.into())
                    .text("end")
                    .unsigned(range.end.into());
            }
        }
    }
    Ok(reply)
}

fn glob(request: &Value<'_>) -> Outcome {
    let options = GlobOptions::new();
    options.set_hidden(request.flag("match_hidden"));
    if let Some(names) = request.texts("ignore_dirs") {
        options.set_ignore_dirs(&names);
    }
    options.set_max_depth(request.positive("max_depth").unwrap_or(0));
    options.set_only_files(request.flag("only_files"));
    options.set_only_dirs(request.flag("only_dirs"));
    let patterns = request.texts("patterns").unwrap_or_default();
    let path = request.filled("path");
    let found = filesystem::glob(&patterns, path.as_deref(), Some(&options)).map_err(explain)?;
    let mut reply = Reply::default();
    let out = reply.head.map(1).text("matches").array(found.len());
    for one in &found {
        out.map(2)
            .text("path")
            .text(&one.path)
            .text("is_dir")
            .flag(one.is_dir);
    }
    Ok(reply)
}
