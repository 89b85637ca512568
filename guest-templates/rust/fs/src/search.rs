//! Searching text.

use std::fmt::Write as _;

use crate::luminarys::skill::filesystem::{self, FileMatch, GrepDetail, GrepOptions};
use crate::{Answer, report};

/// The options that every search starts from.
pub fn options(type_filter: &str, case_insensitive: Option<bool>) -> GrepOptions {
    let options = GrepOptions::new();
    options.set_type_filter(type_filter);
    options.set_case_insensitive(case_insensitive.unwrap_or(false));
    options
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
    options.set_detail(GrepDetail::Paths);
    let files = grep(pattern, path, &options)?;
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
    filesystem::grep(pattern, path, Some(options)).map_err(report::error)
}

fn none(pattern: &str) -> String {
    format!("(no matches for: {pattern})")
}
