//! String literals of each language.

use std::fmt::Write as _;

use luminarys_package::Descriptor;

/// Returns a literal in double quotes that Rust, Go and AssemblyScript all read the same.
pub(super) fn text(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            // No descriptor has these; escaped so that nothing is lost.
            control if control.is_control() => _ = write!(out, "\\x{:02x}", control as u32),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// Returns the skill's identity in the order of every SDK: id, name, version, description.
pub(super) fn identity(descriptor: &Descriptor) -> [String; 4] {
    [
        text(&descriptor.id),
        text(&descriptor.name),
        text(&descriptor.skill_version.to_string()),
        text(&descriptor.description),
    ]
}

/// Formats a JSON number as a float literal of every language.
pub(super) fn float(value: &serde_json::Value) -> String {
    let number = value.as_f64().unwrap_or_default();
    format!("{number:?}")
}
