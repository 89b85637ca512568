//! zip.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use zip::{ExtraField, ZipArchive};

use crate::budget::Budget;
use crate::codepage::Origin;
use crate::error::{Error, broken};
use crate::member::{Member, MemberKind};
use crate::names;
use crate::visit::{Visit, show};

/// The longest target of a link, in bytes.
const MAX_TARGET: u64 = 4096;
/// The flag of an entry whose name is UTF-8.
const UTF_8: u16 = 1 << 11;
/// The kinds of a Unix mode.
const KIND: u32 = 0o170_000;
const LINK: u32 = 0o120_000;
const REGULAR: u32 = 0o100_000;
const DIRECTORY: u32 = 0o040_000;

pub(crate) fn read<E: From<Error>>(
    mut file: impl Read + Seek,
    budget: &Budget,
    visit: Visit<'_, E>,
) -> Result<(), E> {
    let claimed = claimed_entries(&mut file).map_err(broken)?;
    budget.check_entries(claimed)?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(broken)?;
    // The library keeps one entry of each name.
    if archive.len() as u64 != claimed {
        return Err(Error::Invalid(format!(
            "the archive has {claimed} entries, with only {} names: some are there twice; pack it anew",
            archive.len()
        ))
        .into());
    }
    for index in 0..archive.len() {
        let raw = archive.by_index_data(index).map_err(broken)?;
        let raw = raw.name_raw().to_vec();
        let unreadable = |error: io::Error| names::unreadable(&raw, error);
        let mut entry = archive
            .by_index(index)
            .map_err(|error| unreadable(error.into()))?;
        let origin = Origin {
            is_unicode: entry.flags().as_u16() & UTF_8 != 0
                || entry
                    .extra_data_fields()
                    .any(|field| matches!(field, ExtraField::UnicodePath(_))),
            system: entry.system(),
            version: entry.version_made_by(),
        };
        let name = names::clean(&origin.decode(&raw))?;
        let mode = entry.unix_mode();
        let kind = match mode.map_or(0, |mode| mode & KIND) {
            LINK => {
                let mut target = String::new();
                let read = (&mut entry)
                    .take(MAX_TARGET + 1)
                    .read_to_string(&mut target);
                if read.map_err(unreadable)? as u64 > MAX_TARGET {
                    let reason = format!("is a link to a name of more than {MAX_TARGET} bytes");
                    return Err(names::refused(&raw, reason).into());
                }
                MemberKind::Link(target)
            }
            0 | REGULAR | DIRECTORY if entry.is_dir() => MemberKind::Directory,
            0 | REGULAR => MemberKind::File,
            _ => {
                let reason = "is a device, a pipe or something else that is no file; leave it out";
                return Err(names::refused(&raw, reason).into());
            }
        };
        let usual = if kind == MemberKind::Directory {
            0o755
        } else {
            0o644
        };
        let member = Member {
            size: if kind == MemberKind::File {
                entry.size()
            } else {
                0
            },
            mode: mode.map_or(usual, |mode| mode & 0o777),
            modified: entry.last_modified().and_then(seconds),
            name,
            kind,
        };
        show(member, &mut entry, budget, visit)?;
    }
    Ok(())
}

/// The time of a zip has no zone; it is taken for UTC.
fn seconds(time: zip::DateTime) -> Option<i64> {
    let part = |value: u8| i8::try_from(value).ok();
    let time = jiff::civil::DateTime::new(
        i16::try_from(time.year()).ok()?,
        part(time.month())?,
        part(time.day())?,
        part(time.hour())?,
        part(time.minute())?,
        part(time.second())?,
        0,
    );
    let zoned = time.ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_second())
}

/// How many entries the end of the file says there are: the library makes room for all of them at once.
fn claimed_entries(file: &mut (impl Read + Seek)) -> io::Result<u64> {
    /// The record at the end, and the longest comment behind it.
    const MAX_END: u64 = 22 + 65_535 + 20;
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(MAX_END)))?;
    let mut end = Vec::new();
    file.by_ref().take(MAX_END).read_to_end(&mut end)?;
    file.rewind()?;
    let find = |mark: &[u8]| end.windows(4).rposition(|bytes| bytes == mark);
    let Some(record) = find(b"PK\x05\x06").and_then(|at| end.get(at + 10..at + 12)) else {
        // No archive: the library says so.
        return Ok(0);
    };
    let count = u64::from(u16::from_le_bytes([record[0], record[1]]));
    if count < 0xffff {
        return Ok(count);
    }
    let Some(at) = find(b"PK\x06\x07").and_then(|at| end.get(at + 8..at + 16)) else {
        return Ok(count);
    };
    let at = u64::from_le_bytes(at.try_into().unwrap_or_default());
    let mut record = [0; 40];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut record)?;
    file.rewind()?;
    let total = record.get(32..40).and_then(|bytes| bytes.try_into().ok());
    Ok(u64::from_le_bytes(total.unwrap_or([0xff; 8])))
}
