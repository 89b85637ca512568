//! From a tree to an archive.

use std::io::{self, Read, Write};

use luminarys_filesystem::{Cancelled, Filesystem, FsError, Item, ItemKind, Writer};

use super::{Done, Limits, Options};
use crate::format::Format;
use crate::names::stays;

/// A level that compresses well for its time.
const ZSTD_LEVEL: i32 = 3;

/// Writes the archive; keeps the error, which would not come through an encoder.
struct Output {
    writer: Writer,
    failed: Option<FsError>,
}

impl Write for &mut Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.writer.write_all(bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(error) => {
                let text = error.to_string();
                self.failed = Some(error);
                Err(io::Error::other(text))
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Packs the directory `source` into the file `output`.
///
/// # Errors
/// [`FsError::TooLarge`] beyond a limit; otherwise as [`Filesystem::inventory`] and [`Filesystem::writer`]. Then no
/// archive is left.
pub fn pack(
    files: &Filesystem,
    limits: Limits,
    source: &str,
    output: &str,
    options: &Options,
    cancelled: Cancelled<'_>,
) -> Result<Done, FsError> {
    let wanted = |name: &str| !options.exclude.covers(name);
    // Listed before the output is created, which must not contain itself.
    let (root, items) = files.inventory(source, limits.entries, &wanted, cancelled)?;
    let place = files.true_path(output)?;
    let mut done = Done::nothing(options.format);
    let mut packed = Vec::new();
    for item in items {
        match &item.kind {
            ItemKind::Other => done.skipped += 1,
            ItemKind::Link(target) if !stays(&item.name, target) => done.skipped += 1,
            _ if format!("{root}/{}", item.name) == place => {}
            _ => packed.push(item),
        }
    }
    let mut out = Output {
        writer: files.writer(output)?,
        failed: None,
    };
    let mut source = Source {
        files,
        root: &root,
        left: limits.bytes,
        done: &mut done,
        cancelled,
    };
    let written = match options.format {
        Format::Zip => zip(&packed, &mut source, &mut out),
        Format::TarGz => {
            let level = flate2::Compression::default();
            let encoder = flate2::write::GzEncoder::new(&mut out, level);
            tar(&packed, &mut source, encoder).and_then(|encoder| Ok(encoder.finish().map(drop)?))
        }
        Format::TarZst => zstd::stream::write::Encoder::new(&mut out, ZSTD_LEVEL)
            .map_err(Trouble::from)
            .and_then(|encoder| tar(&packed, &mut source, encoder))
            .and_then(|encoder| Ok(encoder.finish().map(drop)?)),
        Format::Tar => tar(&packed, &mut source, &mut out).map(drop),
    };
    if let Some(error) = out.failed.take() {
        return Err(error);
    }
    match written {
        Ok(()) => out.writer.finish()?,
        Err(Trouble::Files(error)) => return Err(error),
        Err(Trouble::Writing(source)) => {
            let path = output.to_owned();
            return Err(FsError::System { path, source });
        }
    }
    Ok(done)
}

enum Trouble {
    Files(FsError),
    Writing(io::Error),
}

impl From<FsError> for Trouble {
    fn from(error: FsError) -> Self {
        Self::Files(error)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Writing(error)
    }
}

/// Where the files come from.
struct Source<'a> {
    files: &'a Filesystem,
    root: &'a str,
    left: u64,
    done: &'a mut Done,
    cancelled: Cancelled<'a>,
}

impl Source<'_> {
    /// Opens a file and returns its current length and exactly so many bytes.
    fn open(&mut self, item: &Item) -> Result<(u64, impl Read + use<>), FsError> {
        if (self.cancelled)() {
            return Err(FsError::given_up());
        }
        let (file, length) = self
            .files
            .open_whole(&format!("{}/{}", self.root, item.name))?;
        let left = self.left.checked_sub(length);
        self.left = left.ok_or_else(|| {
            FsError::TooLarge(
                "what is to be packed exceeds the skill's runtime.max_archive_mb".to_owned(),
            )
        })?;
        self.done.files += 1;
        self.done.bytes += length;
        // A file that shrinks meanwhile must not break the archive.
        Ok((length, file.chain(io::repeat(0)).take(length)))
    }
}

fn tar<W: Write>(items: &[Item], source: &mut Source<'_>, out: W) -> Result<W, Trouble> {
    let mut builder = tar::Builder::new(out);
    for item in items {
        let mut header = tar::Header::new_gnu();
        header.set_mode(item.mode);
        header.set_mtime(u64::try_from(item.modified).unwrap_or_default());
        header.set_size(0);
        match &item.kind {
            ItemKind::Directory => {
                header.set_entry_type(tar::EntryType::Directory);
                builder.append_data(&mut header, format!("{}/", item.name), io::empty())?;
            }
            ItemKind::Link(target) => {
                header.set_entry_type(tar::EntryType::Symlink);
                builder.append_link(&mut header, &item.name, target)?;
            }
            _ => {
                let (length, file) = source.open(item)?;
                header.set_size(length);
                builder.append_data(&mut header, &item.name, file)?;
            }
        }
    }
    Ok(builder.into_inner()?)
}

fn zip(items: &[Item], source: &mut Source<'_>, out: &mut Output) -> Result<(), Trouble> {
    let failed =
        |error: zip::result::ZipError| Trouble::Writing(io::Error::other(error.to_string()));
    let mut writer = zip::ZipWriter::new_stream(out);
    for item in items {
        let mut options = zip::write::SimpleFileOptions::default()
            .unix_permissions(item.mode)
            .last_modified_time(zip_time(item.modified).unwrap_or_default());
        match &item.kind {
            ItemKind::Directory => writer.add_directory(&item.name, options).map_err(failed)?,
            ItemKind::Link(target) => {
                writer
                    .add_symlink(&item.name, target, options)
                    .map_err(failed)?;
            }
            _ => {
                let (length, mut file) = source.open(item)?;
                options = options.large_file(length >= u64::from(u32::MAX));
                writer.start_file(&item.name, options).map_err(failed)?;
                io::copy(&mut file, &mut writer)?;
            }
        }
    }
    writer.finish().map_err(failed)?;
    Ok(())
}

/// Converts a time to that of a zip, which begins in 1980 and has no zone: UTC is written.
fn zip_time(seconds: i64) -> Option<zip::DateTime> {
    let time = jiff::Timestamp::from_second(seconds).ok()?;
    let time = time.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    let part = |value: i8| u8::try_from(value).ok();
    zip::DateTime::from_date_and_time(
        u16::try_from(time.year()).ok()?,
        part(time.month())?,
        part(time.day())?,
        part(time.hour())?,
        part(time.minute())?,
        part(time.second())?,
    )
    .ok()
}
