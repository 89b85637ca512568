//! Texts as each language writes them.

use std::fmt::Write as _;

use luminarys_package::Descriptor;

/// In double quotes, as Rust, Go and AssemblyScript all read it.
pub(super) fn text(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            // What no descriptor holds; written so that nothing is lost.
            control if control.is_control() => _ = write!(out, "\\x{:02x}", control as u32),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// What a skill is called, in the order in which every SDK wants it: id, name, version, description.
pub(super) fn identity(descriptor: &Descriptor) -> [String; 4] {
    [
        text(&descriptor.id),
        text(&descriptor.name),
        text(&descriptor.skill_version.to_string()),
        text(&descriptor.description),
    ]
}

/// A JSON number so that it is a float in every language.
pub(super) fn float(value: &serde_json::Value) -> String {
    let number = value.as_f64().unwrap_or_default();
    format!("{number:?}")
}
