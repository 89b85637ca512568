//! tar, plain or compressed, as GNU tar reads it.
//!
//! - `tape`: blocks; `header`, `number`: their fields; `pax`: extended headers; `sparse`: maps of files with holes
//! - `entry`: all headers of an entry, put together; `content`: its bytes; `gzip`: all members of a file

mod content;
mod entry;
mod gzip;
mod header;
mod number;
mod pax;
mod sparse;
mod tape;

use std::collections::HashMap;
use std::io::{BufReader, Read};

use self::entry::Entries;
use self::gzip::Gzip;
use self::tape::{Tape, padding};
use crate::budget::{Budget, Counted};
use crate::error::{Error, broken};
use crate::format::Format;
use crate::member::{Member, MemberKind};
use crate::visit::{Visit, show};

/// The longest extension of a header (long names, maps of sparse files), which is read into memory.
const MAX_EXTENSION: u64 = 1 << 20;

/// Returns the bytes of the tar itself. Its checksums are checked where it ends, so it must be read to there.
fn decoder<'a>(file: impl Read + 'a, format: Format) -> Result<Box<dyn Read + 'a>, Error> {
    let file = BufReader::with_capacity(64 << 10, file);
    Ok(match format {
        Format::TarGz => Box::new(Gzip::new(file)),
        Format::TarZst => Box::new(zstd::stream::read::Decoder::with_buffer(file).map_err(broken)?),
        _ => Box::new(file),
    })
}

/// Reads a tar to the end of its file.
pub(crate) fn read<E: From<Error>>(
    file: impl Read,
    format: Format,
    budget: &Budget,
    visit: Visit<'_, E>,
) -> Result<(), E> {
    // What comes out of the compression counts for itself: not all of it becomes an entry.
    let raw_budget = budget.clone();
    let mut tape = Tape::new(Counted {
        inner: decoder(file, format)?,
        budget: &raw_budget,
    });
    let mut entries = Entries::default();
    let mut sizes = HashMap::new();
    while let Some(entry) = entries.next(&mut tape)? {
        let name = entry.name.clone();
        let size = match &entry.kind {
            MemberKind::Same(other) => sizes.get(other).copied().unwrap_or_default(),
            _ => entry.layout.size(),
        };
        let member = Member {
            name: entry.name,
            kind: entry.kind,
            size,
            mode: entry.mode,
            modified: Some(entry.modified),
        };
        show(member, &mut entry.layout.reader(&mut tape), budget, visit)?;
        tape.skip(padding(entry.layout.stored()), name.as_bytes())?;
        if size > 0 {
            sizes.insert(name, size);
        }
    }
    Ok(tape.finish()?)
}
