//! Reads and writes a descriptor: names, counts, lengths and characters are checked here, so that no other code has
//! to. Every string in it may be shown to a person or a model, so none may have a hidden character
//! ([`luminarys_text::check`]).

use std::collections::HashSet;

use luminarys_text::HiddenCharacter;
use serde_json::Value;

use crate::hints::check_hints;
use crate::{Descriptor, Method, PackageError, Parameter, Requirement};

/// The only version of the format so far.
const VERSION: u32 = 1;
const MAX_BYTES: usize = 1 << 20;
const MAX_METHODS: usize = 1_000;
const MAX_PARAMETERS: usize = 200;
const MAX_ENUMERATION: usize = 1_000;
const MAX_PROSE: usize = 64 << 10;
const MAX_LINE: usize = 4 << 10;
const MAX_NAME: usize = 100;
const MAX_ID: usize = 200;

const KINDS: [&str; 7] = [
    "string", "integer", "number", "boolean", "bytes", "object", "array",
];

type Checked = Result<(), PackageError>;

impl Descriptor {
    /// Parses and checks the content of a descriptor section.
    pub(crate) fn from_json(bytes: &[u8]) -> Result<Self, PackageError> {
        check_size(bytes.len())?;
        let descriptor: Self = serde_json::from_slice(bytes)
            .map_err(|error| PackageError::Descriptor(error.to_string()))?;
        descriptor.validate()?;
        Ok(descriptor)
    }

    /// Returns the content of a descriptor section, checked.
    pub(crate) fn to_json(&self) -> Result<Vec<u8>, PackageError> {
        self.validate()?;
        let json = serde_json::to_vec(self)
            .map_err(|error| PackageError::Descriptor(error.to_string()))?;
        check_size(json.len())?;
        Ok(json)
    }

    /// Checks names, counts and lengths.
    ///
    /// # Errors
    /// [`PackageError::Descriptor`] with the reason.
    pub fn validate(&self) -> Result<(), PackageError> {
        if self.version != VERSION {
            return wrong(format!(
                "its version is {}; this host knows version {VERSION}",
                self.version
            ));
        }
        if !is_id(&self.id) {
            return wrong(format!(
                "the id {:?} must be three or more segments of a-z, 0-9 and inner hyphens, separated by dots",
                self.id
            ));
        }
        line("name", &self.name)?;
        prose("description", &self.description)?;
        optional_line("language", self.language.as_deref())?;
        optional_line("sdk", self.sdk.as_deref())?;
        if self.skill_version.to_string().len() > MAX_NAME {
            return wrong(format!("skill_version is longer than {MAX_NAME} bytes"));
        }
        at_most("methods", self.methods.len(), MAX_METHODS)?;
        at_most("requirements", self.requirements.len(), MAX_METHODS)?;
        let mut names = HashSet::new();
        for method in &self.methods {
            check_method(method)?;
            if !names.insert(&method.name) {
                return wrong(format!("the method {} is repeated", method.name));
            }
        }
        self.requirements.iter().try_for_each(check_requirement)
    }
}

fn check_size(bytes: usize) -> Checked {
    if bytes > MAX_BYTES {
        return wrong(format!("it is {bytes} bytes; at most {MAX_BYTES} are read"));
    }
    Ok(())
}

fn check_method(method: &Method) -> Checked {
    let name = &method.name;
    if !is_name(name) {
        return wrong(format!(
            "the method name {name:?} must be up to {MAX_NAME} of a-z, 0-9 and _, starting with a letter"
        ));
    }
    optional_line(&format!("{name}: export"), method.export.as_deref())?;
    prose(&format!("{name}: description"), &method.description)?;
    let result = method.result.as_deref().unwrap_or_default();
    prose(&format!("{name}: result"), result)?;
    if let Some(title) = &method.title {
        title_line(&format!("{name}: title"), title)?;
    }
    check_hints(&method.hints).or_else(|reason| wrong(format!("{name}: {reason}")))?;
    let count = method.params.len();
    at_most(&format!("{name}: parameters"), count, MAX_PARAMETERS)?;
    let mut names = HashSet::new();
    for parameter in &method.params {
        if !is_name(&parameter.name) || !names.insert(&parameter.name) {
            return wrong(format!(
                "{name}: the parameter name {:?} is not valid or is repeated",
                parameter.name
            ));
        }
        check_parameter(&format!("{name}: {}", parameter.name), parameter)?;
    }
    Ok(())
}

