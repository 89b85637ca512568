//! A value that is text or a mapping.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::{LIST_AS_TEXT, NULL_AS_TEXT};

/// A value that is text or a mapping.
pub enum Value<T> {
    /// Text as written.
    Text(String),
    /// A mapping.
    Other(T),
}

/// Text or a mapping of the type `T`, as it comes from the parser: see [`TextOr::read`].
pub struct TextOr<T>(Found<T>);

enum Found<T> {
    Value(Value<T>),
    /// A boolean or number to YAML. The text as written is found by its place.
    Understood,
    /// The reason that it is neither text nor a mapping.
    Neither(&'static str),
}

impl<T> TextOr<T> {
    /// Returns the value that was found in `source`, the whole file.
    ///
    /// # Errors
    /// A message that names the value found instead.
    pub fn read(found: Spanned<Self>, source: &str) -> Result<Value<T>, String> {
        match found.value.0 {
            Found::Value(value) => return Ok(value),
            Found::Neither(what) => return Err(what.to_owned()),
            Found::Understood => {}
        }
        let span = found.defined.span();
        let range = span.byte_offset().zip(span.byte_len());
        let range = range.and_then(|(start, length)| {
            let start = usize::try_from(start).ok()?;
            Some(start..start.checked_add(usize::try_from(length).ok()?)?)
        });
        let written = range.and_then(|range| source.get(range));
        // Parsed again for quoted text with a tag such as `!!int`.
        let text = written.and_then(|written| serde_saphyr::from_str(written).ok());
        let text = text.ok_or("cannot be read as text; put it in quotes")?;
        Ok(Value::Text(text))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for TextOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = deserializer.deserialize_any(Either(PhantomData))?;
        Ok(Self(found))
    }
}

struct Either<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
    type Value = Found<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text or a mapping")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Found<T>, E> {
        Ok(Found::Understood)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Found<T>, E> {
        Ok(Found::Understood)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Found<T>, E> {
        Ok(Found::Understood)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Found<T>, E> {
        Ok(Found::Understood)
    }

    fn visit_str<E>(self, text: &str) -> Result<Found<T>, E> {
        Ok(Found::Value(Value::Text(text.to_owned())))
    }

    // Reported by `read`: errors from here would have the place of the preceding key.
    fn visit_unit<E>(self) -> Result<Found<T>, E> {
        Ok(Found::Neither(NULL_AS_TEXT))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Found<T>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Found::Neither(LIST_AS_TEXT))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Found<T>, A::Error> {
        let other = T::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Found::Value(Value::Other(other)))
    }
}
