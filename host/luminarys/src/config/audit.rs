//! `audit`: what is written of decisions, where, and for how long it is kept.

use std::path::Path;
use std::time::Duration;

use luminarys_grants::yaml::YamlError;
use luminarys_orchestrator::{AuditOptions, Audited, MAX_KEPT};

use super::raw::RawAudit;
use super::read::Reader;

const DAY: u64 = 24 * 60 * 60;

/// Reads what is written of decisions: to the file named, else to one in the data directory; none where nothing is.
///
/// # Errors
/// A value that makes no sense, or a log that is required and has no place.
pub(super) fn options(
    reader: &Reader<'_>,
    raw: &RawAudit,
    data_dir: Option<&Path>,
) -> Result<Option<AuditOptions>, YamlError> {
    let required: Option<bool> =
        reader.value("audit.required", "true or false", raw.required.as_ref())?;
    // What cannot be written is told where it was asked for.
    let no_place = |why: &str| match (&raw.required, required) {
        (Some(text), Some(true)) => {
            let message = format!("audit.required: {why}");
            Err(reader.at(text.referenced, message))
        }
        _ => Ok(None),
    };
    let audited = match &raw.decisions {
        None => Audited::All,
        Some(text) => match reader.fill(text)?.as_str() {
            "all" => Audited::All,
            "denied" => Audited::Denied,
            "none" => return no_place("`audit.decisions` is `none`; make it `all` or `denied`"),
            other => {
                let message =
                    format!("audit.decisions: {other:?} is not `all`, `denied` or `none`");
                return Err(reader.at(text.referenced, message));
            }
        },
    };
    let named = reader.path(raw.path.as_ref())?;
    let Some(path) = named.or_else(|| Some(data_dir?.join("audit.jsonl"))) else {
        return no_place("there is no place to write to; name one with `audit.path`");
    };
    let mut options = AuditOptions {
        audited,
        required: required.unwrap_or_default(),
        ..AuditOptions::new(path)
    };
    if let Some(megabytes) = reader.positive::<u64>("audit.max_mb", raw.max_mb.as_ref())? {
        options.max_bytes = megabytes.saturating_mul(1 << 20);
    }
    if let (Some(keep), Some(text)) = (reader.positive("audit.keep", raw.keep.as_ref())?, &raw.keep)
    {
        options.keep = keep;
        if keep > MAX_KEPT {
            let message = format!("audit.keep: {keep}; at most {MAX_KEPT} files are kept");
            return Err(reader.at(text.referenced, message));
        }
    }
    let days = reader.positive::<u64>("audit.keep_days", raw.keep_days.as_ref())?;
    options.keep_for = days.map(|days| Duration::from_secs(days.saturating_mul(DAY)));
    Ok(Some(options))
}
