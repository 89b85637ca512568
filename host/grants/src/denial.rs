//! The reason for a refusal, and the line that would allow the operation.

use luminarys_text::{cut, is_hidden, redact, visible};
use serde::Serialize;
use thiserror::Error;

/// A refusal: the target, the reason, and the manifest line that would allow it.
#[derive(Clone, Debug, Error, PartialEq, Eq, Serialize)]
#[error("denied: {capability} {target}: {reason}{}", remedy(.rule))]
pub struct Denial {
    /// The capability: `filesystem`, `http`, …
    pub capability: String,
    /// The target of the operation, hidden characters escaped.
    pub target: String,
    /// The line that would allow it. It can be added to any manifest unchanged, at the left margin. Begins with `none`
    /// if no line would.
    pub rule: String,
    /// The reason for the refusal.
    pub reason: String,
}

/// Returns the advice to add the line that would allow the operation; empty if no line would.
fn remedy(rule: &str) -> String {
    if rule.starts_with("none") {
        return String::new();
    }
    format!("; to allow it, add to the manifest: {rule}")
}

impl Denial {
    /// Returns whether `text` says what was denied, why, and what would allow it.
    pub fn is_told_by(&self, text: &str) -> bool {
        let told = [&self.target, &self.reason, &self.rule];
        told.iter().all(|part| text.contains(part.as_str()))
    }

    /// Builds a denial; `target` may be anything that a skill passed. No line is offered that would contain a secret:
    /// redacted, it would grant something else.
    pub fn new(
        capability: &str,
        target: &str,
        reason: impl Into<String>,
        rule: impl Into<String>,
    ) -> Self {
        let mut rule = rule.into();
        let holds_secret = |text: &str| redact(text) != text;
        if holds_secret(target) || holds_secret(&rule) {
            "none: the line would hold a secret".clone_into(&mut rule);
        }
        Self {
            capability: capability.to_owned(),
            target: printable(target),
            rule,
            reason: reason.into(),
        }
    }

    /// Builds the denial of a section that is not enabled, or whose allowlist does not cover `target`; `pattern` is an
    /// entry that would.
    pub(crate) fn closed(section: &str, enabled: bool, target: &str, pattern: &str) -> Self {
        let rule = offer(
            &format!("permissions.{section}"),
            enabled,
            "allowlist",
            &[pattern.to_owned()],
        );
        let reason = match enabled {
            true => format!("no entry of permissions.{section}.allowlist matches"),
            false => format!("permissions.{section} is not enabled"),
        };
        Self::new(section, target, reason, rule)
    }
}

/// Returns the manifest line that adds `entries` to a list, and enables its section if it is disabled.
pub(crate) fn offer(section: &str, enabled: bool, list: &str, entries: &[String]) -> String {
    let entries: Vec<String> = entries.iter().map(|entry| quoted(entry)).collect();
    let entries = entries.join(", ");
    match enabled {
        true => format!("{section}.{list}: [{entries}]"),
        false => format!("{section}: {{enabled: true, {list}: [{entries}]}}"),
    }
}

/// Returns text from a skill for display: hidden characters escaped, at most 1024 characters.
pub(crate) fn printable(text: &str) -> String {
    visible(&cut(text, 1024)).into_owned()
}

/// Quotes the first 1024 characters of `text` for a sentence.
pub(crate) fn excerpt(text: &str) -> String {
    quoted(&cut(text, 1024))
}

/// Writes `text` as a YAML string that a manifest reads back unchanged.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::new();
    for character in serde_json::Value::String(text.to_owned())
        .to_string()
        .chars()
    {
        if is_hidden(character) {
            // Unlike JSON, YAML has no surrogate pairs for characters beyond the basic plane.
            match u32::from(character) {
                code @ ..=0xffff => out.push_str(&format!("\\u{code:04x}")),
                code => out.push_str(&format!("\\U{code:08x}")),
            }
        } else {
            out.push(character);
        }
    }
    out
}
