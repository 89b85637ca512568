//! Decodes MessagePack.

use rmpv::ValueRef;
use rmpv::decode::read_value_ref_with_max_depth;

/// Deeper nesting is refused.
const MAX_DEPTH: usize = 100;

/// A decoded value that borrows texts and bytes.
pub type Value<'a> = ValueRef<'a>;

/// One whole value.
///
/// # Errors
/// Why it is none.
pub fn decode(bytes: &[u8]) -> Result<Value<'_>, String> {
    let mut rest = bytes;
    let value = read_value_ref_with_max_depth(&mut rest, MAX_DEPTH);
    let value = value.map_err(|error| format!("malformed MessagePack: {error}"))?;
    if !rest.is_empty() {
        return Err(format!(
            "malformed MessagePack: {} bytes too many",
            rest.len()
        ));
    }
    Ok(value)
}
