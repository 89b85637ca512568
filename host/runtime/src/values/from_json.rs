//! Converts JSON to component values. Nothing is guessed: an invalid value is an error with its path.

mod numbers;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use numbers::{float, make_integer};
use serde_json::Value;
use wasmtime::component::Val;

use super::error::{ValueError, excerpt, expected, unknown_name};
use super::plan::{Field, Plan};

pub(super) use numbers::whole_float;

/// The remaining bytes that values may take, and the representation of bytes.
pub(crate) struct Budget {
    left: u64,
    /// Whether a `list<u8>` stays base64, for [`super::Compact::call`].
    keeps_text: bool,
}

impl Budget {
    pub fn new(bytes: u64) -> Self {
        Self {
            left: bytes,
            keeps_text: false,
        }
    }

    pub fn of_text(bytes: u64) -> Self {
        Self {
            left: bytes,
            keeps_text: true,
        }
    }

    fn take(&mut self, bytes: usize) -> Result<(), ValueError> {
        // Each value costs its own size in addition to its content.
        let cost = bytes.saturating_add(size_of::<Val>()) as u64;
        self.left = self.left.checked_sub(cost).ok_or_else(|| {
            ValueError::new("the arguments are too large; raise runtime.max_host_bytes")
        })?;
        Ok(())
    }
}

type Made = Result<Val, ValueError>;

pub(crate) fn from_json(plan: &Plan, value: &Value, budget: &mut Budget) -> Made {
    budget.take(0)?;
    match plan {
        Plan::Bool => value
            .as_bool()
            .map(Val::Bool)
            .ok_or_else(|| expected("true or false", value)),
        Plan::Integer(integer) => make_integer(*integer, value),
        Plan::Float32 => {
            let wide = float(value)?;
            #[expect(
                clippy::cast_possible_truncation,
                reason = "rounding to the nearest is what f32 means"
            )]
            let narrow = wide as f32;
            if narrow.is_infinite() && wide.is_finite() {
                return Err(expected("a number in the range of f32", value));
            }
            Ok(Val::Float32(narrow))
        }
        Plan::Float64 => Ok(Val::Float64(float(value)?)),
        Plan::Char => {
            let mut characters = string(value)?.chars();
            match (characters.next(), characters.next()) {
                (Some(character), None) => Ok(Val::Char(character)),
                _ => Err(expected("a string of exactly one character", value)),
            }
        }
        Plan::String => {
            let text = string(value)?;
            budget.take(text.len())?;
            Ok(Val::String(text.to_owned()))
        }
        Plan::Bytes => {
            let text = value
                .as_str()
                .ok_or_else(|| expected("bytes as a base64 string", value))?;
            let length = text.len() / 4 * 3;
            budget.take(match budget.keeps_text {
                true => text.len().saturating_add(length),
                // Each byte becomes a `Val` on its way to the guest.
                false => length.saturating_mul(size_of::<Val>()),
            })?;
            let bytes = BASE64
                .decode(text)
                .map_err(|error| ValueError::new(format!("not base64: {error}")))?;
            if budget.keeps_text {
                return Ok(Val::String(text.to_owned()));
            }
            Ok(Val::List(bytes.into_iter().map(Val::U8).collect()))
        }
        Plan::List(item) => Ok(Val::List(items(item, array(value)?, budget)?)),
        Plan::FixedList(item, length) => {
            let values = array(value)?;
            if values.len() != *length {
                return Err(expected(&format!("an array of {length}"), value));
            }
            Ok(Val::FixedLengthList(items(item, values, budget)?))
        }
        Plan::Map(pair) => map(pair, value, budget),
        Plan::Tuple(fields) => tuple(fields, value, budget),
        Plan::Record(fields) => {
            let made = object(fields, value, budget, "field")?;
            let named = fields
                .iter()
                .zip(made)
                .map(|(field, value)| (field.name.clone(), value));
            Ok(Val::Record(named.collect()))
        }
        Plan::Variant(cases) => {
            let cases = cases
                .iter()
                .map(|(name, plan)| (name.as_str(), plan.as_ref()));
            let (name, payload) = choice(cases, value, budget)?;
            Ok(Val::Variant(name.to_owned(), payload))
        }
        Plan::Result(ok, err) => {
            let cases = [("ok", ok.as_deref()), ("err", err.as_deref())];
            let (name, payload) = choice(cases.into_iter(), value, budget)?;
            Ok(Val::Result(match name {
                "ok" => Ok(payload),
                _ => Err(payload),
            }))
        }
        Plan::Enum(names) => {
            let text = string(value)?;
            known(names.iter().map(String::as_str), text)?;
            budget.take(text.len())?;
            Ok(Val::Enum(text.to_owned()))
        }
        Plan::Flags(names) => {
            let mut set = Vec::new();
            for (index, flag) in array(value)?.iter().enumerate() {
                let text = string(flag).map_err(|error| error.within(&format!("[{index}]")))?;
                known(names.iter().map(String::as_str), text)
                    .map_err(|error| error.within(&format!("[{index}]")))?;
                budget.take(text.len())?;
                if !set.iter().any(|known| known == text) {
                    set.push(text.to_owned());
                }
            }
            Ok(Val::Flags(set))
        }
        Plan::Option(_) if value.is_null() => Ok(Val::Option(None)),
        Plan::Option(inner) if inner.admits_null() => {
            let given = value.as_object();
            let made = match given.map(|given| (given.len(), given.get("some"))) {
                // As for a field that is left out.
                Some((0, _)) => Val::Option(None),
                Some((1, Some(value))) => {
                    from_json(inner, value, budget).map_err(|error| error.within("some"))?
                }
                _ => return Err(expected("null or {\"some\": …}", value)),
            };
            Ok(Val::Option(Some(Box::new(made))))
        }
        Plan::Option(inner) => Ok(Val::Option(Some(Box::new(from_json(
            inner, value, budget,
        )?)))),
    }
}

