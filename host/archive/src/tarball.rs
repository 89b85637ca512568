//! tar, plain or compressed.

use std::io::{BufReader, Read, Seek};

use tar::EntryType;

use crate::Error;
use crate::budget::{Budget, Counted};
use crate::{Format, Member, MemberKind, Visit, broken, names};

/// The longest extension header (long names and the like), which is read into memory.
const MAX_EXTENSION: u64 = 1 << 20;

/// The bytes of the tar itself.
fn decoder<'a>(file: impl Read + 'a, format: Format) -> Result<Box<dyn Read + 'a>, Error> {
    let file = BufReader::with_capacity(64 << 10, file);
    Ok(match format {
        Format::TarGz => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
        Format::TarZst => Box::new(zstd::stream::read::Decoder::with_buffer(file).map_err(broken)?),
        _ => Box::new(file),
    })
}

pub(crate) fn read<E: From<Error>>(
    mut file: impl Read + Seek,
    format: Format,
    budget: &Budget,
    visit: Visit<'_, E>,
) -> Result<(), E> {
    // The library reads extensions whole, however long they say they are.
    // What entries become is counted anew below: a sparse one is larger than its bytes here.
    let raw_budget = budget.clone();
    let mut raw = tar::Archive::new(Counted {
        inner: decoder(&mut file, format)?,
        budget: &raw_budget,
    });
    for entry in raw.entries().map_err(broken)?.raw(true) {
        let entry = entry.map_err(broken)?;
        let kind = entry.header().entry_type();
        let is_extension = kind.is_gnu_longname()
            || kind.is_gnu_longlink()
            || kind.is_pax_local_extensions()
            || kind.is_pax_global_extensions();
        if is_extension && entry.size() > MAX_EXTENSION {
            let text = format!(
                "a header of {} bytes; at most {MAX_EXTENSION} are read",
                entry.size()
            );
            return Err(Error::TooLarge(text).into());
        }
    }
    drop(raw);
    file.rewind().map_err(broken)?;
    let mut archive = tar::Archive::new(decoder(&mut file, format)?);
    for entry in archive.entries().map_err(broken)? {
        let entry = entry.map_err(broken)?;
        budget.entry()?;
        let header_kind = entry.header().entry_type();
        if header_kind.is_pax_global_extensions() {
            continue;
        }
        let name = names::clean(&entry.path_bytes())?;
        let target = || -> Result<String, Error> {
            let target = entry.link_name_bytes().unwrap_or_default();
            String::from_utf8(target.into_owned()).map_err(broken)
        };
        let kind = match header_kind {
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => MemberKind::File,
            EntryType::Directory => MemberKind::Directory,
            EntryType::Symlink => MemberKind::Link(target()?),
            EntryType::Link => MemberKind::Same(names::clean(target()?.as_bytes())?),
            _ => {
                return Err(Error::Invalid(format!(
                    "the archive's entry {name} is a device, a pipe or something else that is no file"
                ))
                .into());
            }
        };
        let member = Member {
            size: if kind == MemberKind::File {
                entry.size()
            } else {
                0
            },
            mode: entry.header().mode().map_err(broken)? & 0o777,
            modified: entry
                .header()
                .mtime()
                .ok()
                .and_then(|time| i64::try_from(time).ok()),
            name,
            kind,
        };
        let mut content = Counted {
            inner: entry,
            budget,
        };
        visit(member, &mut content)?;
    }
    Ok(())
}
