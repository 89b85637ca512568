//! Names in a manifest that are not patterns: the valid names of skills and methods.

use crate::denial::excerpt;

/// The maximum length of an id, in bytes.
const MAX_ID: usize = 64;
/// The maximum length of a method's name, in bytes.
const MAX_METHOD: usize = 64;
/// The maximum length of a prefix of tool names, in bytes.
const MAX_PREFIX: usize = 58;

/// Checks the id of an instance.
///
/// # Errors
/// The expected form, for an invalid id.
pub(crate) fn check_id(id: &str) -> Result<(), String> {
    let is_known = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if id.is_empty() || id.len() > MAX_ID || !id.chars().all(is_known) {
        return Err(format!(
            "the id {} must be 1 to {MAX_ID} of A-Z a-z 0-9 . _ -",
            excerpt(id)
        ));
    }
    Ok(())
}

/// Checks the id of an instance, or `*` for all of them.
///
/// # Errors
/// As [`check_id`].
pub(crate) fn check_id_or_all(id: &str) -> Result<(), String> {
    if id == "*" {
        return Ok(());
    }
    let ending = "; an entry is one id, or `*` for every skill, and no other pattern";
    check_id(id).map_err(|error| error + ending)
}

/// Checks a prefix of tool names; empty is allowed.
///
/// # Errors
/// The expected form, for an invalid prefix.
pub(crate) fn check_prefix(name: &str) -> Result<(), String> {
    let is_known = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_usable = starts && name.chars().all(is_known) && !format!("{name}_").contains("__");
    match name.is_empty() || (is_usable && name.len() <= MAX_PREFIX) {
        true => Ok(()),
        false => Err(format!(
            "mcp.name: {} must be up to {MAX_PREFIX} of a-z A-Z 0-9 _ -, a letter first, no _ beside another or at the end; or \
             \"\" so that tools have the names of the methods",
            excerpt(name)
        )),
    }
}

/// Checks the name of a method.
///
/// # Errors
/// The expected form, for an invalid name.
pub(crate) fn check_method(name: &str) -> Result<(), String> {
    if is_method(name) {
        return Ok(());
    }
    let likely = name.replace('-', "_").to_lowercase();
    let advice = match is_method(&likely) {
        true => format!("; write `{likely}`"),
        false => String::new(),
    };
    Err(format!(
        "no method is called {}: a name is up to {MAX_METHOD} of a-z, 0-9 and _, a letter first{advice}",
        excerpt(name)
    ))
}

fn is_method(name: &str) -> bool {
    let is_known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
    starts && name.len() <= MAX_METHOD && name.chars().all(is_known)
}
