//! Why something was refused, and what would allow it.

use luminarys_text::{cut, is_hidden, redact, visible};
use serde::Serialize;
use thiserror::Error;

/// A refusal: what was asked, why not, and the manifest line that would change it.
#[derive(Clone, Debug, Error, PartialEq, Eq, Serialize)]
#[error("denied: {capability} {target}: {reason}{}", remedy(.rule))]
pub struct Denial {
    /// The capability: `filesystem`, `http`, …
    pub capability: String,
    /// What was asked, hidden characters escaped.
    pub target: String,
    /// The line that would allow it. It can be added to any manifest as it is, at the left margin.
    /// Where there is none it begins with `none`.
    pub rule: String,
    /// Why it is refused.
    pub reason: String,
}

/// The advice to add the line that would allow something; empty where no line would.
fn remedy(rule: &str) -> String {
    if rule.starts_with("none") {
        return String::new();
    }
    format!("; to allow it, add to the manifest: {rule}")
}

impl Denial {
    /// Makes a denial; `target` may be anything a skill passed. No line is offered that would hold a secret: redacted, it
    /// would be another line.
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

    /// Makes the denial of a section that is not enabled, or whose allowlist does not cover `target`; `pattern` is the
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

/// Returns the manifest's line that adds `entries` to a list, and turns its section on where that is off.
pub(crate) fn offer(section: &str, enabled: bool, list: &str, entries: &[String]) -> String {
    let entries: Vec<String> = entries.iter().map(|entry| quoted(entry)).collect();
    let entries = entries.join(", ");
    match enabled {
        true => format!("{section}.{list}: [{entries}]"),
        false => format!("{section}: {{enabled: true, {list}: [{entries}]}}"),
    }
}

/// Text from a skill as it may be shown: hidden characters escaped, at most 1024 characters.
pub(crate) fn printable(text: &str) -> String {
    visible(&cut(text, 1024)).into_owned()
}

/// Writes `text` as it may be shown in a sentence: in quotes, and its first 1024 characters.
pub(crate) fn excerpt(text: &str) -> String {
    quoted(&cut(text, 1024))
}

/// Writes `text` as a YAML string: pasted into a manifest it is that text, to the character.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::new();
    for character in serde_json::Value::String(text.to_owned())
        .to_string()
        .chars()
    {
        if is_hidden(character) {
            // YAML has no pairs of escapes for what is beyond the basic plane, as JSON has.
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
