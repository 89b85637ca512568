//! Malicious archives.

use std::io::Write as _;

use anyhow::Context as _;
use serde::Deserialize;

/// An archive to create.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Archive {
    /// `tar`, `gz`, `zst` or `zip`.
    pub format: String,
    /// The entries, in this order.
    pub entries: Vec<Entry>,
}

/// One entry, written verbatim.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Any bytes.
    pub name: String,
    /// Its content.
    #[serde(default)]
    pub text: String,
    /// The content, repeated this many times.
    #[serde(default = "once")]
    pub times: usize,
    /// The target of a link.
    #[serde(default)]
    pub to: String,
    /// `file`, `directory`, `link`, `hard`, `fifo`, `character`, `block`.
    #[serde(default)]
    pub kind: String,
    /// Permission bits.
    #[serde(default)]
    pub mode: Option<u32>,
    /// Seconds since 1970.
    #[serde(default)]
    pub modified: u64,
}

fn once() -> usize {
    1
}

impl Archive {
    /// Returns its bytes; `fill` replaces placeholders in names, targets and texts.
    pub fn bytes(&self, fill: &dyn Fn(&str) -> String) -> anyhow::Result<Vec<u8>> {
        match self.format.as_str() {
            "tar" => self.tar(fill),
            "gz" => {
                let level = flate2::Compression::best();
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
                encoder.write_all(&self.tar(fill)?)?;
                Ok(encoder.finish()?)
            }
            "zst" => Ok(zstd::encode_all(self.tar(fill)?.as_slice(), 1)?),
            "zip" => self.zip(fill),
            other => anyhow::bail!("no archive format {other:?}"),
        }
    }

    fn tar(&self, fill: &dyn Fn(&str) -> String) -> anyhow::Result<Vec<u8>> {
        let mut builder = tar::Builder::new(Vec::new());
        for entry in &self.entries {
            let content = fill(&entry.text).repeat(entry.times);
            let mut header = tar::Header::new_gnu();
            let kind = match entry.kind.as_str() {
                "directory" => tar::EntryType::Directory,
                "link" => tar::EntryType::Symlink,
                "hard" => tar::EntryType::Link,
                "fifo" => tar::EntryType::Fifo,
                "character" => tar::EntryType::Char,
                "block" => tar::EntryType::Block,
                "longname" => tar::EntryType::GNULongName,
                _ => tar::EntryType::Regular,
            };
            header.set_entry_type(kind);
            header.set_mode(entry.mode.unwrap_or(0o644));
            header.set_mtime(entry.modified);
            header.set_size(content.len() as u64);
            // Bypasses the checks of the library.
            let old = header.as_old_mut();
            put(&mut old.name, &fill(&entry.name)).context("name")?;
            put(&mut old.linkname, &fill(&entry.to)).context("target")?;
            header.set_cksum();
            builder.append(&header, content.as_bytes())?;
        }
        Ok(builder.into_inner()?)
    }

    fn zip(&self, fill: &dyn Fn(&str) -> String) -> anyhow::Result<Vec<u8>> {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for entry in &self.entries {
            let options = zip::write::SimpleFileOptions::default();
            let options = options.unix_permissions(entry.mode.unwrap_or(0o644));
            let name = fill(&entry.name);
            match entry.kind.as_str() {
                "directory" => writer.add_directory(name, options)?,
                "link" => writer.add_symlink(name, fill(&entry.to), options)?,
                _ => {
                    writer.start_file(name, options)?;
                    let content = fill(&entry.text);
                    for _ in 0..entry.times {
                        writer.write_all(content.as_bytes())?;
                    }
                }
            }
        }
        Ok(writer.finish()?.into_inner())
    }
}

fn put(field: &mut [u8], text: &str) -> anyhow::Result<()> {
    let place = field.get_mut(..text.len()).context("it is too long")?;
    place.copy_from_slice(text.as_bytes());
    Ok(())
}
