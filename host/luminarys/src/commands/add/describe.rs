//! Describes a package for the user who decides about it.

use std::fmt::{self, Write as _};

use luminarys_package::{Method, Requirement, Visibility, imports};
use luminarys_text::{visible, visible_lines};

use super::source::Found;
use crate::output::Paint;

/// Interfaces that need a grant: their subject, the section of the manifest, and the key of --grant.
const CAPABILITIES: [(&str, &str, &str, &str); 8] = [
    ("filesystem", "files", "fs", "fs"),
    ("archive", "files", "fs", "fs"),
    ("http", "HTTP", "http", "http"),
    ("websocket", "WebSockets", "http", "ws"),
    ("tcp", "TCP connections", "tcp", "tcp"),
    ("shell", "commands", "shell", "shell"),
    ("skills", "other skills", "invoke", "invoke"),
    ("llm", "language models", "llm", "llm"),
];

/// A capability that a package can use if it is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Capability {
    /// For people.
    pub what: &'static str,
    /// The section of the manifest.
    pub section: &'static str,
    /// The key of --grant.
    pub key: &'static str,
}

/// Returns what a package can use, according to the interfaces that it imports.
pub(super) fn capabilities(bytes: &[u8]) -> Vec<Capability> {
    let names = imports(bytes).unwrap_or_default();
    let mut found: Vec<Capability> = Vec::new();
    for (interface, what, section, key) in CAPABILITIES {
        let is_imported = |name: &String| {
            let name = name.strip_prefix("luminarys:skill/");
            name.and_then(|name| name.split('@').next()) == Some(interface)
        };
        let capability = Capability { what, section, key };
        if names.iter().any(is_imported) && !found.contains(&capability) {
            found.push(capability);
        }
    }
    found
}

/// Whether the signer of a package is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signer {
    Trusted,
    Unknown,
    /// `trust` is `any`.
    AnyIsTrusted,
}

/// Describes the package: its signer, methods and requirements.
///
/// # Errors
/// Never fails: writing to a string does not.
pub(super) fn package(found: &Found, signer: Signer, paint: Paint) -> Result<String, fmt::Error> {
    let descriptor = &found.package.descriptor;
    let mut text = String::new();
    let title = format!("{} {}", descriptor.id, descriptor.skill_version);
    writeln!(
        text,
        "{}  {}",
        paint.strong(title),
        visible(&descriptor.name)
    )?;
    if !descriptor.description.trim().is_empty() {
        writeln!(
            text,
            "  {}",
            visible_lines(descriptor.description.trim(), "  ")
        )?;
    }
    writeln!(text, "  from       {}", visible(&found.from))?;
    writeln!(text, "  digest     {}", found.digest)?;
    let trust = match signer {
        Signer::Trusted => paint.good("trusted"),
        Signer::Unknown => paint.bad("NOT TRUSTED"),
        Signer::AnyIsTrusted => paint.doubtful("not checked: `trust` is `any`"),
    };
    match &found.signer {
        Some(key) => writeln!(text, "  signer     {}  {trust}", key.id())?,
        None => writeln!(text, "  signer     none  {trust}")?,
    }
    let is_offered = |method: &&Method| method.visibility == Visibility::Public;
    let methods = descriptor.methods.iter().filter(is_offered);
    let methods: Vec<&str> = methods.map(|method| method.name.as_str()).collect();
    writeln!(text, "  methods    {}", visible(&methods.join(", ")))?;
    if descriptor.requirements.is_empty() {
        writeln!(text, "  requires   nothing")?;
    }
    for one in &descriptor.requirements {
        writeln!(text, "  requires   {}", visible(&requirement(one)))?;
    }
    Ok(text)
}

/// Formats a requirement as `luminarys check` does.
pub(super) fn requirement(one: &Requirement) -> String {
    let mode = one.mode.as_deref().unwrap_or_default();
    let text = format!("{} {} {mode}", one.kind, one.pattern);
    text.trim_end().to_owned()
}
