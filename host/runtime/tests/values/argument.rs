//! The form that an input schema has for a value, and random JSON that it allows.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use wasmtime::component::Val;

use crate::shape::{Shape, name};

/// The largest integer of a schema.
const SAFE: u64 = (1 << 53) - 1;
/// The largest `f32` of a schema.
const FLOAT32: f32 = 3.4e38;

/// Returns the arguments `{"x": value}`, or `None` if the schema has no form for the value.
pub fn arguments(shape: &Shape, value: &Val) -> Option<Value> {
    object([("x".to_owned(), shape, value)].into_iter())
}

/// Builds an object; options that are none are left out.
fn object<'a>(parts: impl Iterator<Item = (String, &'a Shape, &'a Val)>) -> Option<Value> {
    let mut made = Map::new();
    for (name, shape, value) in parts {
        let part = match (shape, value) {
            (Shape::Option(_), Val::Option(None)) => continue,
            (Shape::Option(inner), Val::Option(Some(value))) => present(inner, value)?,
            (shape, value) => form(shape, value)?,
        };
        made.insert(name, part);
    }
    Some(Value::Object(made))
}

fn present(inner: &Shape, value: &Val) -> Option<Value> {
    match inner {
        Shape::Option(_) => object([("some".to_owned(), inner, value)].into_iter()),
        inner => form(inner, value),
    }
}

fn form(shape: &Shape, value: &Val) -> Option<Value> {
    let snake = |index: usize| name(index).replace('-', "_");
    match (shape, value) {
        (Shape::Plain(_), value) => plain(value),
        (Shape::List(item), Val::List(items)) if **item == Shape::Plain("u8") => {
            let byte = |item: &Val| match item {
                Val::U8(byte) => *byte,
                _ => panic!("no byte"),
            };
            Some(json!(
                STANDARD.encode(items.iter().map(byte).collect::<Vec<_>>())
            ))
        }
        (Shape::List(item), Val::List(items))
        | (Shape::FixedList(item, _), Val::FixedLengthList(items)) => {
            items.iter().map(|value| form(item, value)).collect()
        }
        (Shape::Map(key, of), Val::Map(entries)) => entries
            .iter()
            .map(|(given, value)| {
                let parts = [
                    ("key".to_owned(), &Shape::Plain(key), given),
                    ("value".to_owned(), &**of, value),
                ];
                object(parts.into_iter())
            })
            .collect(),
        (Shape::Tuple(shapes), Val::Tuple(values)) => {
            let first = &shapes[0];
            if !matches!(first, Shape::Option(_)) && shapes.iter().all(|shape| shape == first) {
                return values.iter().map(|value| form(first, value)).collect();
            }
            let parts = shapes.iter().zip(values).enumerate();
            object(parts.map(|(index, (shape, value))| (format!("_{index}"), shape, value)))
        }
        (Shape::Record(shapes), Val::Record(values)) => {
            let parts = shapes.iter().zip(values).enumerate();
            object(parts.map(|(index, (shape, (_, value)))| (snake(index), shape, value)))
        }
        (Shape::Variant(cases), Val::Variant(case, payload)) => {
            let position = (0..cases.len()).find(|index| name(*index) == *case)?;
            let is_enum = cases.iter().all(Option::is_none);
            choice(case, cases[position].as_ref(), payload.as_deref(), is_enum)
        }
        (Shape::Result(ok, err), Val::Result(result)) => {
            let is_enum = ok.is_none() && err.is_none();
            match result {
                Ok(payload) => choice("ok", ok.as_deref(), payload.as_deref(), is_enum),
                Err(payload) => choice("err", err.as_deref(), payload.as_deref(), is_enum),
            }
        }
        (Shape::Enum(_), Val::Enum(name)) => Some(json!(name)),
        (Shape::Flags(_), Val::Flags(names)) => Some(json!(names)),
        (Shape::Option(inner), Val::Option(Some(value))) => present(inner, value),
        (Shape::Option(_), Val::Option(None)) => None,
        (shape, value) => panic!("{value:?} is no {shape:?}"),
    }
}

fn choice(
    case: &str,
    shape: Option<&Shape>,
    payload: Option<&Val>,
    is_enum: bool,
) -> Option<Value> {
    if is_enum {
        return Some(json!(case));
    }
    let payload = match shape.zip(payload) {
        Some((shape, payload)) => form(shape, payload)?,
        None => json!(true),
    };
    Some(json!({ case: payload }))
}

