//! Writes a package, its manifest and the changes of the configuration: all of it, once the host can load it, or
//! nothing.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use luminarys_edit::{Format, TextFile};
use luminarys_orchestrator::{Orchestrator, SkillReport};
use luminarys_package::{PublicKey, Trust};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use crate::commands::loading::{load, without_state};
use crate::commands::made::{Made, prepare};
use crate::config::Config;

/// The mode of files without secrets.
const MODE: u32 = 0o644;

/// The files to write.
pub(super) struct Write<'a> {
    /// The configuration.
    pub file: &'a Path,
    pub manifest: &'a Path,
    pub text: &'a str,
    /// The manifest's mode, if it is new.
    pub mode: u32,
    pub package: &'a Path,
    /// `None` if it exists already.
    pub bytes: Option<&'a [u8]>,
    /// The key to trust from now on, and a remark for what.
    pub trust: Option<(&'a PublicKey, &'a str)>,
    /// The entry of `skills` for the manifest, if no other matches it.
    pub entry: Option<&'a str>,
}

/// A skill that can be loaded.
pub(super) struct Checked {
    pub report: SkillReport,
    pub tools: Vec<String>,
}

impl Write<'_> {
    /// Writes everything.
    ///
    /// # Errors
    /// Fails when the host cannot load it or a file cannot be written; everything is then as it was before.
    pub async fn run(&self, config: &Config) -> anyhow::Result<Checked> {
        let mut made = Made::default();
        let directory = self.manifest.parent().unwrap_or(Path::new("."));
        made.directory(directory, 0o755)?;
        if let Some(bytes) = self.bytes {
            made.file(self.package, bytes, MODE)?;
        }
        let checked = tokio::select! {
            checked = self.check(config) => checked?,
            () = stopped() => bail!("interrupted; nothing was added"),
        };
        let configuration = self.configure(config)?;
        let old = TextFile::open(self.manifest)?;
        if let Err(error) = old.replace(self.text, self.mode) {
            if let Some(configuration) = configuration {
                configuration.restore()?;
            }
            return Err(error.into());
        }
        made.keep();
        Ok(checked)
    }

    /// Loads the skill as `luminarys check` does, from a manifest that no host looks for.
    async fn check(&self, config: &Config) -> anyhow::Result<Checked> {
        let staged = prepare(self.manifest, self.text.as_bytes(), self.mode)?;
        let mut settings = without_state(config.settings.clone());
        settings.manifests.retain(|other| other != self.manifest);
        settings.manifests.push(staged.path().to_owned());
        if let (Trust::Keys(keys), Some((key, _))) = (&mut settings.trust, self.trust) {
            keys.push(key.clone());
        }
        let orchestrator: Orchestrator = load(settings).await?;
        let name = staged.path().file_name();
        let mut reports = orchestrator.skills().into_iter();
        let report = reports.find(|report| report.manifest.file_name() == name);
        let mut report = report.context("the skill was not loaded")?;
        rename(&mut report, staged.path(), self.manifest);
        if let Some(problem) = &report.problem {
            bail!("nothing was added, because it cannot be loaded: {problem}");
        }
        let tools = orchestrator.tools();
        let tools = tools.iter().filter(|tool| tool.skill == report.id);
        let tools = tools.map(|tool| tool.name.clone()).collect();
        Ok(Checked { report, tools })
    }

    /// Adds to the configuration what it lacks; returns the file's previous content if it was changed.
    fn configure(&self, config: &Config) -> anyhow::Result<Option<TextFile>> {
        let key = self.trust.map(|(key, what)| {
            let text = key.to_text();
            // Text after a key is a remark.
            format!("{} {what}", text.trim())
        });
        let additions = [("trust", key.as_deref()), ("skills", self.entry)];
        let additions = additions
            .iter()
            .filter_map(|(list, entry)| Some((*list, (*entry)?)));
        let additions: Vec<(&str, &str)> = additions.collect();
        if additions.is_empty() {
            return Ok(None);
        }
        let file = TextFile::open(self.file)?;
        let mut text = file.text().unwrap_or_default().to_owned();
        for (list, entry) in additions {
            let appended = Format::Yaml.append(&text, &[list], &json!(entry));
            text = appended.with_context(|| {
                format!(
                    "nothing was added: `{list}` of {} could not be changed; add to it by hand: {}",
                    self.file.display(),
                    luminarys_edit::render(&json!(entry)).trim_end()
                )
            })?;
        }
        let changed = Config::parse(self.file, &text)
            .context("nothing was added: the configuration would no longer be valid")?;
        let is_trusted = |key: &PublicKey| match &changed.settings.trust {
            Trust::Any => true,
            Trust::Keys(keys) => keys.contains(key),
        };
        let expected = match &config.settings.trust {
            Trust::Any => &[][..],
            Trust::Keys(keys) => keys,
        };
        let new = self.trust.map(|(key, _)| key);
        if !expected.iter().chain(new).all(is_trusted) {
            bail!("nothing was added: the changed configuration would not trust the key");
        }
        file.replace(&text, MODE)?;
        Ok(Some(file))
    }
}

/// Waits until the user interrupts the program or closes the terminal.
async fn stopped() {
    let kinds = [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
    ];
    let waits = kinds.map(async |kind| match signal(kind) {
        Ok(mut signal) => _ = signal.recv().await,
        // A signal that cannot be caught ends the program by itself.
        Err(_) => std::future::pending().await,
    });
    let [one, two, three] = waits;
    tokio::select! {
        () = one => {}
        () = two => {}
        () = three => {}
    }
}

/// Replaces the temporary name of the manifest in a report by its final one.
fn rename(report: &mut SkillReport, staged: &Path, manifest: &Path) {
    let (from, to) = (staged.display().to_string(), manifest.display().to_string());
    let rename = |text: &mut String| *text = text.replace(&from, &to);
    report.problem.iter_mut().for_each(rename);
    report.warnings.iter_mut().for_each(rename);
    report.carve_outs.iter_mut().for_each(rename);
    let reasons = report.requirements.iter_mut().map(|one| &mut one.why);
    reasons.for_each(rename);
    report.manifest = manifest.to_owned();
}

/// Removes the package that an upgrade has replaced.
pub(super) fn remove_replaced(old: Option<PathBuf>, new: &Path) -> Option<String> {
    let old = old.filter(|old| old != new)?;
    let removed = std::fs::remove_file(&old);
    let error = removed
        .err()
        .filter(|error| error.kind() != std::io::ErrorKind::NotFound)?;
    Some(format!(
        "{} is no longer used and could not be removed: {error}",
        old.display()
    ))
}
