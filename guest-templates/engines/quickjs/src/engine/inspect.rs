//! Values as people read them: what `console` prints.

use std::fmt::Write as _;

use rquickjs::{Filter, Object, Result, Value};

use super::headline::headline;
use super::helpers::Helpers;
use super::kinds::{self, Kind};
use super::text::{cut, length, quote, text};

/// Levels of objects that are shown.
const DEPTH: usize = 4;
/// Items of a list, properties of an object that are shown.
const ITEMS: usize = 100;
/// The longest text of one value, in bytes; more is cut off.
const LENGTH: usize = 16 << 10;
/// The longest object that stays on one line.
const LINE: usize = 76;

/// Returns a value as text: strings as they are.
pub(super) fn shown<'js>(helpers: &Helpers<'js>, value: &Value<'js>) -> Result<String> {
    if value.is_string() {
        return cut(helpers, value, LENGTH);
    }
    let mut view = View {
        helpers,
        parents: Vec::new(),
        size: 0,
    };
    view.value(value)
}

/// Returns a value that is part of a line: functions, symbols, patterns, promises by their names.
pub(super) fn short<'js>(helpers: &Helpers<'js>, value: &Value<'js>) -> Result<String> {
    let mut view = View {
        helpers,
        parents: Vec::new(),
        size: 0,
    };
    view.leaf(value, Kind::of(value))
}

struct View<'h, 'js> {
    helpers: &'h Helpers<'js>,
    parents: Vec<Value<'js>>,
    /// Bytes so far.
    size: usize,
}

