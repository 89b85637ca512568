//! Every type there and back.

use crate::Probe;
use crate::exports::luminarys_probe::probe::roundtrip::{
    Color, Everything, Guest, Person, Rights, Shape,
};

/// Functions that return what they are given.
macro_rules! identities {
    ($($name:ident: $kind:ty,)*) => {
        $(fn $name(value: $kind) -> $kind {
            value
        })*
    };
}

impl Guest for Probe {
    identities! {
        id_bool: bool,
        id_s8: i8,
        id_s16: i16,
        id_s32: i32,
        id_s64: i64,
        id_u8: u8,
        id_u16: u16,
        id_u32: u32,
        id_u64: u64,
        id_f32: f32,
        id_f64: f64,
        id_char: char,
        id_string: String,
        id_bytes: Vec<u8>,
        id_list: Vec<String>,
        id_matrix: Vec<Vec<f64>>,
        id_tuple: (String, u64, bool),
        id_record: Person,
        id_variant: Shape,
        id_enum: Color,
        id_flags: Rights,
        id_option: Option<String>,
        id_nested_option: Option<Option<String>>,
        id_results: Vec<Result<u32, String>>,
        id_everything: Everything,
        id_result: Result<u32, String>,
    }

    fn nothing_at_all() {}

    fn which(first: String, second: Option<u32>, third: Option<Option<bool>>) -> String {
        format!("{first} {second:?} {third:?}")
    }
}
