//! Values as JSON, beyond what `JSON.stringify` can: maps, sets, big integers, bytes, promises, cycles.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use rquickjs::atom::PredefinedAtom;
use rquickjs::function::This;
use rquickjs::promise::PromiseState;
use rquickjs::{Atom, Filter, IntoJs as _, Object, Value};

use super::headline::name_and_message;
use super::helpers::Helpers;
use super::inspect::short;
use super::kinds::{self, Kind};
use super::text::{length, quote, quote_value, text, with_text};

/// Levels of objects within objects.
const MAX_DEPTH: usize = 200;

/// Why there is no JSON.
#[derive(Debug)]
pub(super) enum Failure {
    /// A getter or a `toJSON` of the program threw, or memory ran out: the exception is pending.
    Thrown,
    /// There is more of it than allowed.
    TooLarge,
    TooDeep,
}

impl From<rquickjs::Error> for Failure {
    fn from(_: rquickjs::Error) -> Self {
        Self::Thrown
    }
}

type Written = Result<(), Failure>;

/// Returns the JSON of a value, of at most `limit` bytes; none of what is left out: `undefined`, and functions in `arguments`.
pub(super) fn json<'js>(
    helpers: &Helpers<'js>,
    value: &Value<'js>,
    limit: usize,
    arguments: bool,
) -> Result<Option<String>, Failure> {
    let mut writer = Writer {
        helpers,
        out: String::new(),
        limit,
        arguments,
        parents: Vec::new(),
    };
    let (value, kind) = writer.resolved(value.clone(), || "".into_js(value.ctx()))?;
    if writer.is_left_out(kind) {
        return Ok(None);
    }
    writer.value(&value, kind)?;
    Ok(Some(writer.out))
}

struct Writer<'h, 'js> {
    helpers: &'h Helpers<'js>,
    out: String,
    limit: usize,
    /// Whether it is for another skill's method: what has no JSON is left out then, as `JSON.stringify` does.
    arguments: bool,
    parents: Vec<Value<'js>>,
}

