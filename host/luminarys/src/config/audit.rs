//! `audit`: which decisions are recorded, where, and for how long they are kept.

use std::path::Path;
use std::time::Duration;

use luminarys_grants::yaml::YamlError;
use luminarys_orchestrator::{AuditOptions, Audited, MAX_KEPT};

use super::raw::RawAudit;
use super::reader::Reader;

const DAY: u64 = 24 * 60 * 60;

/// Reads the audit settings: the named file, else one in the data directory; `None` if nothing is recorded.
///
/// # Errors
/// Fails for an invalid value, or a log that is required and has no file.
pub(super) fn options(
    reader: &Reader<'_>,
    raw: &RawAudit,
    data_dir: Option<&Path>,
) -> Result<Option<AuditOptions>, YamlError> {
    let required = reader.switch("audit.required", raw.required.as_ref())?;
    // The error points at the key that asks for it.
    let unwritten = |why: &str| match (&raw.required, required) {
        (Some(text), Some(true)) => {
            let message = format!("audit.required: {why}");
            Err(reader.at(text.referenced, message))
        }
        _ => Ok(()),
    };
    let audited = match &raw.decisions {
        None => Audited::All,
        Some(text) => match reader.fill(text)?.as_str() {
            "all" => Audited::All,
            "denied" => {
                unwritten(
                    "`audit.decisions` is `denied`, so allowed operations are not recorded; set it to `all`",
                )?;
                Audited::Denied
            }
            "none" => {
                unwritten("`audit.decisions` is `none`; make it `all`")?;
                return Ok(None);
            }
            other => {
                let message =
                    format!("audit.decisions: {other:?} is not `all`, `denied` or `none`");
                return Err(reader.at(text.referenced, message));
            }
        },
    };
    let named = reader.path("audit.path", raw.path.as_ref())?;
    let Some(path) = named.or_else(|| Some(data_dir?.join("audit.jsonl"))) else {
        unwritten("no file is configured; name one with `audit.path`")?;
        return Ok(None);
    };
    let mut options = AuditOptions {
        audited,
        required: required.unwrap_or_default(),
        ..AuditOptions::new(path)
    };
    if let Some(bytes) = reader.mebibytes("audit.max_mb", raw.max_mb.as_ref(), 1)? {
        options.max_bytes = bytes;
    }
    if let Some(keep) = reader.whole("audit.keep", raw.keep.as_ref(), 1..=MAX_KEPT.into())? {
        options.keep = keep;
    }
    let most = u64::MAX / DAY;
    let days: Option<u64> = reader.whole("audit.keep_days", raw.keep_days.as_ref(), 1..=most)?;
    options.keep_for = days.map(|days| Duration::from_secs(days * DAY));
    Ok(Some(options))
}
