//! Random WIT types, as text and with random values.

use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use wasmtime::component::Val;

/// A WIT type.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    Plain(&'static str),
    List(Box<Shape>),
    FixedList(Box<Shape>, usize),
    Map(&'static str, Box<Shape>),
    Tuple(Vec<Shape>),
    Record(Vec<Shape>),
    Variant(Vec<Option<Shape>>),
    Enum(usize),
    Flags(usize),
    Option(Box<Shape>),
    Result(Option<Box<Shape>>, Option<Box<Shape>>),
}

const PLAIN: [&str; 13] = [
    "bool", "s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64", "f32", "f64", "char", "string",
];
const KEYS: [&str; 6] = ["bool", "s8", "u32", "s64", "char", "string"];

pub fn shape() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        8 => select(&PLAIN[..]).prop_map(Shape::Plain),
        1 => Just(Shape::List(Box::new(Shape::Plain("u8")))),
        1 => (1usize..6).prop_map(Shape::Enum),
        1 => (1usize..=32).prop_map(Shape::Flags),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let boxed = inner.clone().prop_map(Box::new).boxed();
        let maybe = proptest::option::of(boxed.clone());
        prop_oneof![
            2 => boxed.clone().prop_map(Shape::List),
            1 => (boxed.clone(), 1usize..4).prop_map(|(item, length)| Shape::FixedList(item, length)),
            2 => (select(&KEYS[..]), boxed.clone()).prop_map(|(key, value)| Shape::Map(key, value)),
            1 => vec(inner.clone(), 1..4).prop_map(Shape::Tuple),
            2 => vec(inner.clone(), 1..4).prop_map(Shape::Record),
            2 => vec(proptest::option::of(inner), 1..4).prop_map(Shape::Variant),
            3 => boxed.prop_map(Shape::Option),
            1 => (maybe.clone(), maybe).prop_map(|(ok, err)| Shape::Result(ok, err)),
        ]
    })
}

pub fn name(index: usize) -> String {
    format!("part-n{index}")
}

impl Shape {
    /// Returns its name in WIT, and adds the required declarations to `types`.
    pub fn wit(&self, types: &mut String) -> String {
        let declare = |types: &mut String, kind: &str, parts: Vec<String>| {
            let name = format!("type{}", types.lines().count());
            let _ = writeln!(types, "{kind} {name} {{ {} }}", parts.join(", "));
            name
        };
        match self {
            Self::Plain(name) => (*name).to_owned(),
            Self::List(item) => format!("list<{}>", item.wit(types)),
            Self::FixedList(item, length) => format!("list<{}, {length}>", item.wit(types)),
            Self::Map(key, value) => format!("map<{key}, {}>", value.wit(types)),
            Self::Tuple(items) => {
                let items: Vec<_> = items.iter().map(|item| item.wit(types)).collect();
                format!("tuple<{}>", items.join(", "))
            }
            Self::Record(fields) => {
                let each = fields.iter().enumerate();
                let parts = each
                    .map(|(index, field)| format!("{}: {}", name(index), field.wit(types)))
                    .collect();
                declare(types, "record", parts)
            }
            Self::Variant(cases) => {
                let mut parts = Vec::new();
                for (index, case) in cases.iter().enumerate() {
                    parts.push(match case {
                        Some(case) => format!("{}({})", name(index), case.wit(types)),
                        None => name(index),
                    });
                }
                declare(types, "variant", parts)
            }
            Self::Enum(count) => declare(types, "enum", (0..*count).map(name).collect()),
            Self::Flags(count) => declare(types, "flags", (0..*count).map(name).collect()),
            Self::Option(inner) => format!("option<{}>", inner.wit(types)),
            Self::Result(None, None) => "result".to_owned(),
            Self::Result(Some(ok), None) => format!("result<{}>", ok.wit(types)),
            Self::Result(ok, Some(err)) => {
                let ok = ok.as_ref().map_or("_".to_owned(), |ok| ok.wit(types));
                format!("result<{ok}, {}>", err.wit(types))
            }
        }
    }