/// Recursion is bounded by the JSON parser's limit on nesting.
fn check_parameter(place: &str, parameter: &Parameter) -> Checked {
    let kind = parameter.kind.as_deref();
    if let Some(kind) = kind.filter(|kind| !KINDS.contains(kind)) {
        let known = KINDS.join(", ");
        return wrong(format!("{place}: the type {kind:?} is none of {known}"));
    }
    prose(&format!("{place}: description"), &parameter.description)?;
    let count = parameter.enumeration.len();
    at_most(&format!("{place}: enum"), count, MAX_ENUMERATION)?;
    for case in &parameter.enumeration {
        line(&format!("{place}: enum"), case)?;
    }
    for (what, given) in [
        ("default", &parameter.default),
        ("example", &parameter.example),
    ] {
        if let Some(given) = given {
            value(&format!("{place}: {what}"), given)?;
        }
    }
    match &parameter.items {
        // Elements of an array need no name.
        Some(items) if !items.name.is_empty() && !is_name(&items.name) => wrong(format!(
            "{place}: the name {:?} of its items is not valid",
            items.name
        )),
        Some(items) => check_parameter(place, items),
        None => Ok(()),
    }
}

fn check_requirement(requirement: &Requirement) -> Checked {
    // Kinds unknown to this host are reported by the check of the manifest.
    if !is_name(&requirement.kind) {
        return wrong(format!(
            "{:?} is not a kind of requirement",
            requirement.kind
        ));
    }
    let place = format!("requirement {}", requirement.kind);
    line(&place, &requirement.pattern)?;
    match requirement.mode.as_deref() {
        None | Some("ro" | "rw") => Ok(()),
        Some(mode) => wrong(format!("{place}: the mode {mode:?} is neither ro nor rw")),
    }
}

/// Tells whether `id` is a valid skill id: three or more segments of `a-z 0-9 -`, separated by dots.
#[must_use]
pub fn is_id(id: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let valid = |segment: &str| {
        let edges = segment.starts_with('-') || segment.ends_with('-');
        !segment.is_empty() && !edges && segment.bytes().all(known)
    };
    id.len() <= MAX_ID && id.split('.').count() >= 3 && id.split('.').all(valid)
}

/// Tells whether `name` is valid for a method or parameter: up to 100 of `a-z 0-9 _`, starting with a letter.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    name.len() <= MAX_NAME
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(known)
}

fn at_most(what: &str, count: usize, limit: usize) -> Checked {
    if count > limit {
        return wrong(format!("{what}: {count}; at most {limit} are taken"));
    }
    Ok(())
}

/// Checks a title, which is shown on buttons and in lists.
fn title_line(what: &str, text: &str) -> Checked {
    at_most_bytes(what, text, MAX_NAME)?;
    if text.trim().is_empty() {
        return wrong(format!("{what}: it is empty"));
    }
    visible(what, luminarys_text::check_line(text))
}

fn optional_line(what: &str, text: Option<&str>) -> Checked {
    text.map_or(Ok(()), |text| line(what, text))
}

/// Checks a string of one line without hidden characters.
fn line(what: &str, text: &str) -> Checked {
    at_most_bytes(what, text, MAX_LINE)?;
    visible(what, luminarys_text::check_line(text))
}

/// Checks a string of several lines without hidden characters.
fn prose(what: &str, text: &str) -> Checked {
    at_most_bytes(what, text, MAX_PROSE)?;
    visible(what, luminarys_text::check(text))
}

/// Checks the strings and keys of a JSON value. Line breaks and tabs are visible in JSON, where they are escaped.
fn value(what: &str, value: &Value) -> Checked {
    let text = |text: &str| visible(what, luminarys_text::check(&text.replace('\r', "")));
    match value {
        Value::String(string) => text(string),
        Value::Array(items) => items.iter().try_for_each(|item| self::value(what, item)),
        Value::Object(entries) => entries.iter().try_for_each(|(key, entry)| {
            text(key)?;
            self::value(what, entry)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn visible(what: &str, checked: Result<(), HiddenCharacter>) -> Checked {
    checked.or_else(|hidden| wrong(format!("{what}: {hidden}")))
}

fn at_most_bytes(what: &str, text: &str, limit: usize) -> Checked {
    let length = text.len();
    if length > limit {
        return wrong(format!("{what}: {length} bytes; at most {limit} are taken"));
    }
    Ok(())
}

fn wrong<T>(text: String) -> Result<T, PackageError> {
    Err(PackageError::Descriptor(text))
}

#[cfg(test)]
#[path = "validate_tests.rs"]
mod tests;
