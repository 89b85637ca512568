//! Reading an archive of any format.

use std::io::{Read, Seek};

use crate::budget::Budget;
use crate::error::Error;
use crate::format::Format;
use crate::visit::Visit;
use crate::{tarball, zipped};

/// Reads an archive from its beginning to its end, with all content and all checksums, whatever `visit` leaves unread.
/// What `visit` has seen holds only once this returns: what is wrong may be behind it.
///
/// # Errors
/// What `visit` returns; [`Error`] made into it.
pub fn read<R: Read + Seek, E: From<Error>>(
    file: R,
    format: Format,
    budget: &Budget,
    visit: Visit<'_, E>,
) -> Result<(), E> {
    match format {
        Format::Zip => zipped::read(file, budget, visit),
        _ => tarball::read(file, format, budget, visit),
    }
}
