//! Lines as denials offer them. At the left margin of a manifest `permissions.fs.dirs: ["/data:ro"]` says the same as the
//! entry in its section, whether or not that is there: so a line can be pasted as it is shown, at the end of the file.
//!
//! Such a line only adds: it turns on what is off, and its entries join those of the list. An entry for a directory that
//! the section has as well takes that one's place.

use serde::Deserialize;
use serde_json::Value;

use super::raw::{RawInvokePolicy, RawManifest, RawPermissions};
use super::reader::{List, bare, split_mode};
use crate::yaml::{self, YamlError};

/// The most of such lines in one manifest.
const MAX_LINES: usize = 256;
/// The keys that such a line begins with.
const SECTIONS: [&str; 2] = ["permissions.", "invoke_policy."];

/// A line, its number and what is in it.
struct Line<'a> {
    number: usize,
    key: &'a str,
    value: &'a str,
}

/// What one line adds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Addition {
    #[serde(default)]
    permissions: RawPermissions,
    #[serde(default)]
    invoke_policy: RawInvokePolicy,
}

/// Reads a manifest with the lines that denials offered.
///
/// # Errors
/// [`YamlError`] as [`yaml::parse`], and for a line that does more than add.
pub(super) fn parse(file: &str, text: &str) -> Result<RawManifest, YamlError> {
    let lines = lines(text);
    if lines.is_empty() {
        return yaml::parse(file, text);
    }
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
    let mut manifest: RawManifest = yaml::parse(file, &rest)?;
    for line in lines {
        let addition = line.addition(file)?;
        manifest.permissions.join(addition.permissions);
        manifest.invoke_policy.join(addition.invoke_policy);
    }
    Ok(manifest)
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
        let is_offered = SECTIONS.iter().any(|section| key.starts_with(section));
        (is_offered && key.chars().all(is_key) && value.starts_with([' ', '\t'])).then_some(Line {
            number: index + 1,
            key,
            value,
        })
    });
    lines.collect()
}

impl Line<'_> {
    fn addition(&self, file: &str) -> Result<Addition, YamlError> {
        let parts: Vec<&str> = self.key.split('.').collect();
        // Behind as many line ends, so that what is read has this line's number. A comment may end the value.
        let text = format!(
            "{}{}:{}\n{}",
            "\n".repeat(self.number - 1),
            parts.join(": {"),
            self.value,
            "}".repeat(parts.len() - 1)
        );
        let addition = yaml::parse(file, &text)?;
        if !adds(&yaml::parse(file, &text)?) {
            let message = format!(
                "{}: a line like this only adds: `true`, or a list; write anything else in its section",
                self.key
            );
            return Err(YamlError::new(file, self.number as u64, message));
        }
        Ok(addition)
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

impl RawPermissions {
    fn join(&mut self, other: Self) {
        self.fs.enabled |= other.fs.enabled;
        join_directories(&mut self.fs.dirs, other.fs.dirs);
        self.http.enabled |= other.http.enabled;
        self.http.allow_websocket |= other.http.allow_websocket;
        self.http.allow_insecure |= other.http.allow_insecure;
        self.http.allowlist.extend(other.http.allowlist);
        self.http.addresses.extend(other.http.addresses);
        self.tcp.enabled |= other.tcp.enabled;
        self.tcp.allow_insecure |= other.tcp.allow_insecure;
        self.tcp.allowlist.extend(other.tcp.allowlist);
        self.tcp.addresses.extend(other.tcp.addresses);
        self.shell.enabled |= other.shell.enabled;
        self.shell.signal_others |= other.shell.signal_others;
        self.shell.allowlist.extend(other.shell.allowlist);
        join_directories(&mut self.shell.allowed_dirs, other.shell.allowed_dirs);
        let transfer = &mut self.file_transfer;
        transfer.enabled |= other.file_transfer.enabled;
        transfer
            .allowed_nodes
            .extend(other.file_transfer.allowed_nodes);
        join_directories(&mut transfer.local_dirs, other.file_transfer.local_dirs);
        self.events.emit.extend(other.events.emit);
        self.events.subscribe.extend(other.events.subscribe);
        // The first entry that matches has the say.
        self.store.shared.splice(0..0, other.store.shared);
        self.llm.enabled |= other.llm.enabled;
        self.schedule.join(other.schedule);
    }
}

impl RawInvokePolicy {
    fn join(&mut self, other: Self) {
        self.can_invoke.extend(other.can_invoke);
        self.can_be_invoked_by.extend(other.can_be_invoked_by);
    }
}

/// Adds directories, in place of entries for the same ones.
fn join_directories(list: &mut List, additions: List) {
    for addition in additions {
        let same = |text: &str| bare(split_mode(text).0).to_owned();
        let added = same(&addition.value);
        list.retain(|entry| same(&entry.value) != added);
        list.push(addition);
    }
}
