//! Lines as denials offer them. At the left margin of a manifest `permissions.fs.dirs: ["/data:ro"]` says the same as the
//! entry in its section, whether or not that is there: so a line can be pasted as it is shown, at the end of the file.
//!
//! Such a line only adds: it turns on what is off, and its entries join those of the list. An entry for a directory that
//! the section has as well takes that one's place. A line such as `env.NAME: text` adds a variable.

use serde::Deserialize;
use serde_json::Value;

use super::written::RawManifest;
use crate::capabilities::{RawEnv, RawInvokePolicy, RawPermissions, Variable, has_line, variables};
use crate::section::Written as _;
use crate::yaml::{self, YamlError};

/// The most of such lines in one manifest.
const MAX_LINES: usize = 256;
/// The keys that such a line begins with.
const SECTIONS: [&str; 2] = ["permissions.", "invoke_policy."];

/// What a line begins with that adds a variable.
const VARIABLE: &str = "env.";

/// A line, its number and what is in it.
struct Line<'a> {
    number: usize,
    key: &'a str,
    value: &'a str,
}

/// What one line adds to sections.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Addition {
    #[serde(default)]
    permissions: RawPermissions,
    #[serde(default)]
    invoke_policy: RawInvokePolicy,
}

/// Reads a manifest with the lines that denials offered, and its variables with those of the lines.
///
/// # Errors
/// [`YamlError`] as [`yaml::parse`], and for a line that does more than add.
pub(super) fn parse(file: &str, text: &str) -> Result<(RawManifest, Vec<Variable>), YamlError> {
    let lines = lines(text);
    if lines.len() > MAX_LINES {
        let message = format!("more than {MAX_LINES} lines such as `permissions.fs.dirs: […]`");
        return Err(YamlError::new(file, 0, message));
    }
    let mut rest = String::with_capacity(text.len());
    for (index, line) in text.lines().enumerate() {
        if !lines.iter().any(|taken| taken.number == index + 1) {
            rest.push_str(line);
        }
        rest.push('\n');
    }
    let rest = if lines.is_empty() { text } else { &rest };
    let mut manifest: RawManifest = yaml::parse(file, rest)?;
    let mut all = variables(std::mem::take(&mut manifest.env), rest);
    for line in lines {
        let (addition, added) = line.addition(file)?;
        manifest.permissions.add(addition.permissions);
        manifest.invoke_policy.add(addition.invoke_policy);
        for variable in added {
            if all.iter().any(|other| other.name == variable.name) {
                let message = format!("env.{}: the variable stands here twice", variable.name);
                return Err(YamlError::new(file, variable.line, message));
            }
            all.push(variable);
        }
    }
    Ok((manifest, all))
}

/// The lines at the left margin whose keys have dots. A mapping in braces has none.
fn lines(text: &str) -> Vec<Line<'_>> {
    let is_content = |line: &&str| !line.trim().is_empty() && !line.starts_with(['#', '%']);
    let first = text.lines().find(is_content);
    if first.is_some_and(|line| line.trim_start().starts_with('{')) {
        return Vec::new();
    }
    let numbered = text.lines().enumerate();
    let lines = numbered.filter_map(|(index, line)| {
        let (key, value) = line.split_once(':')?;
        let is_key = |c: char| c.is_ascii_lowercase() || "._".contains(c);
        let is_section = SECTIONS.iter().any(|section| key.starts_with(section));
        let is_offered = match key.strip_prefix(VARIABLE) {
            Some(name) => has_line(name),
            None => is_section && key.chars().all(is_key),
        };
        (is_offered && value.starts_with([' ', '\t'])).then_some(Line {
            number: index + 1,
            key,
            value,
        })
    });
    lines.collect()
}

impl Line<'_> {
    /// Reads what the line adds, and its variable.
    fn addition(&self, file: &str) -> Result<(Addition, Vec<Variable>), YamlError> {
        // Behind as many line ends, so that what is read has this line's number.
        let before = "\n".repeat(self.number - 1);
        if let Some(name) = self.key.strip_prefix(VARIABLE) {
            let source = format!("{before}{name}:{}\n", self.value);
            let env: RawEnv = yaml::parse(file, &source)?;
            return Ok((Addition::default(), variables(env, &source)));
        }
        let parts: Vec<&str> = self.key.split('.').collect();
        // A comment may end the value.
        let source = format!(
            "{before}{}:{}\n{}",
            parts.join(": {"),
            self.value,
            "}".repeat(parts.len() - 1)
        );
        let addition = yaml::parse(file, &source)?;
        if !adds(&yaml::parse(file, &source)?) {
            let message = format!(
                "{}: a line like this only adds: `true`, or a list; write anything else in its section",
                self.key
            );
            return Err(YamlError::new(file, self.number as u64, message));
        }
        Ok((addition, Vec::new()))
    }
}

/// Whether a value turns things on and lists entries, and nothing else.
fn adds(value: &Value) -> bool {
    match value {
        Value::Object(keys) => keys.values().all(adds),
        Value::Array(_) => true,
        other => *other == Value::Bool(true),
    }
}