/// Converts the values of named fields, in their declared order. `kind` is the word for a name in errors.
pub(crate) fn object(
    fields: &[Field],
    value: &Value,
    budget: &mut Budget,
    kind: &str,
) -> Result<Vec<Val>, ValueError> {
    let given = value
        .as_object()
        .ok_or_else(|| expected("an object", value))?;
    if let Some(unknown) = given
        .keys()
        .find(|key| !fields.iter().any(|field| field.json_name == **key))
    {
        return Err(ValueError::new(unknown_name(
            kind,
            unknown,
            fields.iter().map(|field| field.json_name.as_str()),
        )));
    }
    let mut made = Vec::with_capacity(fields.len());
    for field in fields {
        // An omitted field creates a value and a name too: `{}` is not free.
        budget.take(field.name.len())?;
        made.push(match given.get(&field.json_name) {
            Some(value) => from_json(&field.plan, value, budget)
                .map_err(|error| error.within(&field.json_name))?,
            None if field.optional() => Val::Option(None),
            None => {
                return Err(ValueError::new(format!(
                    "missing required {kind}: {}",
                    field.json_name
                )));
            }
        });
    }
    Ok(made)
}

/// Converts a map from an object, if its keys are strings, or from an array of its entries.
fn map(pair: &[Field; 2], value: &Value, budget: &mut Budget) -> Made {
    let [keys, values] = pair;
    let mut pairs = Vec::new();
    match value {
        Value::Object(given) if keys.plan == Plan::String => {
            for (key, value) in given {
                budget.take(key.len())?;
                let made = from_json(&values.plan, value, budget)
                    .map_err(|error| error.within(&format!("[{:?}]", excerpt(key))))?;
                pairs.push((Val::String(key.clone()), made));
            }
        }
        Value::Array(entries) => {
            for (index, entry) in entries.iter().enumerate() {
                let made = entry_of_map(pair, entry, budget);
                pairs.push(made.map_err(|error| error.within(&format!("[{index}]")))?);
            }
        }
        _ if keys.plan == Plan::String => {
            return Err(expected(
                "an array of {\"key\": …, \"value\": …}, or an object",
                value,
            ));
        }
        _ => return Err(expected("an array of {\"key\": …, \"value\": …}", value)),
    }
    Ok(Val::Map(pairs))
}

