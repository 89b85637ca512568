//! Converts numbers: in range, and without loss of digits.

use serde_json::Value;
use wasmtime::component::Val;

use crate::values::error::{ValueError, expected};
use crate::values::plan::Integer;

/// Converts a float, including those that JSON numbers cannot express.
pub(super) fn float(value: &Value) -> Result<f64, ValueError> {
    match value {
        Value::Number(number) => number.as_f64().ok_or_else(|| expected("a number", value)),
        Value::String(text) => match text.as_str() {
            "NaN" => Ok(f64::NAN),
            "Infinity" => Ok(f64::INFINITY),
            "-Infinity" => Ok(f64::NEG_INFINITY),
            _ => Err(expected(
                "a number, \"NaN\", \"Infinity\" or \"-Infinity\"",
                value,
            )),
        },
        _ => Err(expected("a number", value)),
    }
}

/// Converts an integer in the range of its type.
pub(super) fn make_integer(integer: Integer, value: &Value) -> Result<Val, ValueError> {
    let (low, high) = integer.bounds();
    let found = whole(integer, value).filter(|found| (low..=high).contains(found));
    let found = found.ok_or_else(|| {
        let blurred = value.as_number().is_some_and(|number| {
            let float = number.as_f64().filter(|_| number.is_f64());
            float.is_some_and(|float| float.fract() == 0.0 && whole_float(float).is_none())
        });
        let hint = if blurred && integer.is_wide() {
            ", with all its digits or as a string of them beyond 2^53"
        } else {
            ""
        };
        expected(&format!("an integer between {low} and {high}{hint}"), value)
    })?;
    // In range by the check above.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked against the bounds"
    )]
    Ok(match integer {
        Integer::S8 => Val::S8(found as i8),
        Integer::U8 => Val::U8(found as u8),
        Integer::S16 => Val::S16(found as i16),
        Integer::U16 => Val::U16(found as u16),
        Integer::S32 => Val::S32(found as i32),
        Integer::U32 => Val::U32(found as u32),
        Integer::S64 => Val::S64(found as i64),
        Integer::U64 => Val::U64(found as u64),
    })
}

/// Returns the integer that a value represents: `3.0` is an integer in JSON Schema.
fn whole(integer: Integer, value: &Value) -> Option<i128> {
    match value {
        Value::Number(number) => number
            .as_i64()
            .map(i128::from)
            .or_else(|| number.as_u64().map(i128::from))
            .or_else(|| number.as_f64().and_then(whole_float)),
        Value::String(text) if integer.is_wide() => {
            // As in the schema's pattern.
            let (digits, most) = match integer {
                Integer::U64 => (text.as_str(), 20),
                _ => (text.strip_prefix('-').unwrap_or(text), 19),
            };
            let fits = (1..=most).contains(&digits.len())
                && digits.bytes().all(|byte| byte.is_ascii_digit());
            fits.then(|| text.parse().ok()).flatten()
        }
        _ => None,
    }
}

/// Returns a float as an integer if it is one and was parsed without loss.
pub(in crate::values) fn whole_float(float: f64) -> Option<i128> {
    // 2^53 itself may have been 2^53 + 1 in the text.
    #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
    (float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0).then_some(float as i128)
}
