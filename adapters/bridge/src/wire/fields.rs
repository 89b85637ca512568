//! Reads decoded maps leniently.

use super::decode::Value;
use crate::json::text;

/// Reads maps: what is absent, nil or of another type is the empty value.
pub trait Fields<'a> {
    fn field(&self, key: &str) -> Option<&Value<'a>>;

    fn text(&self, key: &str) -> String {
        self.field(key).map(text).unwrap_or_default()
    }

    /// A text that is not empty.
    fn filled(&self, key: &str) -> Option<String> {
        Some(self.text(key)).filter(|text| !text.is_empty())
    }

    fn integer(&self, key: &str) -> i64 {
        self.field(key).and_then(integer).unwrap_or_default()
    }

    /// A number above zero, as far as it fits.
    fn positive<N: TryFrom<i64>>(&self, key: &str) -> Option<N> {
        let number = self.integer(key);
        if number > 0 {
            N::try_from(number).ok()
        } else {
            None
        }
    }

    fn flag(&self, key: &str) -> bool {
        self.field(key).is_some_and(truth)
    }

    fn bytes(&self, key: &str) -> &'a [u8] {
        self.field(key).map(bytes).unwrap_or_default()
    }

    fn items(&self, key: &str) -> &[Value<'a>] {
        match self.field(key) {
            Some(Value::Array(items)) => items,
            _ => &[],
        }
    }

    /// Texts; none when the field is absent or nil.
    fn texts(&self, key: &str) -> Option<Vec<String>> {
        match self.field(key)? {
            Value::Array(items) => Some(items.iter().map(text).collect()),
            _ => None,
        }
    }
}

impl<'a> Fields<'a> for Value<'a> {
    fn field(&self, key: &str) -> Option<&Value<'a>> {
        let Value::Map(entries) = self else {
            return None;
        };
        let found = entries.iter().find(|(name, _)| match name {
            Value::String(name) => name.as_bytes() == key.as_bytes(),
            _ => false,
        });
        found.map(|(_, value)| value)
    }
}

/// A whole number; floats are cut, as the older hosts sent them.
fn integer(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Integer(number) => Some(number.as_i64().unwrap_or(i64::MAX)),
        Value::F32(number) => Some(*number as i64),
        Value::F64(number) => Some(*number as i64),
        Value::Boolean(flag) => Some(i64::from(*flag)),
        _ => None,
    }
}

fn truth(value: &Value<'_>) -> bool {
    match value {
        Value::Boolean(flag) => *flag,
        other => integer(other).is_some_and(|number| number != 0),
    }
}

fn bytes<'a>(value: &Value<'a>) -> &'a [u8] {
    match *value {
        Value::Binary(bytes) => bytes,
        Value::String(text) => text.into_str().unwrap_or_default().as_bytes(),
        _ => &[],
    }
}