fn plain(value: &Val) -> Option<Value> {
    Some(match value {
        Val::Bool(value) => json!(value),
        Val::S8(value) => json!(value),
        Val::U8(value) => json!(value),
        Val::S16(value) => json!(value),
        Val::U16(value) => json!(value),
        Val::S32(value) => json!(value),
        Val::U32(value) => json!(value),
        Val::S64(value) if value.unsigned_abs() <= SAFE => json!(value),
        Val::U64(value) if *value <= SAFE => json!(value),
        Val::Float32(value) if value.abs() <= FLOAT32 => json!(f64::from(*value)),
        Val::Float64(value) if value.is_finite() => json!(value),
        Val::Char(value) => json!(value),
        Val::String(value) => json!(value),
        _ => return None,
    })
}

/// A cyclic sequence of numbers that determine random choices.
pub struct Choices {
    numbers: Vec<u64>,
    next: usize,
}

impl Choices {
    pub fn new(numbers: Vec<u64>) -> Self {
        Self { numbers, next: 0 }
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.numbers[self.next % self.numbers.len()].rotate_left((self.next % 64) as u32)
    }

    fn below(&mut self, count: usize) -> usize {
        (self.number() % count as u64) as usize
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }
}

/// Returns random JSON that a schema of arguments allows.
pub fn allowed(schema: &Value, choices: &mut Choices) -> Value {
    let told = schema["description"].as_str().unwrap_or_default();
    let bound = |key: &str| schema[key].as_u64().map(|bound| bound as usize);
    match schema["type"].as_str() {
        Some("boolean") if told.contains("Always true") => json!(true),
        Some("boolean") => json!(choices.number().is_multiple_of(2)),
        Some("integer") => integer(schema, choices),
        Some("number") => {
            let most = schema["maximum"].as_f64().unwrap_or(f64::MAX);
            let any = f64::from_bits(choices.number());
            let any = if any.abs() <= most { any } else { 0.1 };
            json!(choices.one(&[any, most, -most, 0.0, -0.0, 3.0, f64::MIN_POSITIVE]))
        }
        Some("string") if schema.get("enum").is_some() => {
            choices.one(schema["enum"].as_array().unwrap())
        }
        Some("string") if told.contains("base64") => {
            let length = choices.below(5);
            let bytes: Vec<u8> = (0..length).map(|_| choices.number() as u8).collect();
            json!(STANDARD.encode(bytes))
        }
        Some("string") if told.contains("A JSON object") => {
            choices.one(&[json!("{}"), json!(" {\"a\": [null]}")])
        }
        Some("string") if told.contains("A JSON array") => {
            choices.one(&[json!("[]"), json!("[{}, 1e3]")])
        }
        Some("string") => {
            let most = bound("maxLength").unwrap_or(4);
            let length = bound("minLength").unwrap_or(choices.below(most + 1));
            let characters = ['a', '7', '\0', '"', 'ы', '😀', ' '];
            json!(
                (0..length)
                    .map(|_| choices.one(&characters))
                    .collect::<String>()
            )
        }
        Some("array") => {
            let length = bound("minItems").unwrap_or(choices.below(4));
            (0..length)
                .map(|_| allowed(&schema["items"], choices))
                .collect()
        }
        Some("object") => {
            let properties = schema["properties"].as_object().unwrap();
            let required = schema["required"].as_array().map(Vec::as_slice);
            let only = bound("maxProperties").map(|_| choices.below(properties.len()));
            let mut made = Map::new();
            for (index, (name, schema)) in properties.iter().enumerate() {
                let is_given = match only {
                    Some(only) => only == index,
                    None => {
                        required.unwrap_or_default().contains(&json!(name))
                            || choices.number().is_multiple_of(2)
                    }
                };
                if is_given {
                    made.insert(name.clone(), allowed(schema, choices));
                }
            }
            Value::Object(made)
        }
        other => panic!("a schema of type {other:?}"),
    }
}

fn integer(schema: &Value, choices: &mut Choices) -> Value {
    let bound = |key: &str| schema[key].as_i64().unwrap();
    let (low, high) = (bound("minimum"), bound("maximum"));
    let range = u128::from(high.abs_diff(low)) + 1;
    let any = i128::from(low) + (u128::from(choices.number()) % range) as i128;
    let made = choices.one(&[any as i64, low, high, low + 1]);
    match choices.below(4) {
        // An integer in JSON Schema.
        0 => json!(made as f64),
        _ => json!(made),
    }
}
