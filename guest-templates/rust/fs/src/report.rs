//! How results and errors read.

use crate::luminarys::skill::types::Error;

/// A capability's error as a sentence.
pub fn error(error: Error) -> String {
    match error {
        Error::Denied(denial) => {
            format!(
                "denied: {}: the manifest does not allow it; {} would",
                denial.target, denial.suggestion
            )
        }
        Error::NotFound(text) => format!("not found: {text}"),
        Error::AlreadyExists(text) => format!("exists already: {text}"),
        Error::Invalid(text) => format!("invalid: {text}"),
        Error::TooLarge(text) => format!("too large: {text}"),
        Error::LimitExceeded(text) => format!("limit exceeded: {text}"),
        Error::Timeout(text) => format!("timed out: {text}"),
        Error::Closed(text) => format!("closed: {text}"),
        Error::Unavailable(text) => format!("unavailable: {text}"),
        Error::Io(text) => text,
    }
}

/// A file's bytes as text; an error for a binary file.
pub fn text(path: &str, bytes: Vec<u8>) -> Result<String, String> {
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(text),
        _ => Err(format!(
            "{path} is a binary file; this method reads text in UTF-8 only"
        )),
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
