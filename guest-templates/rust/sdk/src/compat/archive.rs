//! Archives. The archive and the files must be granted by `permissions.fs`.

use serde::{Deserialize, Serialize};

use super::values::{positive, signed};
use crate::SkillError;
use crate::skill::archive::{self, Format, Kind, Options};

/// What was packed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ArchivePackResult {
    /// Regular files.
    pub files_count: i64,
    /// `tar.gz`, `zip`, `tar` or `tar.zst`.
    pub format: String,
    /// Empty: what fails is an error.
    pub error: String,
}

/// What is in an archive.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ArchiveEntry {
    /// Relative.
    pub name: String,
    /// Bytes; 0 for directories and links.
    pub size: i64,
    /// Whether it is a directory.
    pub is_dir: bool,
}

fn format(name: &str) -> Result<Option<Format>, SkillError> {
    Ok(Some(match name {
        "" => return Ok(None),
        "tar" => Format::Tar,
        "tar.gz" | "tgz" => Format::TarGz,
        "tar.zst" => Format::TarZst,
        "zip" => Format::Zip,
        other => {
            return Err(SkillError(format!(
                "format: {other:?} is none of tar.gz, zip, tar, tar.zst"
            )));
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

/// Patterns between commas, except those within braces.
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

fn options(format: Option<Format>, exclude: &str, strip: i32) -> Options {
    let options = Options::new();
    if let Some(format) = format {
        options.set_format(format);
    }
    options.set_exclude(&patterns(exclude));
    options.set_strip(positive(strip.into()).unwrap_or(0));
    options
}

/// Packs what is in a directory. An empty `format` is `tar.gz`; `exclude` is globs between commas.
///
/// # Errors
/// As `archive::pack`, and when the format is unknown.
pub fn archive_pack(
    source: &str,
    output: &str,
    format: &str,
    exclude: &str,
) -> Result<ArchivePackResult, SkillError> {
    let format = self::format(format)?.unwrap_or(Format::TarGz);
    let options = options(Some(format), exclude, 0);
    let done = archive::pack(source, output, Some(&options))?;
    Ok(ArchivePackResult {
        files_count: signed(done.files),
        format: name(done.format).to_owned(),
        error: String::new(),
    })
}

/// What is in an archive. An empty `format` goes by the archive's name.
///
/// # Errors
/// As `archive::entries`, and when the format is unknown.
pub fn archive_list(
    archive: &str,
    format: &str,
    exclude: &str,
) -> Result<Vec<ArchiveEntry>, SkillError> {
    let options = options(self::format(format)?, exclude, 0);
    let entries = archive::entries(archive, Some(&options))?;
    let entries = entries.into_iter().map(|entry| ArchiveEntry {
        name: entry.name,
        size: signed(entry.size),
        is_dir: entry.kind == Kind::Directory,
    });
    Ok(entries.collect())
}

/// Unpacks into a directory, which is made, leaving out `strip` parts at the beginning of each name; how many files. An empty
/// `format` goes by the archive's name.
///
/// # Errors
/// As `archive::unpack`, and when the format is unknown.
pub fn archive_unpack(
    archive: &str,
    dest: &str,
    format: &str,
    exclude: &str,
    strip: i32,
) -> Result<i64, SkillError> {
    let options = options(self::format(format)?, exclude, strip);
    let done = archive::unpack(archive, dest, Some(&options))?;
    Ok(signed(done.files))
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn formats_have_names() {
        assert_eq!(format("").unwrap(), None);
        assert_eq!(format("tgz").unwrap(), Some(Format::TarGz));
        assert_eq!(name(Format::Zip), "zip");
        assert!(format("rar").unwrap_err().0.contains("\"rar\""));
    }
}
