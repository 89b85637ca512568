//! Bounds the initial content of memories. Compiled code holds it with its gaps, so that it can be mapped: a package of a
//! few bytes could otherwise take any amount of the host's memory and disk.

use wasmparser::{BinaryReaderError, ConstExpr, DataKind, Operator, Parser, Payload};

/// The extent up to which content is held with its gaps, however sparse it is.
pub(crate) const MAPPED: u64 = 64 << 20;

/// The maximum of all such content of one package, in bytes.
const MAX: u64 = 256 << 20;

/// Fails if the content of all memories of a component takes too much room with its gaps.
///
/// # Errors
/// The reason.
pub(crate) fn check(component: &[u8]) -> Result<(), String> {
    let size = sparse(component).map_err(|error| error.to_string())?;
    if size > MAX {
        return Err(format!(
            "the initial content of its memories spans {} MiB, and at most {} MiB are allowed",
            size.div_ceil(1 << 20),
            MAX >> 20
        ));
    }
    Ok(())
}

/// Returns the total extent of content with large gaps. What has none is at most twice the package.
fn sparse(component: &[u8]) -> Result<u64, BinaryReaderError> {
    let mut total: u64 = 0;
    for payload in Parser::new(0).parse_all(component) {
        let Payload::DataSection(section) = payload? else {
            continue;
        };
        // The first memory is as good as any: several share what is allowed.
        let (mut from, mut to, mut bytes) = (u64::MAX, 0, 0);
        for segment in section {
            let segment = segment?;
            if let DataKind::Active { offset_expr, .. } = &segment.kind
                && let Some(offset) = constant(offset_expr)
                && !segment.data.is_empty()
            {
                let length = segment.data.len() as u64;
                from = from.min(offset);
                to = to.max(offset.saturating_add(length));
                bytes += length;
            }
        }
        let extent = to.saturating_sub(from);
        if extent > bytes.saturating_mul(2) {
            total = total.saturating_add(extent.min(MAPPED));
        }
    }
    Ok(total)
}

/// Returns an offset that is known before the module runs.
fn constant(expression: &ConstExpr<'_>) -> Option<u64> {
    match expression.get_operators_reader().read().ok()? {
        Operator::I32Const { value } => Some(u64::from(value.cast_unsigned())),
        Operator::I64Const { value } => Some(value.cast_unsigned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    /// Returns a component with this many modules that hold a byte at each of these addresses.
    fn component(modules: usize, addresses: &[u32]) -> Vec<u8> {
        let data = addresses.iter();
        let data: String = data
            .map(|at| format!(r#"(data (i32.const {at}) "\01")"#))
            .collect();
        let module = format!("(core module (memory 4096) {data})");
        wat::parse_str(format!("(component {})", module.repeat(modules))).unwrap()
    }

    #[test]
    fn gaps_are_counted_and_bounded() {
        let far = 40 << 20;
        let rows = [
            (component(1, &[]), 0, true),
            (component(1, &[7]), 0, true),
            (component(1, &[7, 8, 9]), 0, true),
            (component(1, &[0, far]), far + 1, true),
            (component(1, &[far, 0]), far + 1, true),
            (component(1, &[u32::MAX - 1, 0]), 64 << 20, true),
            (component(6, &[0, far]), 6 * (far + 1), true),
            (component(7, &[0, far]), 7 * (far + 1), false),
        ];
        each_row(rows, |(component, expected, is_allowed)| {
            assert_eq!(sparse(&component).unwrap(), u64::from(expected));
            assert_eq!(check(&component).is_ok(), is_allowed, "{expected}");
        });
        assert!(check(b"garbage").is_err());
    }
}
