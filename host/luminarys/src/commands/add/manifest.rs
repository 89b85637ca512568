//! The manifest's text.

use std::path::Path;

use anyhow::{Context as _, bail};
use luminarys_edit::{Format, TextFile};
use luminarys_grants::{Grants, Manifest, ManifestError, UNSIGNED};
use luminarys_package::{PublicKey, Requirement};
use luminarys_text::visible;
use serde_json::{Map, Value, json};

use super::grant::Granted;
use super::source::Found;
use crate::config::Config;

/// The parts of a manifest except its grants.
pub(super) struct Text<'a> {
    pub id: &'a str,
    pub file: &'a Path,
    /// The package's file, beside the manifest.
    pub package: &'a Path,
    pub found: &'a Found,
    /// Whether the manifest exists, for an older package.
    pub is_upgrade: bool,
}

impl Text<'_> {
    /// Returns the manifest with these grants; for an upgrade, in addition to those that it has.
    ///
    /// # Errors
    /// Fails for a manifest that cannot be changed.
    pub fn with(&self, granted: &Granted) -> anyhow::Result<String> {
        match self.is_upgrade {
            true => self.changed(granted),
            false => Ok(self.fresh(granted)),
        }
    }

    fn fresh(&self, granted: &Granted) -> String {
        let mut whole = Map::new();
        whole.insert("id".to_owned(), json!(self.id));
        whole.insert("path".to_owned(), self.path());
        whole.insert("package".to_owned(), self.identity());
        whole.extend(granted.sections());
        // One line, whatever characters the file's name has.
        let from = visible(&self.found.from).into_owned();
        format!(
            "# Written by `luminarys add` from {from}.\n# `permissions` grants what the skill may do; `luminarys check` explains it.\n{}",
            luminarys_edit::render(&Value::Object(whole))
        )
    }

    fn changed(&self, granted: &Granted) -> anyhow::Result<String> {
        let file = TextFile::open(self.file)?;
        let text = file.text().context("the manifest is gone")?;
        let failed = || format!("nothing was upgraded: {}", self.file.display());
        let mut text = Format::Yaml
            .set(text, &["path"], &self.path())
            .with_context(failed)?;
        text = Format::Yaml
            .set(&text, &["package"], &self.identity())
            .with_context(failed)?;
        for (name, value) in &granted.env {
            text = Format::Yaml
                .set(&text, &["env", name], value)
                .with_context(failed)?;
        }
        for line in granted.lines() {
            if !text.ends_with('\n') {
                text.push('\n');
            }
            text.push_str(&line);
            text.push('\n');
        }
        Ok(text)
    }

    fn path(&self) -> Value {
        let name = self.package.file_name().unwrap_or_default();
        json!(name.to_string_lossy())
    }

    /// The package that the manifest authorises: this one, and if the digest is removed, newer ones by the same signer.
    fn identity(&self) -> Value {
        let descriptor = &self.found.package.descriptor;
        let signer = self.found.signer.as_ref();
        json!({
            "id": descriptor.id,
            "signer": signer.map_or_else(|| UNSIGNED.to_owned(), PublicKey::id),
            "version": format!(">={}", descriptor.skill_version),
            "digest": self.found.digest,
        })
    }

    /// Returns the requirements that the manifest with these grants does not satisfy.
    ///
    /// # Errors
    /// Fails for an invalid grant, or a directory that cannot be opened.
    pub fn unmet(&self, config: &Config, granted: &Granted) -> anyhow::Result<Vec<Requirement>> {
        let text = self.with(granted)?;
        let file = self.file.display().to_string();
        let variable = |name: &str| config.settings.variable(name);
        let manifest = match Manifest::parse(&file, &text, &variable) {
            Ok(manifest) => manifest,
            // Its line numbers are those of a file that does not exist yet.
            Err(ManifestError::Yaml(error)) if !self.is_upgrade => {
                bail!("nothing was added: {}", error.message)
            }
            Err(error) => bail!("nothing was added: {error}"),
        };
        let grants = Grants::open(&manifest).context("nothing was added")?;
        let required = self.found.package.descriptor.requirements.iter();
        let unmet = required.filter(|one| {
            let verdict = grants.requirement(&one.kind, &one.pattern, one.mode.as_deref());
            !verdict.granted
        });
        Ok(unmet.cloned().collect())
    }
}
