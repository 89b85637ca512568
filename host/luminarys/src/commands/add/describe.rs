//! Describes a package for the user who decides about it.

use std::fmt::{self, Write as _};

use luminarys_grants::{Interface, interfaces};
use luminarys_package::{Method, Requirement, Visibility, imports};
use luminarys_text::{visible, visible_lines};

use super::source::Found;
use crate::output::Paint;

/// What a package can use if it is granted, by the interfaces that it imports.
pub(super) fn capabilities(bytes: &[u8]) -> Vec<&'static Interface> {
    let names = imports(bytes).unwrap_or_default();
    let mut found: Vec<&Interface> = Vec::new();
    for interface in interfaces() {
        let is_imported = |name: &String| {
            let name = name.strip_prefix("luminarys:skill/");
            name.and_then(|name| name.split('@').next()) == Some(interface.name)
        };
        let is_known = found.iter().any(|known| known.what == interface.what);
        if names.iter().any(is_imported) && !is_known {
            found.push(interface);
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
