//! The file's top-level sections, read by their headers only, so that the signature covers bytes and not a parser's
//! view of them.

use wasmparser::{BinaryReader, BinaryReaderError};

use crate::PackageError;

/// The largest package read, in bytes.
pub const MAX_PACKAGE_BYTES: u64 = 256 << 20;

pub(crate) const DESCRIPTOR: &str = "luminarys:descriptor";
pub(crate) const SIGNATURE: &str = "luminarys:signature";

/// A component's first eight bytes: the magic, version 0x0d, layer 1.
const COMPONENT_HEADER: [u8; 8] = [0, b'a', b's', b'm', 0x0d, 0, 1, 0];
const CORE_HEADER: [u8; 8] = [0, b'a', b's', b'm', 1, 0, 0, 0];

/// The largest section id in a component.
const LAST_SECTION: u8 = 12;

/// Our sections in a component, each at most once.
#[derive(Default)]
pub(crate) struct Sections<'a> {
    pub descriptor: Option<&'a [u8]>,
    /// The signature's content, and the offset of its section. Nothing follows it.
    pub signature: Option<(&'a [u8], usize)>,
}

impl<'a> Sections<'a> {
    /// Finds them. The content of other sections is ignored.
    pub fn read(bytes: &'a [u8]) -> Result<Self, PackageError> {
        check_header(bytes)?;
        let mut found = Self::default();
        let mut appended = false;
        let mut start = COMPONENT_HEADER.len();
        while start < bytes.len() {
            let (custom, end) = match section(bytes, start) {
                Ok(section) => section,
                // Data after a signature was added after signing.
                Err(_) if found.signature.is_some() => return Err(PackageError::Appended),
                Err(error) => return Err(error),
            };
            appended |= found.signature.is_some();
            match custom {
                Some((DESCRIPTOR, _)) if found.descriptor.is_some() => {
                    return Err(PackageError::SecondDescriptor);
                }
                Some((SIGNATURE, _)) if found.signature.is_some() => {
                    return Err(PackageError::SecondSignature);
                }
                Some((DESCRIPTOR, data)) => found.descriptor = Some(data),
                Some((SIGNATURE, data)) => found.signature = Some((data, start)),
                _ => {}
            }
            start = end;
        }
        if appended {
            return Err(PackageError::Appended);
        }
        // This section's id, lengths and name are the only bytes that no hash covers, so they must have one encoding.
        if let Some((data, start)) = found.signature
            && bytes.get(start..) != Some(encode(SIGNATURE, data).as_slice())
        {
            let text = "its section is not in the shortest encoding".to_owned();
            return Err(PackageError::MalformedSignature(text));
        }
        Ok(found)
    }
}

fn check_header(bytes: &[u8]) -> Result<(), PackageError> {
    let reason = match bytes.get(..COMPONENT_HEADER.len()) {
        Some(header) if header == COMPONENT_HEADER => return Ok(()),
        Some(header) if header == CORE_HEADER => "it is a core module",
        None if !bytes.is_empty() && COMPONENT_HEADER.starts_with(bytes) => {
            return Err(PackageError::Truncated {
                offset: bytes.len() as u64,
                reason: "it ends within the header".to_owned(),
            });
        }
        _ => "it does not begin as a component does",
    };
    Err(PackageError::NotAComponent(reason.to_owned()))
}

/// Returns a custom section's name and content.
type Custom<'a> = (&'a str, &'a [u8]);

/// Reads the section at `start`: name and content if it is a custom one, and its end.
fn section(bytes: &[u8], start: usize) -> Result<(Option<Custom<'_>>, usize), PackageError> {
    let mut reader = BinaryReader::new(bytes.get(start..).unwrap_or_default(), start);
    let id = reader.read_u8().map_err(damaged)?;
    if id > LAST_SECTION {
        return Err(PackageError::Truncated {
            offset: start as u64,
            reason: format!("{id} is not a section id of components"),
        });
    }
    let size = reader.read_var_u32().map_err(damaged)? as usize;
    let content = reader.read_bytes(size).map_err(damaged)?;
    let end = bytes.len() - reader.bytes_remaining();
    if id != 0 {
        return Ok((None, end));
    }
    let mut inner = BinaryReader::new(content, end - size);
    let name = inner.read_string().map_err(damaged)?;
    let data = inner.read_bytes(inner.bytes_remaining()).map_err(damaged)?;
    Ok((Some((name, data)), end))
}

fn damaged(error: BinaryReaderError) -> PackageError {
    PackageError::Truncated {
        offset: error.offset() as u64,
        reason: error.message().to_owned(),
    }
}

/// Encodes a custom section.
pub(crate) fn encode(name: &str, data: &[u8]) -> Vec<u8> {
    use wasm_encoder::{ComponentSection as _, CustomSection};
    let mut out = Vec::with_capacity(data.len() + name.len() + 16);
    let (name, data) = (name.into(), data.into());
    CustomSection { name, data }.append_to_component(&mut out);
    out
}