    /// Returns a strategy for its values.
    pub fn value(&self) -> BoxedStrategy<Val> {
        match self {
            Self::Plain(name) => plain(name),
            Self::List(item) => {
                let most = if matches!(**item, Self::Plain("u8")) {
                    40
                } else {
                    4
                };
                vec(item.value(), 0..most).prop_map(Val::List).boxed()
            }
            Self::FixedList(item, length) => vec(item.value(), *length)
                .prop_map(Val::FixedLengthList)
                .boxed(),
            Self::Map(key, value) => vec((plain(key), value.value()), 0..4)
                .prop_map(unique_keys)
                .boxed(),
            Self::Tuple(items) => items
                .iter()
                .map(Self::value)
                .collect::<Vec<_>>()
                .prop_map(Val::Tuple)
                .boxed(),
            Self::Record(fields) => {
                let values = fields.iter().map(Self::value).collect::<Vec<_>>();
                let named = |values: Vec<Val>| {
                    values
                        .into_iter()
                        .enumerate()
                        .map(|(index, value)| (name(index), value))
                };
                values
                    .prop_map(move |values| Val::Record(named(values).collect()))
                    .boxed()
            }
            Self::Variant(cases) => {
                let cases = cases.clone();
                let case = move |index: usize| {
                    optional(cases[index].as_ref())
                        .prop_map(move |payload| Val::Variant(name(index), payload))
                };
                (0..self.parts()).prop_flat_map(case).boxed()
            }
            Self::Enum(count) => (0..*count).prop_map(|index| Val::Enum(name(index))).boxed(),
            Self::Flags(count) => {
                subsequence((0..*count).map(name).collect::<Vec<_>>(), 0..=*count)
                    .prop_map(Val::Flags)
                    .boxed()
            }
            Self::Option(inner) => proptest::option::of(inner.value())
                .prop_map(|value| Val::Option(value.map(Box::new)))
                .boxed(),
            Self::Result(ok, err) => prop_oneof![
                optional(ok.as_deref()).prop_map(|payload| Val::Result(Ok(payload))),
                optional(err.as_deref()).prop_map(|payload| Val::Result(Err(payload))),
            ]
            .boxed(),
        }
    }

    fn parts(&self) -> usize {
        if let Self::Variant(cases) = self {
            cases.len()
        } else {
            1
        }
    }
}

fn unique_keys(pairs: Vec<(Val, Val)>) -> Val {
    let mut unique: Vec<(Val, Val)> = Vec::new();
    for (key, value) in pairs {
        if unique.iter().all(|(known, _)| *known != key) {
            unique.push((key, value));
        }
    }
    Val::Map(unique)
}

fn optional(shape: Option<&Shape>) -> BoxedStrategy<Option<Box<Val>>> {
    match shape {
        Some(shape) => shape
            .value()
            .prop_map(|value| Some(Box::new(value)))
            .boxed(),
        None => Just(None).boxed(),
    }
}

fn plain(name: &str) -> BoxedStrategy<Val> {
    const SAFE: i64 = 1 << 53;
    match name {
        "bool" => any::<bool>().prop_map(Val::Bool).boxed(),
        "s8" => any::<i8>().prop_map(Val::S8).boxed(),
        "u8" => any::<u8>().prop_map(Val::U8).boxed(),
        "s16" => any::<i16>().prop_map(Val::S16).boxed(),
        "u16" => any::<u16>().prop_map(Val::U16).boxed(),
        "s32" => any::<i32>().prop_map(Val::S32).boxed(),
        "u32" => any::<u32>().prop_map(Val::U32).boxed(),
        "s64" => {
            let near = (SAFE - 2)..(SAFE + 3);
            let edges = select(vec![i64::MIN, i64::MIN + 1, 0, -1, i64::MAX]);
            prop_oneof![
                any::<i64>(),
                near.clone(),
                near.prop_map(|value| -value),
                edges
            ]
            .prop_map(Val::S64)
            .boxed()
        }
        "u64" => {
            let near = (SAFE as u64 - 2)..(SAFE as u64 + 3);
            prop_oneof![
                any::<u64>(),
                near,
                select(vec![0, i64::MAX as u64, u64::MAX])
            ]
            .prop_map(Val::U64)
            .boxed()
        }
        "f32" => {
            let special = vec![
                f32::NAN,
                f32::INFINITY,
                f32::NEG_INFINITY,
                -0.0,
                1.0,
                f32::MIN_POSITIVE,
                f32::MAX,
            ];
            prop_oneof![3 => any::<u32>().prop_map(f32::from_bits), 1 => select(special)]
                .prop_map(Val::Float32)
                .boxed()
        }
        "f64" => {
            let special = vec![
                f64::NAN,
                f64::INFINITY,
                f64::NEG_INFINITY,
                -0.0,
                1.0,
                f64::MIN_POSITIVE,
                f64::MAX,
            ];
            prop_oneof![3 => any::<u64>().prop_map(f64::from_bits), 1 => select(special)]
                .prop_map(Val::Float64)
                .boxed()
        }
        "char" => prop_oneof![9 => any::<char>(), 1 => Just('\0')]
            .prop_map(Val::Char)
            .boxed(),
        _ => prop_oneof![9 => any::<String>(), 1 => Just("a\0b".to_owned())]
            .prop_map(Val::String)
            .boxed(),
    }
}
