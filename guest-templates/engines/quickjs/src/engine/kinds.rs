//! What a value is, told by the engine and not by what a program can change.

use rquickjs::{Type, Value, qjs};

/// The kind of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Undefined,
    Null,
    Boolean,
    Number,
    BigInt,
    String,
    Symbol,
    Function,
    Array,
    Error,
    Promise,
    Map,
    Set,
    Date,
    RegExp,
    /// An `ArrayBuffer`, a `Uint8Array` or a `Uint8ClampedArray`.
    Bytes,
    /// Another typed array.
    Numbers,
    Object,
}

impl Kind {
    pub fn of(value: &Value) -> Self {
        match value.type_of() {
            Type::Uninitialized | Type::Undefined => Self::Undefined,
            Type::Null => Self::Null,
            Type::Bool => Self::Boolean,
            Type::Int | Type::Float => Self::Number,
            Type::BigInt => Self::BigInt,
            Type::String => Self::String,
            Type::Symbol => Self::Symbol,
            Type::Function | Type::Constructor => Self::Function,
            Type::Array => Self::Array,
            Type::Exception => Self::Error,
            Type::Promise => Self::Promise,
            _ => Self::of_object(value),
        }
    }

    fn of_object(value: &Value) -> Self {
        let raw = value.as_raw();
        // SAFETY: these look at the class of an object that lives.
        unsafe {
            if qjs::JS_IsMap(raw) {
                return Self::Map;
            }
            if qjs::JS_IsSet(raw) {
                return Self::Set;
            }
            if qjs::JS_IsDate(raw) {
                return Self::Date;
            }
            if qjs::JS_IsRegExp(raw) {
                return Self::RegExp;
            }
            if qjs::JS_IsArrayBuffer(raw) {
                return Self::Bytes;
            }
            let element = qjs::JS_GetTypedArrayType(raw);
            if element == qjs::JSTypedArrayEnum_JS_TYPED_ARRAY_UINT8 as i32
                || element == qjs::JSTypedArrayEnum_JS_TYPED_ARRAY_UINT8C as i32
            {
                return Self::Bytes;
            }
            if element >= 0 {
                return Self::Numbers;
            }
        }
        Self::Object
    }
}

/// Whether an object is of no class of the engine's: neither a proxy nor a primitive in an object.
pub(super) fn is_plain(value: &Value) -> bool {
    /// `JS_CLASS_OBJECT`, which the engine has as the first.
    const OBJECT: qjs::JSClassID = 1;
    // SAFETY: this looks at the class of an object that lives.
    unsafe { qjs::JS_GetClassID(value.as_raw()) == OBJECT }
}

/// Copies the bytes of a value of the kind [`Kind::Bytes`]; none when its buffer was detached.
pub(super) fn bytes(value: &Value) -> Option<Vec<u8>> {
    let ctx = value.ctx().as_raw().as_ptr();
    let mut length: qjs::size_t = 0;
    // SAFETY: the pointer is valid until the program runs again; the bytes are copied before.
    unsafe {
        let start = if qjs::JS_IsArrayBuffer(value.as_raw()) {
            qjs::JS_GetArrayBuffer(ctx, &raw mut length, value.as_raw())
        } else {
            qjs::JS_GetUint8Array(ctx, &raw mut length, value.as_raw())
        };
        if start.is_null() {
            value.ctx().catch();
            return (length == 0).then(Vec::new);
        }
        Some(std::slice::from_raw_parts(start, length as usize).to_vec())
    }
}
