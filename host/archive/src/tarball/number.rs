//! Numbers in the headers of a tar, as GNU tar reads them.

/// Reads a field: octal text between spaces, or base 256 when its first byte says so.
///
/// # Errors
/// What is wrong with the field, to be put behind "has a size that".
pub(super) fn number(field: &[u8]) -> Result<i64, &'static str> {
    // Old programs begin a field with a NUL, others with spaces.
    let field = field.strip_prefix(b"\0").unwrap_or(field);
    let field = field.trim_ascii_start();
    let Some(first) = field.first() else {
        return Err("is blank");
    };
    if matches!(first, 0x80 | 0xff) {
        return base_256(field);
    }
    let end = field
        .iter()
        .position(|byte| *byte == 0 || byte.is_ascii_whitespace())
        .unwrap_or(field.len());
    let mut value: i64 = 0;
    for byte in &field[..end] {
        if !matches!(byte, b'0'..=b'7') {
            return Err("is neither octal nor in base 256");
        }
        value = value
            .checked_mul(8)
            .and_then(|value| value.checked_add(i64::from(byte - b'0')))
            .ok_or("is out of range")?;
    }
    Ok(value)
}

/// Reads a number in two's complement, behind a byte that tells only the sign.
fn base_256(field: &[u8]) -> Result<i64, &'static str> {
    let start = if field[0] == 0xff { -1 } else { 0 };
    let value = field[1..].iter().try_fold(start, |value: i128, byte| {
        Some(value.checked_mul(256)? | i128::from(*byte))
    });
    value
        .and_then(|value| i64::try_from(value).ok())
        .ok_or("is out of range")
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;
    use proptest::prelude::*;

    use super::number;

    #[test]
    fn fields_are_read_as_gnu_tar_does() {
        let rows = [
            (&b"0000644\0"[..], Ok(0o644)),
            (b"   644 \0", Ok(0o644)),
            (b"644     ", Ok(0o644)),
            (b"00000000644", Ok(0o644)),
            (b"\x00000644 ", Ok(0o644)),
            (b"644\0junk", Ok(0o644)),
            (b"\0\0\0\0\0\0\0\0", Ok(0)),
            (b"777777777777", Ok(0o777_777_777_777)),
            (b"        ", Err("is blank")),
            (b"", Err("is blank")),
            (b"12x4567\0", Err("is neither octal nor in base 256")),
            (b"00000008", Err("is neither octal nor in base 256")),
            (b"-0000001", Err("is neither octal nor in base 256")),
            (
                b"\x81\0\0\0\0\0\0\x01",
                Err("is neither octal nor in base 256"),
            ),
            (
                b"\xc0\0\0\0\0\0\0\x01",
                Err("is neither octal nor in base 256"),
            ),
            (b"\x80\0\0\0\0\0\x01\x02", Ok(258)),
            (b"\xff\xff\xff\xff\xff\xff\xff\xfe", Ok(-2)),
            (b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", Ok(i64::MAX)),
            (b"\xff\xff\xff\xff\x80\0\0\0\0\0\0\0", Ok(i64::MIN)),
            (b"\x80\0\0\0\x80\0\0\0\0\0\0\0", Err("is out of range")),
            (
                b"\xff\xff\xff\xff\x7f\xff\xff\xff\xff\xff\xff\xff",
                Err("is out of range"),
            ),
        ];
        each_row(rows, |(field, expected)| {
            assert_eq!(number(field), expected, "{field:?}");
        });
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value: i64, small in 0..1_i64 << 36) {
            let mut field = vec![if value < 0 { 0xff } else { 0x80 }; 4];
            field[1..].fill(if value < 0 { 0xff } else { 0 });
            field.extend(value.to_be_bytes());
            prop_assert_eq!(number(&field), Ok(value));
            let octal = format!("{small:012o}");
            prop_assert_eq!(number(octal.as_bytes()), Ok(small));
            let spaced = format!("{small:>12o}");
            prop_assert_eq!(number(spaced.as_bytes()), Ok(small));
        }

        #[test]
        fn any_field_is_read_or_refused(field: Vec<u8>) {
            let _ = number(&field);
        }
    }
}
