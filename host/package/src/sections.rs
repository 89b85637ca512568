//! The file's top-level sections, walked by hand: their headers alone, so that what is signed is bytes and not some
//! parser's idea of them.

use wasmparser::BinaryReader;

use crate::PackageError;

pub(crate) const DESCRIPTOR: &str = "luminarys:descriptor";
pub(crate) const SIGNATURE: &str = "luminarys:signature";

/// A component's first eight bytes: the magic, version 0x0d, layer 1.
const COMPONENT_HEADER: [u8; 8] = [0, b'a', b's', b'm', 0x0d, 0, 1, 0];
const CORE_HEADER: [u8; 8] = [0, b'a', b's', b'm', 1, 0, 0, 0];

/// A custom section at the top level.
pub(crate) struct Custom<'a> {
    pub name: &'a str,
    pub data: &'a [u8],
    /// Where the section, its id included, begins and ends.
    pub start: usize,
    pub end: usize,
}

/// The custom sections of a component.
pub(crate) fn custom_sections(bytes: &[u8]) -> Result<Vec<Custom<'_>>, PackageError> {
    match bytes.get(..8) {
        Some(header) if header == COMPONENT_HEADER => {}
        Some(header) if header == CORE_HEADER => {
            return Err(PackageError::NotAComponent(
                "it is a core module".to_owned(),
            ));
        }
        Some(_) => {
            return Err(PackageError::NotAComponent(
                "its first bytes are not a component's".to_owned(),
            ));
        }
        None => {
            return Err(PackageError::NotAComponent(
                "it is shorter than a header".to_owned(),
            ));
        }
    }
    let mut sections = Vec::new();
    let mut start = 8;
    while start < bytes.len() {
        let mut reader = BinaryReader::new(&bytes[start..], start);
        let truncated = |error: wasmparser::BinaryReaderError| PackageError::Truncated {
            offset: error.offset() as u64,
            reason: error.message().to_owned(),
        };
        let id = reader.read_u8().map_err(truncated)?;
        let size = reader.read_var_u32().map_err(truncated)? as usize;
        let content = reader.read_bytes(size).map_err(truncated)?;
        let end = bytes.len() - reader.bytes_remaining();
        if id == 0 {
            let mut inner = BinaryReader::new(content, end - size);
            let name = inner.read_string().map_err(truncated)?;
            let data = inner
                .read_bytes(inner.bytes_remaining())
                .map_err(truncated)?;
            sections.push(Custom {
                name,
                data,
                start,
                end,
            });
        }
        start = end;
    }
    Ok(sections)
}

/// The bytes of a custom section.
pub(crate) fn encode(name: &str, data: &[u8]) -> Vec<u8> {
    use wasm_encoder::{ComponentSection as _, CustomSection};
    let mut out = Vec::with_capacity(data.len() + name.len() + 16);
    CustomSection {
        name: name.into(),
        data: data.into(),
    }
    .append_to_component(&mut out);
    out
}