impl<'js> View<'_, 'js> {
    fn value(&mut self, value: &Value<'js>) -> Result<String> {
        let shown = match Kind::of(value) {
            Kind::Array => self.list(value, String::new(), '[', ']')?,
            Kind::Numbers => self.items(value, "TypedArray")?,
            Kind::Set => self.items(value, "Set")?,
            Kind::Map => self.map(value)?,
            Kind::Object => self.object(value)?,
            kind => self.leaf(value, kind)?,
        };
        self.size += shown.len();
        Ok(shown)
    }

    fn leaf(&mut self, value: &Value<'js>, kind: Kind) -> Result<String> {
        Ok(match kind {
            Kind::Undefined => "undefined".to_owned(),
            Kind::Null => "null".to_owned(),
            Kind::Boolean | Kind::Number => text(value)?,
            Kind::BigInt => format!("{}n", text(value)?),
            Kind::String => {
                let text = cut(self.helpers, value, LENGTH / 4)?;
                let mut quoted = String::new();
                quote(&mut quoted, &text);
                quoted
            }
            Kind::Symbol => {
                let described = self.helpers.call("described", (value.clone(),))?;
                cut(self.helpers, &described, 200)?
            }
            Kind::Function => {
                let name = Object::from_value(value.clone())?.get::<_, Value>("name");
                let name = name.ok().filter(Value::is_string);
                let name = name.map(|name| cut(self.helpers, &name, 100)).transpose()?;
                match name.filter(|name| !name.is_empty()) {
                    Some(name) => format!("[Function: {name}]"),
                    None => "[Function (anonymous)]".to_owned(),
                }
            }
            Kind::RegExp => {
                let described = self.helpers.call("pattern", (value.clone(),))?;
                cut(self.helpers, &described, 1000)?
            }
            Kind::Date => {
                let iso = self.helpers.call("iso", (value.clone(),))?;
                match iso.is_string() {
                    true => text(&iso)?,
                    false => "Invalid Date".to_owned(),
                }
            }
            Kind::Error => headline(self.helpers, value),
            Kind::Promise => self.promise(value)?,
            Kind::Bytes => {
                let bytes = kinds::bytes(value).unwrap_or_default();
                let mut shown = format!("Bytes({}) [", bytes.len());
                for byte in bytes.iter().take(32) {
                    let _ = write!(shown, " {byte:02x}");
                }
                shown += if bytes.len() > 32 { " … ]" } else { " ]" };
                shown
            }
            Kind::Array => "[Array]".to_owned(),
            Kind::Map => "[Map]".to_owned(),
            Kind::Set => "[Set]".to_owned(),
            Kind::Numbers => "[TypedArray]".to_owned(),
            Kind::Object => "[Object]".to_owned(),
        })
    }

    fn promise(&mut self, value: &Value<'js>) -> Result<String> {
        use rquickjs::promise::PromiseState;
        let Some(promise) = value.as_promise() else {
            return Ok("[Promise]".to_owned());
        };
        match promise.state() {
            PromiseState::Pending => Ok("[Promise: pending]".to_owned()),
            PromiseState::Resolved => Ok("[Promise: fulfilled]".to_owned()),
            PromiseState::Rejected => Ok(match promise.result::<Value>() {
                Some(Err(_)) => {
                    let reason = value.ctx().catch();
                    format!(
                        "[Promise: rejected with {}]",
                        self.leaf(&reason, Kind::of(&reason))?
                    )
                }
                _ => "[Promise: rejected]".to_owned(),
            }),
        }
    }

    /// Whether an object's content is shown: what stands for it otherwise.
    fn enter(&mut self, value: &Value<'js>) -> Result<Option<String>> {
        if self.parents.iter().any(|parent| parent == value) {
            return Ok(Some("[Circular]".to_owned()));
        }
        if self.parents.len() >= DEPTH || self.size > LENGTH {
            return self.leaf(value, Kind::of(value)).map(Some);
        }
        self.parents.push(value.clone());
        Ok(None)
    }

    fn items(&mut self, value: &Value<'js>, name: &str) -> Result<String> {
        if let Some(instead) = self.enter(value)? {
            return Ok(instead);
        }
        let items = self.helpers.call("items", (value.clone(),))?;
        let (open, close) = if name == "Set" {
            ('{', '}')
        } else {
            ('[', ']')
        };
        let shown = self.list(&items, format!("{name}({}) ", length(&items)), open, close)?;
        self.parents.pop();
        Ok(shown)
    }

    fn list(
        &mut self,
        value: &Value<'js>,
        mut name: String,
        open: char,
        close: char,
    ) -> Result<String> {
        if let Some(instead) = self.enter(value)? {
            return Ok(instead);
        }
        let object = Object::from_value(value.clone())?;
        let count = length(value);
        let mut parts = Vec::new();
        for index in 0..count.min(ITEMS) {
            if self.size > LENGTH {
                break;
            }
            let item: Value = object.get(index as u32)?;
            parts.push(self.value(&item)?);
        }
        if parts.len() < count {
            parts.push(format!("… {} more", count - parts.len()));
        }
        self.parents.pop();
        name += &self.joined(parts, open, close);
        Ok(name)
    }

    fn map(&mut self, value: &Value<'js>) -> Result<String> {
        if let Some(instead) = self.enter(value)? {
            return Ok(instead);
        }
        let pairs = self.helpers.call("entries", (value.clone(),))?;
        let pairs_object = Object::from_value(pairs.clone())?;
        let count = length(&pairs);
        let mut parts = Vec::new();
        for index in 0..count.min(ITEMS) {
            if self.size > LENGTH {
                break;
            }
            let pair: Object = pairs_object.get(index as u32)?;
            let (key, item): (Value, Value) = (pair.get(0)?, pair.get(1)?);
            parts.push(format!("{} => {}", self.value(&key)?, self.value(&item)?));
        }
        if parts.len() < count {
            parts.push(format!("… {} more", count - parts.len()));
        }
        self.parents.pop();
        Ok(format!("Map({count}) {}", self.joined(parts, '{', '}')))
    }

    fn object(&mut self, value: &Value<'js>) -> Result<String> {
        if let Some(instead) = self.enter(value)? {
            return Ok(instead);
        }
        let object = Object::from_value(value.clone())?;
        let mut parts = Vec::new();
        let mut more = 0;
        for key in object.own_keys::<Value>(Filter::default()) {
            let key = key?;
            if parts.len() >= ITEMS || self.size > LENGTH {
                more += 1;
                continue;
            }
            let item: Value = object.get(key.clone())?;
            let name = cut(self.helpers, &key, 200)?;
            parts.push(format!("{}: {}", named(&name), self.value(&item)?));
        }
        if more > 0 {
            parts.push(format!("… {more} more"));
        }
        self.parents.pop();
        let class = self.helpers.call("class", (value.clone(),))?;
        let class = match class.is_string() {
            true => format!("{} ", cut(self.helpers, &class, 100)?),
            false => String::new(),
        };
        Ok(class + &self.joined(parts, '{', '}'))
    }

    fn joined(&self, parts: Vec<String>, open: char, close: char) -> String {
        if parts.is_empty() {
            return format!("{open}{close}");
        }
        let width: usize = parts.iter().map(|part| part.len() + 2).sum();
        if width <= LINE && parts.iter().all(|part| !part.contains('\n')) {
            return format!("{open} {} {close}", parts.join(", "));
        }
        let margin = "  ".repeat(self.parents.len() + 1);
        let end = "  ".repeat(self.parents.len());
        let lines = parts.join(&format!(",\n{margin}"));
        format!("{open}\n{margin}{lines}\n{end}{close}")
    }
}

/// A property's name, quoted unless it could be an identifier.
fn named(name: &str) -> String {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
    if !name.is_empty() && name.chars().all(is_word) {
        return name.to_owned();
    }
    let mut quoted = String::new();
    quote(&mut quoted, name);
    quoted
}