fn entry_of_map(
    pair: &[Field; 2],
    entry: &Value,
    budget: &mut Budget,
) -> Result<(Val, Val), ValueError> {
    let made = match entry {
        Value::Array(entry) if entry.len() == 2 => in_order(pair, entry, budget)?,
        Value::Object(_) => object(pair, entry, budget, "field")?,
        _ => {
            let wanted = "a pair [key, value] or {\"key\": …, \"value\": …}";
            return Err(expected(wanted, entry));
        }
    };
    let mut made = made.into_iter();
    // There are as many values as fields.
    made.next()
        .zip(made.next())
        .ok_or_else(|| expected("a key and a value", entry))
}

/// Converts a tuple from an array, or from an object of its items.
fn tuple(fields: &[Field], value: &Value, budget: &mut Budget) -> Made {
    let made = match value {
        Value::Object(_) if !fields.is_empty() => object(fields, value, budget, "item")?,
        Value::Array(values) if values.len() == fields.len() => in_order(fields, values, budget)?,
        _ => return Err(expected(&format!("an array of {}", fields.len()), value)),
    };
    Ok(Val::Tuple(made))
}

/// Converts the values of fields that are given by position.
fn in_order(
    fields: &[Field],
    values: &[Value],
    budget: &mut Budget,
) -> Result<Vec<Val>, ValueError> {
    let each = fields.iter().zip(values).enumerate();
    each.map(|(index, (field, value))| {
        from_json(&field.plan, value, budget).map_err(|error| error.within(&format!("[{index}]")))
    })
    .collect()
}

/// Returns the given case and its payload.
///
/// Clients that must pass every property use null or false for those that they leave out.
fn choice<'a>(
    cases: impl Iterator<Item = (&'a str, Option<&'a Plan>)> + Clone,
    value: &Value,
    budget: &mut Budget,
) -> Result<(&'a str, Option<Box<Val>>), ValueError> {
    let find = |name: &str| {
        known(cases.clone().map(|(name, _)| name), name)?;
        let mut cases = cases.clone();
        // The name is known.
        cases
            .find(|(known, _)| *known == name)
            .ok_or_else(|| ValueError::new(format!("unknown name {name:?}")))
    };
    if let Some(name) = value.as_str() {
        let (name, plan) = find(name)?;
        budget.take(name.len())?;
        return match plan {
            None => Ok((name, None)),
            Some(_) => Err(expected(
                &format!("{{{name:?}: …}}, since the case has a payload"),
                value,
            )),
        };
    }
    let wanted = "a case's name, or {\"case\": payload} with exactly one case";
    let given = value.as_object().ok_or_else(|| expected(wanted, value))?;
    let mut meant = Vec::new();
    for (name, payload) in given {
        let (name, plan) = find(name)?;
        let is_absent = payload.is_null() || (plan.is_none() && *payload == Value::Bool(false));
        // A single case is selected, regardless of its value.
        if given.len() == 1 || !is_absent {
            meant.push((name, plan, payload));
        }
    }
    let [(name, plan, payload)] = meant[..] else {
        return Err(expected(wanted, value));
    };
    budget.take(name.len())?;
    let within = |error: ValueError| error.within(name);
    match plan {
        Some(plan) => {
            let made = from_json(plan, payload, budget).map_err(within)?;
            Ok((name, Some(Box::new(made))))
        }
        None => {
            let nothing = match payload {
                Value::Null | Value::Bool(true) => true,
                Value::Object(payload) => payload.is_empty(),
                _ => false,
            };
            let error = || within(expected("true, since the case has no payload", payload));
            nothing.then_some((name, None)).ok_or_else(error)
        }
    }
}

fn known<'a>(
    mut names: impl Iterator<Item = &'a str> + Clone,
    name: &str,
) -> Result<(), ValueError> {
    if names.clone().any(|known| known == name) {
        return Ok(());
    }
    Err(ValueError::new(unknown_name("name", name, names.by_ref())))
}

fn items(plan: &Plan, values: &[Value], budget: &mut Budget) -> Result<Vec<Val>, ValueError> {
    let each = values.iter().enumerate();
    each.map(|(index, value)| {
        from_json(plan, value, budget).map_err(|error| error.within(&format!("[{index}]")))
    })
    .collect()
}

fn array(value: &Value) -> Result<&[Value], ValueError> {
    value
        .as_array()
        .map(Vec::as_slice)
        .ok_or_else(|| expected("an array", value))
}

fn string(value: &Value) -> Result<&str, ValueError> {
    value.as_str().ok_or_else(|| expected("a string", value))
}
