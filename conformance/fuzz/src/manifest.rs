//! A manifest: an operator's file, but often made by a program.

use luminarys_grants::Manifest;

/// Parses a manifest.
pub fn check(bytes: &[u8]) {
    let text = &String::from_utf8_lossy(bytes);
    let environment = |_: &str| Some("value".to_owned());
    let _ = Manifest::parse("/none/m.yaml", text, &environment);
}
