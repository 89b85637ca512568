//! The memory of values, for charging it.

use wasmtime::component::Val;

/// Returns the memory of component values, in bytes.
pub(crate) fn values_memory(values: &[Val]) -> u64 {
    values.iter().map(value_memory).sum()
}

fn value_memory(value: &Val) -> u64 {
    let own = size_of::<Val>() as u64;
    let boxed = |inner: &Option<Box<Val>>| inner.as_deref().map_or(0, value_memory);
    let text = |text: &String| text.capacity() as u64;
    own + match value {
        Val::String(name) | Val::Enum(name) => text(name),
        Val::List(items) if matches!(items.first(), Some(Val::U8(_))) => items.len() as u64 * own,
        Val::List(items) | Val::FixedLengthList(items) | Val::Tuple(items) => values_memory(items),
        Val::Map(entries) => entries
            .iter()
            .map(|(key, value)| value_memory(key) + value_memory(value))
            .sum(),
        Val::Record(fields) => fields
            .iter()
            .map(|(name, value)| size_of::<String>() as u64 + text(name) + value_memory(value))
            .sum(),
        Val::Variant(name, payload) => text(name) + boxed(payload),
        Val::Flags(names) => names
            .iter()
            .map(|name| size_of::<String>() as u64 + text(name))
            .sum(),
        Val::Option(inner) | Val::Result(Ok(inner) | Err(inner)) => boxed(inner),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_as_values_count_with_their_memory() {
        let bytes = Val::List(vec![Val::U8(0); 100]);
        assert_eq!(value_memory(&bytes), 101 * size_of::<Val>() as u64);
    }
}
