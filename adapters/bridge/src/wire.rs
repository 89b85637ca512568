//! MessagePack, as the older SDKs write and read it: maps with text keys, lenient towards what comes, strict towards what goes.

use rmp::encode;
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

/// Any value as text.
pub fn text(value: &Value<'_>) -> String {
    match value {
        Value::Nil => String::new(),
        Value::String(text) => String::from_utf8_lossy(text.as_bytes()).into_owned(),
        Value::Binary(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => crate::json::to_json(other).to_string(),
    }
}

/// A whole number; floats are cut, as the older hosts sent them.
pub fn integer(value: &Value<'_>) -> Option<i64> {
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

/// Writes what all three SDKs read: texts as `str`, bytes as `bin`, floats as 64 bits, nothing nil.
#[derive(Default)]
pub struct Encoder(pub Vec<u8>);

/// Of a `Vec` nothing can fail.
macro_rules! write {
    ($self:ident, $function:ident, $value:expr) => {{
        let _ = encode::$function(&mut $self.0, $value);
        $self
    }};
}

impl Encoder {
    pub fn map(&mut self, length: usize) -> &mut Self {
        write!(self, write_map_len, length as u32)
    }

    pub fn array(&mut self, length: usize) -> &mut Self {
        write!(self, write_array_len, length as u32)
    }

    pub fn text(&mut self, text: &str) -> &mut Self {
        write!(self, write_str, text)
    }

    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        write!(self, write_bin, bytes)
    }

    /// The beginning of bytes that follow by themselves.
    pub fn bytes_head(&mut self, length: usize) -> &mut Self {
        write!(self, write_bin_len, length as u32)
    }

    pub fn integer(&mut self, number: i64) -> &mut Self {
        write!(self, write_sint, number)
    }

    pub fn unsigned(&mut self, number: u64) -> &mut Self {
        write!(self, write_uint, number)
    }

    pub fn float(&mut self, number: f64) -> &mut Self {
        write!(self, write_f64, number)
    }

    pub fn flag(&mut self, flag: bool) -> &mut Self {
        write!(self, write_bool, flag)
    }

    pub fn nil(&mut self) -> &mut Self {
        let _ = encode::write_nil(&mut self.0);
        self
    }

    /// Any decoded value, as it was.
    pub fn value(&mut self, value: &Value<'_>) -> &mut Self {
        let _ = rmpv::encode::write_value_ref(&mut self.0, value);
        self
    }
}
