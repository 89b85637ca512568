//! `trust`: `any`, or public keys, each a file or its text.

use std::path::PathBuf;

use luminarys_grants::yaml::YamlError;
use luminarys_package::{PublicKey, Trust};
use serde_saphyr::Spanned;

use super::raw::{RawTrust, Text};
use super::reader::Reader;

/// The largest file of a key, in bytes.
const MAX_KEY: u64 = 64 << 10;

/// Reads `trust`, and returns the files that keys were read from.
///
/// # Errors
/// [`YamlError`] with file, line and column.
pub(super) fn read(
    reader: &Reader<'_>,
    raw: Option<&Spanned<RawTrust>>,
) -> Result<(Trust, Vec<PathBuf>), YamlError> {
    let Some(raw) = raw else {
        return Ok((Trust::Keys(Vec::new()), Vec::new()));
    };
    let keys = match &raw.value {
        RawTrust::Word(word) => {
            let word = reader.fill_at(word, raw.referenced)?;
            if word == "any" {
                return Ok((Trust::Any, Vec::new()));
            }
            let message = format!(
                "trust: {word:?} is neither `any` nor a list of public keys, such as [team.pub]"
            );
            return Err(reader.at(raw.referenced, message));
        }
        RawTrust::Keys(keys) => keys,
    };
    let (mut trusted, mut files) = (Vec::new(), Vec::new());
    for text in keys {
        let (key, file) = key(reader, text)?;
        trusted.push(key);
        files.extend(file);
    }
    Ok((Trust::Keys(trusted), files))
}

/// Reads a key, or a file that holds one.
fn key(reader: &Reader<'_>, key: &Text) -> Result<(PublicKey, Option<PathBuf>), YamlError> {
    let text = reader.fill(key)?;
    let failed = |message: String| reader.at(key.referenced, format!("trust: {message}"));
    if text.trim().is_empty() {
        return Err(failed("the name of a key file is empty".to_owned()));
    }
    if is_key(&text) {
        let key = PublicKey::from_text(&text).map_err(|error| failed(error.to_string()))?;
        return Ok((key, None));
    }
    let path = reader.base.join(&text);
    let unreadable = |error: std::io::Error| {
        failed(format!(
            "the key file {} cannot be read: {error}",
            path.display()
        ))
    };
    let content = luminarys_files::read_text(&path, MAX_KEY).map_err(unreadable)?;
    let unusable = |error: luminarys_package::KeyError| format!("{}: {error}", path.display());
    let key = PublicKey::from_text(&content).map_err(|error| failed(unusable(error)))?;
    Ok((key, Some(path)))
}

/// Whether `text` is a key itself rather than the name of a file.
fn is_key(text: &str) -> bool {
    text.starts_with("luminarys-")
}
