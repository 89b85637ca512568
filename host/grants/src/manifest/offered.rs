//! The lines that denials offer. At the left margin of a manifest, `permissions.fs.dirs: ["/data:ro"]` means the same
//! as the entry in its section, whether or not the section exists: the line can be pasted unchanged at the end of the
//! file.
//!
//! Such a line only adds: it enables switches and appends entries to lists. An entry for a directory that the section
//! already lists replaces that entry. A line such as `env.NAME: text` adds a variable.

use serde::Deserialize;
use serde_json::Value;

use super::written::RawManifest;
use crate::capabilities::{RawEnv, RawInvokePolicy, RawPermissions, Variable, has_line, variables};
use crate::section::Written as _;
use crate::yaml::{self, YamlError};

/// The maximum number of such lines in one manifest.
const MAX_LINES: usize = 256;
/// The prefixes of such a line's key.
const SECTIONS: [&str; 2] = ["permissions.", "invoke_policy."];

/// The prefix of a line that adds a variable.
const VARIABLE: &str = "env.";

/// A line with its number and content.
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

/// Parses a manifest and its variables, including the lines that denials offered.
///
/// # Errors
/// [`YamlError`] as for [`yaml::parse`], and for a line that does more than add.
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

/// Returns the lines at the left margin whose keys contain dots. A mapping in braces has none.
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
    /// Parses the line's additions and its variable.
    fn addition(&self, file: &str) -> Result<(Addition, Vec<Variable>), YamlError> {
        // Preceded by empty lines, so that errors have this line's number.
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

/// Returns whether a value only enables switches and lists entries.
fn adds(value: &Value) -> bool {
    match value {
        Value::Object(keys) => keys.values().all(adds),
        Value::Array(_) => true,
        other => *other == Value::Bool(true),
    }
}
