//! How arguments, results and errors read.

use luminarys_sdk::SkillError;

/// A number that is not below zero, nor too great.
pub fn number(name: &str, value: i64) -> Result<u32, SkillError> {
    u32::try_from(value).map_err(|_| format!("{name}: {value} is not possible").into())
}

/// Globs are separated by commas; one in braces separates nothing.
pub fn globs(list: &str) -> Vec<String> {
    let mut depth = 0_usize;
    let each = list.split(|character| {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    });
    let each = each.map(|glob| glob.trim().to_owned());
    each.filter(|glob| !glob.is_empty()).collect()
}

/// A file's bytes as text; an error for a binary file.
pub fn text(path: &str, bytes: Vec<u8>) -> Result<String, SkillError> {
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(text),
        _ => Err(format!("{path} is a binary file; this method reads text in UTF-8 only").into()),
    }
}

/// A size with one decimal: `12B`, `1.5KB`, `2.0MB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    if bytes < 1024 {
        return format!("{bytes}B");
    }
    let mut amount = bytes as f64 / 1024.0;
    let mut unit = 0;
    while amount >= 1024.0 && unit + 1 < UNITS.len() {
        amount /= 1024.0;
        unit += 1;
    }
    format!("{amount:.1}{}", UNITS[unit])
}

/// Milliseconds since 1970 as `2026-05-04 09:30`, in UTC.
pub fn time(instant: i64) -> String {
    let Ok(moment) = time::OffsetDateTime::from_unix_timestamp(instant.div_euclid(1000)) else {
        return instant.to_string();
    };
    let (year, month, day) = moment.to_calendar_date();
    format!(
        "{year:04}-{:02}-{day:02} {:02}:{:02}",
        u8::from(month),
        moment.hour(),
        moment.minute()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_are_separated_by_commas() {
        for (list, expected) in [
            ("", &[] as &[&str]),
            ("*.rs", &["*.rs"]),
            ("*.rs, *.{c,h},,a ", &["*.rs", "*.{c,h}", "a"]),
            ("a},b", &["a}", "b"]),
        ] {
            assert_eq!(globs(list), expected, "{list}");
        }
    }

    #[test]
    fn numbers_have_bounds() {
        assert_eq!(number("n", 7).unwrap(), 7);
        for value in [-1, i64::MAX] {
            assert!(number("n", value).unwrap_err().0.starts_with("n: "));
        }
    }

    #[test]
    fn binary_files_are_no_text() {
        assert_eq!(text("/f", b"a\n".to_vec()).unwrap(), "a\n");
        for bytes in [b"a\0b" as &[u8], b"\xff"] {
            let error = text("/f", bytes.to_vec()).unwrap_err().0;
            assert!(error.starts_with("/f is a binary file"), "{error}");
        }
    }

    #[test]
    fn sizes_and_times_are_short() {
        for (bytes, expected) in [
            (1023, "1023B"),
            (1536, "1.5KB"),
            (2 << 20, "2.0MB"),
            (1 << 60, "1048576.0TB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
        assert_eq!(time(59_999), "1970-01-01 00:00");
        assert_eq!(time(i64::MAX), i64::MAX.to_string());
    }
}
