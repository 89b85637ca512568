//! An entry, put together from all of its headers.

use std::io::Read;

use super::content::Layout;
use super::header::Header;
use super::pax::Records;
use super::tape::{Tape, padding};
use super::{MAX_EXTENSION, sparse};
use crate::error::Error;
use crate::member::MemberKind;
use crate::names;

/// What the headers of an entry say.
pub(super) struct Entry {
    pub name: String,
    pub kind: MemberKind,
    pub layout: Layout,
    pub mode: u32,
    pub modified: i64,
}

/// All entries, in their order.
#[derive(Default)]
pub(super) struct Entries {
    /// The time that an extended header gives to all entries behind it.
    modified: Option<i64>,
}

/// What comes before the header of an entry.
#[derive(Default)]
struct Extensions {
    name: Option<Vec<u8>>,
    target: Option<Vec<u8>>,
    records: Option<Records>,
}

impl Entries {
    /// Reads the next entry up to its content.
    pub fn next<R: Read>(&mut self, tape: &mut Tape<R>) -> Result<Option<Entry>, Error> {
        let mut extensions = Extensions::default();
        while let Some(header) = tape.header()? {
            match header.kind() {
                b'L' => once(&mut extensions.name, long(&header, tape)?, &header)?,
                b'K' => once(&mut extensions.target, long(&header, tape)?, &header)?,
                b'x' | b'X' => {
                    once(&mut extensions.records, records(&header, tape)?, &header)?;
                }
                b'g' => {
                    let records = records(&header, tape)?;
                    records.check_global()?;
                    self.modified = records.modified(&header.name())?.or(self.modified);
                }
                // The label of a volume is no entry.
                b'V' => pass(&header, tape)?,
                _ => return self.entry(&header, extensions, tape).map(Some),
            }
        }
        let Extensions {
            name: None,
            target: None,
            records: None,
        } = extensions
        else {
            let text = "the archive cannot be read: it ends behind an extended header, without the entry; get it again";
            return Err(Error::Invalid(text.to_owned()));
        };
        Ok(None)
    }

    fn entry<R: Read>(
        &self,
        header: &Header,
        extensions: Extensions,
        tape: &mut Tape<R>,
    ) -> Result<Entry, Error> {
        let records = extensions.records.unwrap_or_default();
        let own = |key: &[u8]| records.last(key).map(<[u8]>::to_vec);
        // A sparse file has its name there, and in the usual place one for programs that know nothing of it.
        let raw = own(b"GNU.sparse.name")
            .or_else(|| own(b"path"))
            .or(extensions.name)
            .unwrap_or_else(|| header.name());
        let target = own(b"linkpath")
            .or(extensions.target)
            .unwrap_or_else(|| header.target().to_vec());
        let name = names::clean(&raw)?;
        let size = || match records.size(&raw)? {
            Some(size) => Ok(size),
            None => header.size(&raw),
        };
        let mut layout = Layout::default();
        let kind = match header.kind() {
            // Old programs have no other sign for directories.
            0 | b'0' | b'7' if raw.ends_with(b"/") => MemberKind::Directory,
            0 | b'0' | b'7' => {
                let stored = size()?;
                let sparse = sparse::of_records(&records, tape, stored, &raw)?;
                layout = sparse.unwrap_or_else(|| Layout::whole(stored));
                MemberKind::File
            }
            b'S' => {
                layout = sparse::of_header(header, tape, size()?, &raw)?;
                MemberKind::File
            }
            // Links and directories have no content, whatever size they give.
            b'1' => MemberKind::Same(names::clean(&target)?),
            b'2' => MemberKind::Link(String::from_utf8(target).map_err(|_| {
                names::refused(&raw, "is a link to a name that is not UTF-8; rename that")
            })?),
            b'5' => MemberKind::Directory,
            // Of an incremental backup; what it lists is only for removing files.
            b'D' => {
                pass(header, tape)?;
                MemberKind::Directory
            }
            b'M' => {
                let reason =
                    "begins in another archive; put the volumes together and pack them anew";
                return Err(names::refused(&raw, reason));
            }
            _ => {
                let reason = "is a device, a pipe or something else that is no file; leave it out";
                return Err(names::refused(&raw, reason));
            }
        };
        let modified = match records.modified(&raw)?.or(self.modified) {
            Some(modified) => modified,
            None => header.modified(&raw)?,
        };
        Ok(Entry {
            name,
            kind,
            layout,
            mode: header.mode(&raw)?,
            modified,
        })
    }
}

/// Keeps what an entry can have only once.
fn once<T>(place: &mut Option<T>, value: T, header: &Header) -> Result<(), Error> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => {
            let reason = "is an extended header of the same kind as one before it, for one entry; pack it anew";
            Err(names::refused(&header.name(), reason))
        }
    }
}

/// Passes over the content of `header`.
fn pass<R: Read>(header: &Header, tape: &mut Tape<R>) -> Result<(), Error> {
    let name = header.name();
    let size = header.size(&name)?;
    tape.skip(size, &name)?;
    tape.skip(padding(size), &name)
}

/// Reads a long name.
fn long<R: Read>(header: &Header, tape: &mut Tape<R>) -> Result<Vec<u8>, Error> {
    let mut name = extension(header, tape)?;
    while name.pop_if(|byte| *byte == 0).is_some() {}
    Ok(name)
}

fn records<R: Read>(header: &Header, tape: &mut Tape<R>) -> Result<Records, Error> {
    let reason = "is an extended header that is no list of records; get the archive again";
    Records::parse(&extension(header, tape)?).ok_or_else(|| names::refused(&header.name(), reason))
}

/// Reads the content of an extension whole.
fn extension<R: Read>(header: &Header, tape: &mut Tape<R>) -> Result<Vec<u8>, Error> {
    let name = header.name();
    let size = header.size(&name)?;
    if size > MAX_EXTENSION {
        return Err(Error::TooLarge(format!(
            "the archive has a header of {size} bytes; at most {MAX_EXTENSION} are read"
        )));
    }
    let mut content = Vec::new();
    let read = tape.by_ref().take(size).read_to_end(&mut content);
    read.map_err(|error| names::unreadable(&name, error))?;
    if (content.len() as u64) < size {
        return Err(names::cut_short(&name));
    }
    tape.skip(padding(size), &name)?;
    Ok(content)
}
