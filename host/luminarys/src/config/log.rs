//! `log`: what is logged.

use std::str::FromStr as _;

use luminarys_grants::yaml::YamlError;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

use super::Log;
use super::raw::{RawLog, Text};
use super::reader::{Reader, nearest};

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Reads the section `log`.
///
/// # Errors
/// [`YamlError`] with file, line and column.
pub(super) fn read(reader: &Reader<'_>, raw: &RawLog) -> Result<Log, YamlError> {
    Ok(Log {
        level: level(reader, raw.level.as_ref())?,
        json: is_json(reader, raw.format.as_ref())?,
    })
}

fn level(reader: &Reader<'_>, text: Option<&Text>) -> Result<String, YamlError> {
    let Some(text) = text else {
        return Ok("info".to_owned());
    };
    let level = reader.fill(text)?;
    // A single word that is not a level would be read as the name of a module.
    let is_word = !level.contains(['=', ',', '[']);
    let good = if is_word {
        LevelFilter::from_str(&level).is_ok()
    } else {
        EnvFilter::builder().parse(&level).is_ok()
    };
    if good {
        return Ok(level);
    }
    let known = LEVELS.join(", ");
    let hint = nearest(&level, &LEVELS);
    Err(reader.at(
        text.referenced,
        format!("log.level: {level:?} is not a level{hint} (known: {known}; or directives as in $RUST_LOG)"),
    ))
}

fn is_json(reader: &Reader<'_>, text: Option<&Text>) -> Result<bool, YamlError> {
    let Some(text) = text else { return Ok(false) };
    match reader.fill(text)?.as_str() {
        "text" => Ok(false),
        "json" => Ok(true),
        other => Err(reader.at(
            text.referenced,
            format!("log.format: {other:?} is neither `text` nor `json`"),
        )),
    }
}
