//! Strings of a program as text.

use std::fmt::Write as _;
use std::slice;

use rquickjs::{Ctx, Error, Result, Value, qjs};

use super::helpers::Helpers;

/// Returns the text of a string; halves of surrogate pairs are replaced.
pub(super) fn text(value: &Value) -> Result<String> {
    with_text(value, str::to_owned)
}

/// Calls `f` with the text of a string, without a copy of it where that is possible.
pub(super) fn with_text<T>(value: &Value, f: impl FnOnce(&str) -> T) -> Result<T> {
    with_bytes(value, |bytes| match str::from_utf8(bytes) {
        Ok(text) => f(text),
        Err(_) => f(&String::from_utf16_lossy(&units(bytes))),
    })
}

/// Appends a string as JSON. Halves of surrogate pairs are escaped, as `JSON.stringify` does.
pub(super) fn quote_value(out: &mut String, value: &Value) -> Result<()> {
    with_bytes(value, |bytes| match str::from_utf8(bytes) {
        Ok(text) => quote(out, text),
        Err(_) => quote_units(out, &units(bytes)),
    })
}

/// Calls `f` with the bytes of a string: UTF-8, with surrogates of three bytes where there are halves of pairs.
fn with_bytes<T>(value: &Value, f: impl FnOnce(&[u8]) -> T) -> Result<T> {
    let ctx = value.ctx().as_raw().as_ptr();
    let mut length = 0;
    // SAFETY: the context and the value live; the bytes are freed after the last use. They leak where `f` unwinds.
    unsafe {
        let start = qjs::JS_ToCStringLen(ctx, &raw mut length, value.as_raw());
        if start.is_null() {
            return Err(Error::Exception);
        }
        let bytes = slice::from_raw_parts(start.cast::<u8>(), length);
        let result = f(bytes);
        qjs::JS_FreeCString(ctx, start);
        Ok(result)
    }
}

/// The number of UTF-16 units of a string.
pub(super) fn length(value: &Value) -> usize {
    let mut length = 0;
    let ctx = value.ctx();
    // SAFETY: the context and the value live. Of a string it is an own property, which nothing can change.
    let failed =
        unsafe { qjs::JS_GetLength(ctx.as_raw().as_ptr(), value.as_raw(), &raw mut length) };
    if failed < 0 {
        ctx.catch();
        return 0;
    }
    usize::try_from(length).unwrap_or(0)
}

/// The text of a string, its end cut off beyond `limit` bytes.
pub(super) fn cut<'js>(helpers: &Helpers<'js>, value: &Value<'js>, limit: usize) -> Result<String> {
    let units = length(value);
    // A unit has three bytes at most.
    if units * 3 <= limit {
        return text(value);
    }
    let mut text = match units > limit {
        true => text(&helpers.call("start", (value.clone(), limit as u32))?)?,
        false => text(value)?,
    };
    if text.len() > limit || units > limit {
        let end = text.floor_char_boundary(limit);
        text.truncate(end);
        let _ = write!(text, "… ({units} characters)");
    }
    Ok(text)
}

/// Makes a string of bytes that may be no UTF-8.
pub(super) fn lossy<'js>(ctx: &Ctx<'js>, bytes: &[u8]) -> Result<Value<'js>> {
    let text = String::from_utf8_lossy(bytes);
    let text = rquickjs::String::from_str(ctx.clone(), &text)?;
    Ok(text.into_value())
}

/// Appends a text as JSON.
pub(super) fn quote(out: &mut String, text: &str) {
    out.push('"');
    let is_plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\';
    if text.bytes().all(is_plain) {
        *out += text;
        out.push('"');
        return;
    }
    for letter in text.chars() {
        quote_letter(out, letter);
    }
    out.push('"');
}

fn quote_units(out: &mut String, units: &[u16]) {
    out.push('"');
    for letter in char::decode_utf16(units.iter().copied()) {
        match letter {
            Ok(letter) => quote_letter(out, letter),
            Err(half) => {
                let _ = write!(out, "\\u{:04x}", half.unpaired_surrogate());
            }
        }
    }
    out.push('"');
}

fn quote_letter(out: &mut String, letter: char) {
    match letter {
        '"' => *out += "\\\"",
        '\\' => *out += "\\\\",
        '\n' => *out += "\\n",
        '\r' => *out += "\\r",
        '\t' => *out += "\\t",
        control if (control as u32) < 0x20 => {
            let _ = write!(out, "\\u{:04x}", control as u32);
        }
        other => out.push(other),
    }
}

/// The UTF-16 units of UTF-8 that may have surrogates.
fn units(bytes: &[u8]) -> Vec<u16> {
    let mut units = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        let surrogate = match (first, tail) {
            (0xED, [second @ 0xA0..=0xBF, third, ..]) => {
                Some(0xD000 | u16::from(second & 0x3F) << 6 | u16::from(third & 0x3F))
            }
            _ => None,
        };
        if let Some(unit) = surrogate {
            units.push(unit);
            rest = &rest[3..];
            continue;
        }
        let length = match first {
            0..0x80 => 1,
            0x80..0xE0 => 2,
            0xE0..0xF0 => 3,
            _ => 4,
        };
        let (letter, after) = rest.split_at(length.min(rest.len()));
        units.extend(String::from_utf8_lossy(letter).encode_utf16());
        rest = after;
    }
    units
}

#[cfg(test)]
mod tests {
    use super::{quote_units, units};

    #[test]
    fn half_a_pair_is_one_replacement_and_one_escape() {
        let rows: [(&[u8], &str, &str); 4] = [
            (b"a\xED\xA0\x80b", "a\u{FFFD}b", r#""a\ud800b""#),
            ("aé€😀".as_bytes(), "aé€😀", r#""aé€😀""#),
            (b"\xED\xA0\xBD\xED\xB8\x80", "😀", r#""😀""#),
            (b"\"\n\xED\xB8\x80", "\"\n\u{FFFD}", r#""\"\n\ude00""#),
        ];
        for (bytes, text, json) in rows {
            let units = units(bytes);
            assert_eq!(String::from_utf16_lossy(&units), text);
            let mut out = String::new();
            quote_units(&mut out, &units);
            assert_eq!(out, json);
        }
    }
}
