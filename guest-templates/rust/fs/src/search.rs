//! Searching text.

use std::fmt::Write as _;

use crate::luminarys::skill::filesystem::{self, FileMatch, GrepOptions};
use crate::{Answer, report};

/// The options that every search starts from.
pub fn options(type_filter: &str) -> GrepOptions {
    GrepOptions {
        fixed: false,
        case_insensitive: false,
        include: Vec::new(),
        exclude: Vec::new(),
        type_filter: Some(type_filter.to_owned()),
        ignore_dirs: None,
        max_depth: 0,
        max_count: 0,
        with_lines: true,
        filename_only: false,
    }
}

/// Matching lines, by file.
pub fn lines(pattern: &str, path: Option<&str>, options: GrepOptions) -> Answer {
    let files = grep(pattern, path, &options)?;
    if files.is_empty() {
        return Ok(none(pattern));
    }
    let total: usize = files.iter().map(|file| file.matches.len()).sum();
    let mut text = format!("{total} matches across {} files", files.len());
    for file in &files {
        let _ = write!(text, "\n\n{} ({} matches)", file.path, file.matches.len());
        for hit in &file.matches {
            let _ = write!(
                text,
                "\n  {:5}: {}",
                hit.line_number,
                hit.line.as_deref().unwrap_or_default()
            );
        }
    }
    Ok(text)
}

/// Matching files.
pub fn files(pattern: &str, path: Option<&str>, options: GrepOptions) -> Answer {
    let files = grep(
        pattern,
        path,
        &GrepOptions {
            with_lines: false,
            filename_only: true,
            ..options
        },
    )?;
    if files.is_empty() {
        return Ok(none(pattern));
    }
    Ok(files
        .into_iter()
        .map(|file| file.path)
        .collect::<Vec<_>>()
        .join("\n"))
}

fn grep(
    pattern: &str,
    path: Option<&str>,
    options: &GrepOptions,
) -> Result<Vec<FileMatch>, String> {
    // An empty path means all granted directories, as leaving it out does.
    let path = path.filter(|path| !path.is_empty());
    filesystem::grep(pattern, path, options).map_err(report::error)
}

fn none(pattern: &str) -> String {
    format!("(no matches for: {pattern})")
}
