//! Decides whether a package is the one that its manifest authorises.

use std::path::Path;

use luminarys_grants::Manifest;
use serde::Serialize;

use crate::files::Seen;
use crate::identity::{self, Authorised, Identity, Mismatch};
use crate::records::{PackageRecords, Recording};
use crate::source::Source;

/// The outcome of accepting a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Acceptance {
    /// It is recorded now, replacing another one or none.
    Recorded,
    /// It was recorded already.
    Unchanged,
}

/// The package that a manifest and its record authorise at a source.
pub(crate) struct Authorisation<'a> {
    manifest: &'a Manifest,
    file: &'a Path,
    source: &'a Source,
    records: Option<&'a PackageRecords>,
    /// The package that was loaded last; the error says why the record cannot be used.
    recorded: Result<Option<Identity>, String>,
    /// The record's file just before it was read: changing it may authorise another package.
    pub seen: Option<Seen>,
}

impl<'a> Authorisation<'a> {
    /// Reads the record of the package at `source` under the manifest in `file`.
    pub fn new(
        records: Option<&'a PackageRecords>,
        file: &'a Path,
        manifest: &'a Manifest,
        source: &'a Source,
    ) -> Self {
        let seen = records.map(|records| Seen::now(&records.file(file, source)));
        let recorded = match records {
            Some(records) if !is_accepted(records, manifest) => records.read(file, source),
            _ => Ok(None),
        };
        Self {
            manifest,
            file,
            source,
            records,
            recorded,
            seen,
        }
    }

    /// Returns the required identity, part by part.
    pub fn parts(&self) -> Vec<Authorised> {
        let recorded = self.recorded.as_ref().ok().and_then(Option::as_ref);
        identity::authorised(&self.manifest.package, recorded)
    }

    /// Returns why `found`, whose file has the hash `content`, must not be loaded, and how to authorise it; `None` if
    /// it is authorised.
    pub fn refusal(&self, found: &Identity, content: &[u8; 32]) -> Option<String> {
        let recorded = match &self.recorded {
            Ok(recorded) => recorded.as_ref(),
            Err(reason) => {
                let accept = self.accept()?;
                return Some(format!(
                    "{reason}; if the current package is the one you want, run: {accept}"
                ));
            }
        };
        let section = &self.manifest.package;
        let mismatches = identity::mismatches(section, recorded, found, content);
        if mismatches.is_empty() {
            return None;
        }
        let (source, file) = (self.source, self.file.display());
        let mut text = format!("{source} is not the package that {file} authorises:");
        for mismatch in &mismatches {
            text.push_str(&format!("\n  {mismatch}"));
        }
        let line = match section.digest {
            Some(_) => found.pinned_line(content),
            None => found.manifest_line(),
        };
        text.push_str(&match section.rule.as_str() {
            "" => format!("\nto load it anyway, add to {file}: {line}"),
            rule => format!("\nto load it anyway, replace {rule} with: {line}"),
        });
        // Accepting it changes the record, not the manifest.
        if !mismatches.iter().any(Mismatch::is_by_manifest)
            && let Some(accept) = self.accept()
        {
            text.push_str(&format!("\nor run: {accept}"));
        }
        Some(text)
    }

    /// Records that `found` was loaded, if that is requested and new. Returns the outcome of accepting it, if it is to
    /// be accepted.
    ///
    /// # Errors
    /// Returns a warning if it cannot be recorded.
    pub fn record(&mut self, found: &Identity) -> Result<Option<Acceptance>, String> {
        let Some(records) = self.records else {
            return Ok(None);
        };
        let is_recorded = |recorded: &Result<Option<Identity>, String>| {
            recorded.as_ref() == Ok(&Some(found.clone()))
        };
        let accepted = is_accepted(records, self.manifest).then(|| {
            match is_recorded(&records.read(self.file, self.source)) {
                true => Acceptance::Unchanged,
                false => Acceptance::Recorded,
            }
        });
        let wanted = match &records.recording {
            Recording::Loaded => !is_recorded(&self.recorded),
            Recording::Nothing => false,
            Recording::Accepted(_) => accepted == Some(Acceptance::Recorded),
        };
        if !wanted {
            return Ok(accepted);
        }
        records.write(self.file, self.source, found).map_err(|error| {
            format!(
                "the loaded package cannot be recorded in {}: {error}; until it is, a different one in its place is not \
                 noticed after a restart, unless the manifest says: {}",
                records.directory.display(),
                found.manifest_line()
            )
        })?;
        self.recorded = Ok(Some(found.clone()));
        Ok(accepted)
    }

    fn accept(&self) -> Option<String> {
        let records = self.records?;
        Some(format!("{} {}", records.accept_command, self.manifest.id))
    }
}

fn is_accepted(records: &PackageRecords, manifest: &Manifest) -> bool {
    matches!(&records.recording, Recording::Accepted(id) if *id == manifest.id)
}
