//! Encodes MessagePack.

use rmp::encode;

use super::decode::Value;

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
