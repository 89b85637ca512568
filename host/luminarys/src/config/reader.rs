//! Reads the values of one file: replaces variables, then interprets the text, with places in errors.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use luminarys_grants::yaml::{self, YamlError};
use luminarys_text::cut;
use serde_saphyr::Location;

use super::environment::Environment;
use super::raw::Text;

/// The maximum number of characters of a value in an error.
const SHOWN: usize = 100;

/// Reads values of one file.
pub(super) struct Reader<'a> {
    /// The file's name in errors.
    pub name: &'a str,
    /// The base of relative paths.
    pub base: &'a Path,
    pub environment: &'a Environment,
}

impl Reader<'_> {
    /// Makes an error at `place`.
    pub fn at(&self, place: Location, message: impl Into<String>) -> YamlError {
        YamlError {
            place: self.place(place),
            message: message.into(),
        }
    }

    /// Returns `FILE:LINE:COLUMN`, or the known part of it.
    pub fn place(&self, place: Location) -> String {
        match (place.line(), place.column()) {
            (0, _) => self.name.to_owned(),
            (line, column) => format!("{}:{line}:{column}", self.name),
        }
    }

    pub fn fill(&self, text: &Text) -> Result<String, YamlError> {
        self.fill_at(&text.value, text.referenced)
    }

    pub fn fill_at(&self, text: &str, place: Location) -> Result<String, YamlError> {
        let get = |name: &str| self.environment.get(name);
        yaml::interpolate(text, &get).map_err(|message| self.at(place, message))
    }

    /// Reads a string, which must not be empty if the key is present.
    pub fn text(&self, key: &str, text: Option<&Text>) -> Result<Option<String>, YamlError> {
        let Some(text) = text else { return Ok(None) };
        match self.fill(text)? {
            value if value.trim().is_empty() => {
                let message = format!("{key} is empty; leave the key out, or give it a value");
                Err(self.at(text.referenced, message))
            }
            value => Ok(Some(value)),
        }
    }

    /// Reads a path relative to the configuration's directory.
    pub fn path(&self, key: &str, text: Option<&Text>) -> Result<Option<PathBuf>, YamlError> {
        let path = self.text(key, text)?;
        match (text, path) {
            (Some(text), Some(path)) if path.contains('\0') => {
                let message = format!("{key}: a path must not contain NUL characters");
                Err(self.at(text.referenced, message))
            }
            (_, path) => Ok(path.map(|path| self.base.join(path))),
        }
    }

    /// Reads the strings of a list, each converted by `check`. They are not shown in errors, since some are secrets.
    pub fn list(
        &self,
        key: &str,
        texts: &[Text],
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Result<Vec<String>, YamlError> {
        let one = |(index, text): (usize, &Text)| {
            let key = format!("{key}[{index}]");
            let value = self.fill(text)?;
            if value.trim().is_empty() {
                return Err(self.at(text.referenced, format!("{key} is empty")));
            }
            check(&value).map_err(|reason| self.at(text.referenced, format!("{key} {reason}")))?;
            Ok(value)
        };
        texts.iter().enumerate().map(one).collect()
    }

    pub fn switch(&self, key: &str, text: Option<&Text>) -> Result<Option<bool>, YamlError> {
        let Some(text) = text else { return Ok(None) };
        let value = self.fill(text)?;
        let parsed = value.parse().map(Some);
        parsed.map_err(|_| {
            let value = cut(&value, SHOWN);
            let message = format!("{key}: {value:?} is not true or false");
            self.at(text.referenced, message)
        })
    }

    /// Reads an integer within `range`.
    pub fn whole<T: TryFrom<u64>>(
        &self,
        key: &str,
        text: Option<&Text>,
        range: RangeInclusive<u64>,
    ) -> Result<Option<T>, YamlError> {
        let Some(text) = text else { return Ok(None) };
        let value = self.fill(text)?;
        let number: Option<u64> = value.parse().ok();
        let number = number.filter(|number| range.contains(number));
        match number.and_then(|number| T::try_from(number).ok()) {
            Some(number) => Ok(Some(number)),
            None => {
                let (value, least, most) = (cut(&value, SHOWN), range.start(), range.end());
                let message =
                    format!("{key}: {value:?} is not a whole number from {least} to {most}");
                Err(self.at(text.referenced, message))
            }
        }
    }

    /// Reads a number of MiB of at least `least`, and returns it in bytes.
    pub fn mebibytes(
        &self,
        key: &str,
        text: Option<&Text>,
        least: u64,
    ) -> Result<Option<u64>, YamlError> {
        let number: Option<u64> = self.whole(key, text, least..=u64::MAX >> 20)?;
        Ok(number.map(|number| number << 20))
    }
}

/// Returns `; did you mean …?` if a known name is similar.
pub(crate) fn nearest(word: &str, known: &[&str]) -> String {
    let likeness = |known: &str| strsim::jaro_winkler(word, known);
    let best = known
        .iter()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match best {
        Some(best) if likeness(best) > 0.7 => format!("; did you mean `{best}`?"),
        _ => String::new(),
    }
}
