//! Showing entries, one after the other, to whoever reads an archive.

use std::io::{self, Read};

use crate::budget::Budget;
use crate::error::{Error, broken};
use crate::member::{Member, MemberKind};
use crate::names;

/// A function that is shown each entry, in the archive's order, with its content.
pub type Visit<'a, E> = &'a mut dyn FnMut(Member, &mut dyn Read) -> Result<(), E>;

/// Shows an entry to `visit` and reads the rest of its content.
/// What unpacking it will write is charged before: its content, or that of the entry of which it is another name.
pub(crate) fn show<E: From<Error>>(
    member: Member,
    content: &mut dyn Read,
    budget: &Budget,
    visit: Visit<'_, E>,
) -> Result<(), E> {
    budget.entry()?;
    budget.bytes(member.size)?;
    let mut content = Exact {
        inner: content,
        left: match member.kind {
            MemberKind::File => member.size,
            _ => 0,
        },
        name: member.name.clone(),
    };
    visit(member, &mut content)?;
    io::copy(&mut content, &mut io::sink()).map_err(broken)?;
    Ok(())
}

/// The content of an entry, checked to have the length that was charged.
struct Exact<'a> {
    inner: &'a mut dyn Read,
    left: u64,
    name: String,
}

impl Read for Exact<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let name = self.name.as_bytes();
        let length = match self.inner.read(buffer) {
            Ok(0) if self.left > 0 => return Err(io::Error::other(names::cut_short(name))),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => return Err(io::Error::other(names::unreadable(name, error))),
        };
        let Some(left) = self.left.checked_sub(length as u64) else {
            let reason = "is longer than it says; get the archive again";
            return Err(io::Error::other(names::refused(name, reason)));
        };
        self.left = left;
        Ok(length)
    }
}
