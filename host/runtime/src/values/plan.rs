//! A type, analysed once rather than in every call.

use thiserror::Error;
use wasmtime::component::Type;

/// The maximum number of parts of a type in a tool's signature.
const MAX_PARTS: usize = 10_000;

/// The maximum nesting depth: a level of type is up to four of JSON Schema, and JSON readers commonly stop at 128.
const MAX_DEPTH: usize = 24;

/// A type in a signature that JSON cannot represent.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{place} is {what}, which JSON cannot carry")]
pub struct Unsupported {
    /// The parameter, or `the result`.
    pub place: String,
    /// The type found there.
    pub what: &'static str,
}

/// One type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Plan {
    Bool,
    Integer(Integer),
    Float32,
    Float64,
    Char,
    String,
    Bytes,
    List(Box<Plan>),
    FixedList(Box<Plan>, usize),
    /// A map of `key` and `value`.
    Map(Box<[Field; 2]>),
    /// A tuple of items `_0`, `_1` and so on.
    Tuple(Vec<Field>),
    Record(Vec<Field>),
    Variant(Vec<(String, Option<Plan>)>),
    Enum(Vec<String>),
    Flags(Vec<String>),
    Option(Box<Plan>),
    Result(Option<Box<Plan>>, Option<Box<Plan>>),
}

/// An integer type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Integer {
    S8,
    U8,
    S16,
    U16,
    S32,
    U32,
    S64,
    U64,
}

impl Integer {
    pub fn bounds(self) -> (i128, i128) {
        match self {
            Self::S8 => (i8::MIN.into(), i8::MAX.into()),
            Self::U8 => (0, u8::MAX.into()),
            Self::S16 => (i16::MIN.into(), i16::MAX.into()),
            Self::U16 => (0, u16::MAX.into()),
            Self::S32 => (i32::MIN.into(), i32::MAX.into()),
            Self::U32 => (0, u32::MAX.into()),
            Self::S64 => (i64::MIN.into(), i64::MAX.into()),
            Self::U64 => (0, u64::MAX.into()),
        }
    }

    pub fn is_wide(self) -> bool {
        matches!(self, Self::S64 | Self::U64)
    }
}

/// A record's field, a parameter, or a part of a tuple or map.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    /// As in WIT.
    pub name: String,
    /// snake_case.
    pub json_name: String,
    pub plan: Plan,
}

impl Field {
    pub fn new(name: &str, plan: Plan) -> Self {
        Self {
            name: name.to_owned(),
            // WIT names differ in more than case, so no two become equal.
            json_name: name.replace('-', "_").to_ascii_lowercase(),
            plan,
        }
    }

    /// Returns the item of a tuple at `index`. Some models accept only names that begin with a letter or `_`.
    fn item(index: usize, plan: Plan) -> Self {
        Self::new(&format!("_{index}"), plan)
    }

    /// Returns whether it may be left out.
    pub fn optional(&self) -> bool {
        matches!(self.plan, Plan::Option(_))
    }
}

impl Plan {
    /// Analyses `ty`; `place` names it in errors.
    pub fn new(ty: &Type, place: &str) -> Result<Self, Unsupported> {
        let mut parts = MAX_PARTS;
        build(ty, &mut parts, MAX_DEPTH).map_err(|what| Unsupported {
            place: place.to_owned(),
            what,
        })
    }

    /// Returns whether JSON null represents a value of this type.
    pub fn admits_null(&self) -> bool {
        matches!(self, Self::Option(_))
    }
}

fn build(ty: &Type, parts: &mut usize, depth: usize) -> Result<Plan, &'static str> {
    let mut take = |count: usize| {
        *parts = parts
            .checked_sub(count)
            .ok_or("a type of very many parts")?;
        Ok::<(), &'static str>(())
    };
    take(1)?;
    match ty {
        Type::Enum(names) => take(names.names().len())?,
        Type::Flags(names) => take(names.names().len())?,
        Type::Variant(variant) => take(variant.cases().len())?,
        _ => {}
    }
    let depth = depth.checked_sub(1).ok_or("a type nested very deeply")?;
    let mut part = |ty: &Type| build(ty, parts, depth);
    Ok(match ty {
        Type::Bool => Plan::Bool,
        Type::S8 => Plan::Integer(Integer::S8),
        Type::U8 => Plan::Integer(Integer::U8),
        Type::S16 => Plan::Integer(Integer::S16),
        Type::U16 => Plan::Integer(Integer::U16),
        Type::S32 => Plan::Integer(Integer::S32),
        Type::U32 => Plan::Integer(Integer::U32),
        Type::S64 => Plan::Integer(Integer::S64),
        Type::U64 => Plan::Integer(Integer::U64),
        Type::Float32 => Plan::Float32,
        Type::Float64 => Plan::Float64,
        Type::Char => Plan::Char,
        Type::String => Plan::String,
        Type::List(list) if list.ty() == Type::U8 => Plan::Bytes,
        Type::List(list) => Plan::List(Box::new(part(&list.ty())?)),
        Type::FixedLengthList(list) => Plan::FixedList(
            Box::new(part(&list.ty())?),
            usize::try_from(list.len()).unwrap_or(usize::MAX),
        ),
        Type::Map(map) => Plan::Map(Box::new([
            Field::new("key", part(&map.key())?),
            Field::new("value", part(&map.value())?),
        ])),
        Type::Tuple(tuple) => Plan::Tuple(
            tuple
                .types()
                .enumerate()
                .map(|(index, ty)| Ok::<_, &str>(Field::item(index, part(&ty)?)))
                .collect::<Result<_, _>>()?,
        ),
        Type::Record(record) => Plan::Record(
            record
                .fields()
                .map(|field| Ok::<_, &str>(Field::new(field.name, part(&field.ty)?)))
                .collect::<Result<_, _>>()?,
        ),
        Type::Variant(variant) => Plan::Variant(
            variant
                .cases()
                .map(|case| {
                    Ok::<_, &str>((
                        case.name.to_owned(),
                        case.ty.map(|ty| part(&ty)).transpose()?,
                    ))
                })
                .collect::<Result<_, _>>()?,
        ),
        Type::Enum(names) => Plan::Enum(names.names().map(str::to_owned).collect()),
        Type::Flags(flags) => Plan::Flags(flags.names().map(str::to_owned).collect()),
        Type::Option(option) => Plan::Option(Box::new(part(&option.ty())?)),
        Type::Result(result) => {
            let mut side = |ty: Option<Type>| ty.map(|ty| part(&ty).map(Box::new)).transpose();
            Plan::Result(side(result.ok())?, side(result.err())?)
        }
        Type::Own(_) | Type::Borrow(_) => return Err("a resource"),
        Type::Future(_) => return Err("a future"),
        Type::Stream(_) => return Err("a stream"),
        Type::ErrorContext => return Err("an error context"),
    })
}
