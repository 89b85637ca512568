//! The formats behind one interface.

use serde_json::{Map, Value};

use crate::{EditError, jsonc, toml, yaml};

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON, possibly with comments and trailing commas.
    Jsonc,
    /// TOML.
    Toml,
    /// YAML.
    Yaml,
}

impl Format {
    /// Reads the entry at `path`; `None` if there is none.
    ///
    /// # Errors
    /// [`EditError::Syntax`].
    pub fn get(self, text: &str, path: &[&str]) -> Result<Option<Value>, EditError> {
        let whole = match self {
            Self::Jsonc => jsonc::read(text)?,
            Self::Toml => toml::read(text)?,
            Self::Yaml => yaml::read(text)?,
        };
        Ok(at(&whole, path).cloned())
    }

    /// Sets the entry at `path`, replacing an existing one; missing mappings on the path are created.
    ///
    /// # Errors
    /// [`EditError`], also if the result would be ambiguous.
    pub fn set(self, text: &str, path: &[&str], value: &Value) -> Result<String, EditError> {
        match self {
            Self::Jsonc => verified(text, path, value, jsonc::read, jsonc::set),
            Self::Toml => verified(text, path, value, toml::read, toml::set),
            Self::Yaml => yaml::set(text, path, value),
        }
    }

    /// Appends `value` to the list at `path`, which is created if it is missing. For YAML only.
    ///
    /// # Errors
    /// [`EditError`], also for other formats.
    pub fn append(self, text: &str, path: &[&str], value: &Value) -> Result<String, EditError> {
        match self {
            Self::Yaml => yaml::append(text, path, value),
            Self::Jsonc | Self::Toml => Err(EditError::entangled(path)),
        }
    }

    /// Returns the text of a new file with only this entry.
    ///
    /// # Errors
    /// [`EditError`] for a value that the format cannot express.
    pub fn fresh(self, path: &[&str], value: &Value) -> Result<String, EditError> {
        self.set("", path, value)
    }
}

/// Changes `text`, parses the result, and compares it with the expected one.
fn verified(
    text: &str,
    path: &[&str],
    value: &Value,
    read: fn(&str) -> Result<Value, EditError>,
    set: fn(&str, &[&str], &Value) -> Result<String, EditError>,
) -> Result<String, EditError> {
    let mut expected = read(text)?;
    put(&mut expected, path, value);
    let changed = set(text, path, value)?;
    match read(&changed)? == expected {
        true => Ok(changed),
        false => Err(EditError::entangled(path)),
    }
}

fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

fn put(whole: &mut Value, path: &[&str], value: &Value) {
    let mut place = whole;
    for key in path {
        if place.is_null() {
            *place = Value::Object(Map::new());
        }
        let Value::Object(entries) = place else {
            return;
        };
        place = entries.entry(*key).or_insert(Value::Null);
    }
    *place = value.clone();
}

#[cfg(test)]
#[path = "format_tests.rs"]
mod tests;
