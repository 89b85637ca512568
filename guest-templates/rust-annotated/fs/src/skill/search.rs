//! Searching text.

use std::fmt::Write as _;

use luminarys_sdk::SkillError;
use luminarys_sdk::skill::filesystem::{self, FileMatch, GrepDetail, GrepOptions};

/// Matching lines, by file.
pub fn lines(pattern: &str, path: &str, options: GrepOptions) -> Result<String, SkillError> {
    Ok(shown(pattern, &grep(pattern, path, &options)?))
}

fn shown(pattern: &str, files: &[FileMatch]) -> String {
    if files.is_empty() {
        return none(pattern);
    }
    let total: usize = files.iter().map(|file| file.matches.len()).sum();
    let mut text = format!("{total} matches across {} files", files.len());
    for file in files {
        let _ = write!(text, "\n\n{} ({} matches)", file.path, file.matches.len());
        for hit in &file.matches {
            let line = hit.line.as_deref().unwrap_or_default();
            let _ = write!(text, "\n  {:5}: {line}", hit.line_number);
        }
    }
    text
}

/// Matching files.
pub fn files(pattern: &str, path: &str, options: GrepOptions) -> Result<String, SkillError> {
    options.set_detail(GrepDetail::Paths);
    let files = grep(pattern, path, &options)?;
    if files.is_empty() {
        return Ok(none(pattern));
    }
    let paths = files.into_iter().map(|file| file.path);
    Ok(paths.collect::<Vec<_>>().join("\n"))
}

fn grep(pattern: &str, path: &str, options: &GrepOptions) -> Result<Vec<FileMatch>, SkillError> {
    // An empty path is one that was left out: all granted directories.
    let path = Some(path).filter(|path| !path.is_empty());
    Ok(filesystem::grep(pattern, path, Some(options))?)
}

fn none(pattern: &str) -> String {
    format!("(no matches for: {pattern})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use luminarys_sdk::skill::filesystem::LineMatch;

    #[test]
    fn matches_stand_by_file() {
        let file = FileMatch {
            path: "/f".to_owned(),
            matches: vec![LineMatch {
                line_number: 7,
                line: Some("x".to_owned()),
                ranges: Vec::new(),
            }],
        };
        let text = "1 matches across 1 files\n\n/f (1 matches)\n      7: x";
        assert_eq!(shown("p", &[file]), text);
        assert_eq!(shown("p", &[]), "(no matches for: p)");
    }
}