impl<'js> Writer<'_, 'js> {
    fn room(&self) -> Written {
        match self.out.len() > self.limit {
            true => Err(Failure::TooLarge),
            false => Ok(()),
        }
    }

    /// What `toJSON` gives, and what a promise was fulfilled with; otherwise the value itself. With its kind.
    /// `key` is the name that `toJSON` is told.
    fn resolved(
        &self,
        value: Value<'js>,
        key: impl FnOnce() -> rquickjs::Result<Value<'js>>,
    ) -> Result<(Value<'js>, Kind), Failure> {
        let kind = Kind::of(&value);
        let instead = match kind {
            Kind::Promise => match value.as_promise() {
                Some(promise) if promise.state() == PromiseState::Resolved => promise.result(),
                _ => None,
            },
            Kind::Object => match value.as_object() {
                Some(object) => {
                    let own: Value = object.get(PredefinedAtom::ToJSON)?;
                    match own.as_function() {
                        Some(own) => Some(own.call((This(value.clone()), key()?))),
                        None => None,
                    }
                }
                None => None,
            },
            _ => None,
        };
        Ok(match instead {
            None => (value, kind),
            Some(instead) => {
                let instead: Value = instead?;
                let kind = Kind::of(&instead);
                (instead, kind)
            }
        })
    }

    fn is_left_out(&self, kind: Kind) -> bool {
        match kind {
            Kind::Undefined => true,
            Kind::Function | Kind::Symbol => self.arguments,
            _ => false,
        }
    }

    fn value(&mut self, value: &Value<'js>, kind: Kind) -> Written {
        self.room()?;
        match kind {
            Kind::Undefined | Kind::Null => self.out += "null",
            Kind::Boolean => {
                self.out += if value.as_bool() == Some(true) {
                    "true"
                } else {
                    "false"
                }
            }
            Kind::Number => self.number(value),
            Kind::BigInt => self.big(value)?,
            Kind::String => self.string(value)?,
            Kind::Symbol | Kind::Function | Kind::RegExp => self.described(value)?,
            Kind::Array => self.array(value)?,
            Kind::Error => self.error(value)?,
            Kind::Promise => self.promise(value)?,
            Kind::Map => self.map(value)?,
            Kind::Set => {
                let items = self.helpers.call("items", (value.clone(),))?;
                self.array(&items)?;
            }
            Kind::Date => {
                let text = self.helpers.call("iso", (value.clone(),))?;
                let kind = Kind::of(&text);
                self.value(&text, kind)?;
            }
            Kind::Bytes => {
                let bytes = kinds::bytes(value).unwrap_or_default();
                if bytes.len() > self.limit {
                    return Err(Failure::TooLarge);
                }
                let _ = write!(self.out, "\"{}\"", BASE64.encode(&bytes));
            }
            Kind::Numbers => {
                let items = self.helpers.call("items", (value.clone(),))?;
                self.array(&items)?;
            }
            Kind::Object => self.object(value)?,
        }
        Ok(())
    }

    fn number(&mut self, value: &Value) {
        let number = value.as_number().unwrap_or_default();
        if number.is_nan() {
            self.out += "\"NaN\"";
        } else if number.is_infinite() {
            self.out += if number > 0.0 {
                "\"Infinity\""
            } else {
                "\"-Infinity\""
            };
        } else if number.fract() == 0.0 && number.abs() < 1e15 {
            let _ = write!(self.out, "{}", number as i64);
        } else {
            // As JavaScript writes it, which JSON can read.
            match text(value) {
                Ok(text) => self.out += &text,
                Err(_) => self.out += "null",
            }
        }
    }

    /// A number where every reader keeps it exactly, otherwise text.
    fn big(&mut self, value: &Value) -> Written {
        let digits = text(value)?;
        let exact = digits
            .parse::<i64>()
            .is_ok_and(|value| value.unsigned_abs() <= 1 << 53);
        if exact {
            self.out += &digits;
        } else {
            let _ = write!(self.out, "\"{digits}\"");
        }
        Ok(())
    }

    fn string(&mut self, value: &Value) -> Written {
        if length(value) > self.limit {
            return Err(Failure::TooLarge);
        }
        match self.arguments {
            // What reads them has no strings with half a pair.
            true => with_text(value, |text| quote(&mut self.out, text))?,
            false => quote_value(&mut self.out, value)?,
        }
        self.room()
    }

    fn described(&mut self, value: &Value<'js>) -> Written {
        let text = short(self.helpers, value)?;
        quote(&mut self.out, &text);
        Ok(())
    }

    /// Enters an object. False when it is inside of itself, which is written as text then.
    fn enter(&mut self, value: &Value<'js>) -> Result<bool, Failure> {
        if self.parents.iter().any(|parent| parent == value) {
            self.out += "\"[Circular]\"";
            return Ok(false);
        }
        if self.parents.len() >= MAX_DEPTH {
            return Err(Failure::TooDeep);
        }
        self.parents.push(value.clone());
        Ok(true)
    }

    fn array(&mut self, value: &Value<'js>) -> Written {
        if !self.enter(value)? {
            return Ok(());
        }
        let count = length(value);
        // Two bytes are the least that an item takes.
        if count > self.limit / 2 + 1 {
            return Err(Failure::TooLarge);
        }
        let object = Object::from_value(value.clone())?;
        self.out.push('[');
        for index in 0..count {
            if index > 0 {
                self.out.push(',');
            }
            let (item, kind) = self.resolved(object.get(index as u32)?, || {
                index.to_string().into_js(object.ctx())
            })?;
            match self.is_left_out(kind) {
                true => self.out += "null",
                false => self.value(&item, kind)?,
            }
        }
        self.out.push(']');
        self.parents.pop();
        Ok(())
    }

    fn object(&mut self, value: &Value<'js>) -> Written {
        if !kinds::is_plain(value) {
            // A proxy of an array, or a primitive in an object.
            let is_array = self.helpers.call("isArray", (value.clone(),))?;
            if is_array.as_bool() == Some(true) {
                return self.array(value);
            }
            let inner = self.helpers.call("unwrapped", (value.clone(),))?;
            if !inner.is_object() {
                return self.value(&inner, Kind::of(&inner));
            }
        }
        if !self.enter(value)? {
            return Ok(());
        }
        self.out.push('{');
        self.properties(value, false)?;
        self.out.push('}');
        self.parents.pop();
        Ok(())
    }

    fn properties(&mut self, value: &Value<'js>, mut some: bool) -> Written {
        let object = Object::from_value(value.clone())?;
        for key in object.own_keys::<Atom>(Filter::default()) {
            let key = key?;
            let (item, kind) = self.resolved(object.get(key.clone())?, || key.to_value())?;
            if self.is_left_out(kind) {
                continue;
            }
            if some {
                self.out.push(',');
            }
            some = true;
            self.string(&key.to_value()?)?;
            self.out.push(':');
            self.value(&item, kind)?;
        }
        Ok(())
    }

    fn error(&mut self, value: &Value<'js>) -> Written {
        if !self.enter(value)? {
            return Ok(());
        }
        let (name, message) = name_and_message(self.helpers, value);
        self.out += "{\"name\":";
        quote(&mut self.out, &name);
        self.out += ",\"message\":";
        quote(&mut self.out, &message);
        self.properties(value, true)?;
        self.out.push('}');
        self.parents.pop();
        Ok(())
    }

    /// One that is not fulfilled: `resolved` has replaced the others.
    fn promise(&mut self, value: &Value<'js>) -> Written {
        let text = short(self.helpers, value)?;
        quote(&mut self.out, &text);
        Ok(())
    }

    /// An object when all keys are text, pairs otherwise.
    fn map(&mut self, value: &Value<'js>) -> Written {
        let pairs = self.helpers.call("entries", (value.clone(),))?;
        if !self.enter(value)? {
            return Ok(());
        }
        let object = Object::from_value(pairs.clone())?;
        let count = length(&pairs);
        let mut keys = Vec::with_capacity(count);
        for index in 0..count {
            let pair: Object = object.get(index as u32)?;
            keys.push((pair.get::<_, Value>(0)?, pair.get::<_, Value>(1)?));
        }
        if keys.iter().all(|(key, _)| key.is_string()) {
            self.out.push('{');
            let mut some = false;
            for (key, item) in keys {
                let (item, kind) = self.resolved(item, || Ok(key.clone()))?;
                if self.is_left_out(kind) {
                    continue;
                }
                if some {
                    self.out.push(',');
                }
                some = true;
                self.string(&key)?;
                self.out.push(':');
                self.value(&item, kind)?;
            }
            self.out.push('}');
        } else {
            self.array(&pairs)?;
        }
        self.parents.pop();
        Ok(())
    }
}
