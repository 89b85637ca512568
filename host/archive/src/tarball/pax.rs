//! Extended headers of POSIX.

use crate::error::Error;
use crate::names;

/// Keys that say which entry it is and what is in it.
const IDENTITY: [&[u8]; 3] = [b"path", b"linkpath", b"size"];
pub(super) const SPARSE: &[u8] = b"GNU.sparse.";

/// The records of an extended header, in their order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Records(Vec<(Vec<u8>, Vec<u8>)>);

impl Records {
    /// Takes records apart: `LENGTH KEY=VALUE\n`, where the length covers all of it and values may hold anything.
    pub fn parse(mut bytes: &[u8]) -> Option<Self> {
        let mut records = Vec::new();
        while !bytes.is_empty() {
            let digits = bytes.iter().position(|byte| *byte == b' ')?;
            let length = usize::try_from(decimal(&bytes[..digits])?).ok()?;
            let record = bytes.get(digits + 1..length)?.strip_suffix(b"\n")?;
            let equals = record.iter().position(|byte| *byte == b'=')?;
            records.push((record[..equals].to_vec(), record[equals + 1..].to_vec()));
            bytes = &bytes[length..];
        }
        Some(Self(records))
    }

    /// Returns every record whose key begins so.
    pub fn beginning(&self, start: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0
            .iter()
            .filter_map(move |(key, value)| Some((key.strip_prefix(start)?, value.as_slice())))
    }

    /// Returns a value: the last one counts, and an empty one takes back those before it.
    pub fn last(&self, key: &[u8]) -> Option<&[u8]> {
        let (_, value) = self.0.iter().rfind(|(other, _)| other == key)?;
        Some(value.as_slice()).filter(|value| !value.is_empty())
    }

    /// Returns the size that it gives the entry.
    pub fn size(&self, name: &[u8]) -> Result<Option<u64>, Error> {
        let failed = || names::refused(name, "has a size in its extended header that is no number");
        let size = self
            .last(b"size")
            .map(|size| decimal(size).ok_or_else(failed));
        size.transpose()
    }

    /// Returns the time that it gives the entry, in whole seconds.
    pub fn modified(&self, name: &[u8]) -> Result<Option<i64>, Error> {
        let failed = || names::refused(name, "has a time in its extended header that is none");
        let time = self
            .last(b"mtime")
            .map(|time| seconds(time).ok_or_else(failed));
        time.transpose()
    }

    /// Refuses, for a header about all entries, what only one entry can have.
    pub fn check_global(&self) -> Result<(), Error> {
        let own = self
            .0
            .iter()
            .find(|(key, _)| IDENTITY.contains(&key.as_slice()) || key.starts_with(SPARSE));
        match own {
            None => Ok(()),
            Some((key, _)) => Err(Error::Invalid(format!(
                "the archive has an extended header that gives all entries one {}; it is not read, pack it anew",
                String::from_utf8_lossy(key).escape_debug()
            ))),
        }
    }
}

/// Reads digits and nothing else.
pub(super) fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Reads a time with a sign and a fraction, rounded to the second before it.
fn seconds(time: &[u8]) -> Option<i64> {
    let (digits, is_negative) = match time.strip_prefix(b"-") {
        Some(digits) => (digits, true),
        None => (time, false),
    };
    let mut parts = digits.splitn(2, |byte| *byte == b'.');
    let whole = i64::try_from(decimal(parts.next()?)?).ok()?;
    let fraction = parts.next().unwrap_or_default();
    if !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let is_split = fraction.iter().any(|digit| *digit != b'0');
    Some(if is_negative {
        -whole - i64::from(is_split)
    } else {
        whole
    })
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_are_rounded_down() {
        let rows = [
            ("0", Some(0)),
            ("12.5", Some(12)),
            ("12.", Some(12)),
            ("-1", Some(-1)),
            ("-1.000", Some(-1)),
            ("-1.5", Some(-2)),
            ("", None),
            ("-", None),
            (".5", None),
            ("1.x", None),
            ("1e9", None),
            ("99999999999999999999", None),
        ];
        each_row(rows, |(time, expected)| {
            assert_eq!(seconds(time.as_bytes()), expected, "{time}");
        });
    }

    #[test]
    fn broken_records_are_refused() {
        let rows = [
            "x",
            "0 ",
            "5 a=b",
            "6 a=b",
            "7 a=b\n",
            "5 a=b\n",
            "6 a:b\n",
            "+6 a=b\n",
            "6 a=b\n\0",
            "99999999999999999999 a=b\n",
        ];
        each_row(rows, |broken| {
            assert_eq!(Records::parse(broken.as_bytes()), None, "{broken:?}");
        });
    }

    proptest! {
        #[test]
        fn records_are_read_as_written(
            records: Vec<(Vec<u8>, Vec<u8>)>,
        ) {
            let mut bytes = Vec::new();
            let mut expected = Vec::new();
            for (mut key, value) in records {
                key.retain(|byte| *byte != b'=');
                let rest = key.len() + value.len() + 3;
                let length = (rest..).find(|all| rest + all.to_string().len() == *all).unwrap();
                bytes.extend(format!("{length} ").bytes());
                bytes.extend([&key[..], b"=", &value, b"\n"].concat());
                expected.push((key, value));
            }
            prop_assert_eq!(Records::parse(&bytes), Some(Records(expected)));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = Records::parse(&bytes);
        }
    }
}
