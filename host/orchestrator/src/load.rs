//! Loads a skill from a manifest and its package: signature, identity, grants, requirements, component.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use luminarys_grants::{Grants, Manifest, Protected};
use luminarys_package::{Package, PublicKey, Trust};
use luminarys_runtime::{Compilation, Limits, Runtime};

use crate::PackageRecords;
use crate::authorise::Authorisation;
use crate::deployed::{Deployed, HostSettings, Origin};
use crate::entry::Entry;
use crate::files::{ReadManifest, Seen, Unusable};
use crate::identity::Identity;
use crate::packages::Packages;
use crate::report::SkillReport;
use crate::requirements;
use crate::source::Source;
use crate::steps::{LoadStep, OnLoad};

/// The host's state needed for loading.
pub(crate) struct Loader {
    pub runtime: Runtime,
    pub host: HostSettings,
    pub trust: Trust,
    pub packages: Packages,
    pub records: Option<PackageRecords>,
    /// The paths that are closed to every skill.
    pub protected: Protected,
}

/// A manifest, and the state of the files that it names just before they were read.
#[derive(Clone)]
pub(crate) struct Named {
    /// The manifest's absolute path.
    pub path: PathBuf,
    pub manifest: Arc<ReadManifest>,
    pub source: Source,
    pub certificates: Vec<Seen>,
    /// The manifest and its secrets.
    read: Vec<Seen>,
    /// Those, the package if it is a file, certificates, and the record.
    pub seen: Vec<Seen>,
}

impl Named {
    /// Wraps a manifest and the state of its files; other files that it names are not examined yet.
    pub fn new(path: PathBuf, read: Vec<Seen>, manifest: Arc<ReadManifest>) -> Self {
        Self {
            source: Source::new(&path, &manifest.manifest.path),
            path,
            manifest,
            certificates: Vec::new(),
            seen: read.clone(),
            read,
        }
    }

    /// Examines the files that it names. Blocking.
    pub fn look(&mut self, records: Option<&PackageRecords>) {
        self.certificates = certificates(&self.manifest.manifest);
        self.seen.clone_from(&self.read);
        self.seen.extend(self.source.seen());
        self.seen.extend(self.certificates.iter().cloned());
        let record = records.map(|records| records.file(&self.path, &self.source));
        self.seen.extend(record.map(|record| Seen::now(&record)));
    }

    /// Starts the report.
    pub fn report(&self) -> SkillReport {
        let mut report = SkillReport::new(self.manifest.manifest.id.clone(), self.path.clone());
        report.package = Some(self.source.to_string());
        report
    }

    /// Returns the origin of a skill with the package of this hash.
    pub fn origin(&self, package: [u8; 32], host: HostSettings) -> Origin {
        Origin {
            manifest: self.manifest.clone(),
            source: self.source.clone(),
            package,
            certificates: self.certificates.clone(),
            host,
        }
    }
}

impl Loader {
    /// Makes the entry for a manifest that cannot be read: the running version if it may continue, else none.
    ///
    /// A missing manifest stops its skill; an invalid one, which may be being edited, does not.
    pub fn without_manifest(
        &self,
        path: &Path,
        seen: Vec<Seen>,
        reason: Unusable,
        previous: Option<&Entry>,
    ) -> Entry {
        if let Unusable::Broken(message) = &reason
            && let Some(kept) = previous.and_then(|entry| self.keep(entry, message, seen.clone()))
        {
            return kept;
        }
        let report = SkillReport::new(path.display().to_string(), path.to_owned());
        Entry::failed(report, reason.into_message(), seen)
    }

    /// Deploys the package that was read for a manifest, or reports why not. Its code is compiled later: see
    /// [`Loader::finish`]. Blocking, for local files only.
    pub fn deploy(
        &self,
        named: &Named,
        package: Result<Package, Unusable>,
        previous: Option<&Entry>,
    ) -> Entry {
        let (path, manifest, source) = (&named.path, &named.manifest.manifest, &named.source);
        let unchanged = previous.filter(|entry| entry.is_of(&named.manifest));
        let mut report = named.report();
        let package = match package {
            Ok(package) => package,
            Err(reason) => {
                if let Unusable::Broken(message) = &reason
                    && let Some(entry) = unchanged
                    && let Some(kept) = self.keep(entry, message, named.seen.clone())
                {
                    return kept;
                }
                let advice = match &reason {
                    Unusable::Gone(_) => self.packages.elsewhere(path, &manifest.path),
                    Unusable::Broken(_) => None,
                };
                let message = reason.into_message() + &advice.unwrap_or_default();
                return Entry::failed(report, message, named.seen.clone());
            }
        };
        report.descriptor = Some(package.descriptor.clone());
        let mut problems = Vec::new();
        let signer = match package.verify(&self.trust) {
            Ok(verified) => verified.signer,
            Err(error) => {
                problems.push(format!("{source}: {error}"));
                None
            }
        };
        report.signer = signer.as_ref().map(PublicKey::id);
        if self.trust == Trust::Any && signer.is_none() && problems.is_empty() {
            report
                .warnings
                .push("the package is not signed; it runs because `trust` is `any`".to_owned());
        }
        let found = Identity::new(&package.descriptor, signer.as_ref());
        let authorisation = Authorisation::new(self.records.as_ref(), path, manifest, source);
        report.authorised = authorisation.parts();
        let content = package.content_hash();
        if problems.is_empty()
            && let Some(refusal) = authorisation.refusal(&found, &content)
        {
            if let Some(entry) = unchanged
                && let Some(kept) = self.keep(entry, &refusal, named.seen.clone())
            {
                return kept;
            }
            problems.push(refusal);
        }
        let origin = named.origin(content, self.host);
        if problems.is_empty()
            && let Some(entry) = previous
            && let Some(deployed) = entry.deployed.as_ref().filter(|it| it.origin == origin)
        {
            report.requirements.clone_from(&entry.report.requirements);
            return Entry::running(report, deployed.clone(), named.seen.clone());
        }
        let grants = match self.grants(manifest) {
            Ok(grants) => {
                let required = &package.descriptor.requirements;
                report.requirements = requirements::check(&grants, required);
                problems.extend(requirements::missing(path, &report.requirements));
                Some(grants)
            }
            Err(problem) => {
                problems.push(problem);
                None
            }
        };
        let Some(grants) = grants.filter(|_| problems.is_empty()) else {
            return Entry::failed(report, problems.join("\n"), named.seen.clone());
        };
        let (section, abi) = (&manifest.runtime, package.descriptor.abi);
        let limits = Limits::new(section, self.host.memory_limit_mb, abi);
        match self.runtime.outline(&manifest.id, &package, grants, limits) {
            Ok(skill) => {
                let description = &package.descriptor.description;
                let deployed = Deployed::new(skill, signer, description, origin);
                Entry::running(report, Arc::new(deployed), named.seen.clone())
            }
            Err(error) => Entry::failed(report, error.to_string(), named.seen.clone()),
        }
    }

    /// Compiles the code of `entry` if necessary, records which package it is, and lets its calls run. Blocking,
    /// for seconds if the package is large.
    pub fn finish(&self, named: &Named, mut entry: Entry, on_load: &OnLoad) -> Entry {
        let Some(deployed) = entry.deployed.clone() else {
            return entry;
        };
        let skill = deployed.skill.id();
        let begins = |bytes| on_load(LoadStep::Compiles { skill, bytes });
        match deployed.skill.compile(begins) {
            Ok(None) => {}
            Ok(Some(Compilation { took, kept })) => {
                on_load(LoadStep::Compiled { skill, took, kept });
            }
            Err(error) => return entry.unusable(error.to_string()),
        }
        // A version that was kept is not the current package.
        if entry.report.problem.is_none() {
            self.record(named, &deployed, &mut entry);
        }
        deployed.readiness.set_ready();
        entry
    }

    /// Records which package was loaded.
    fn record(&self, named: &Named, deployed: &Deployed, entry: &mut Entry) {
        let (path, manifest, source) = (&named.path, &named.manifest.manifest, &named.source);
        let found = Identity::new(deployed.skill.descriptor(), deployed.signer.as_ref());
        let mut authorisation = Authorisation::new(self.records.as_ref(), path, manifest, source);
        match authorisation.record(&found) {
            Ok(accepted) => entry.report.accepted = accepted,
            Err(warning) => entry.report.warnings.push(warning),
        }
        entry.report.authorised = authorisation.parts();
        // The record written here must not cause a reload.
        if let Some(record) = &authorisation.seen {
            entry.seen.retain(|seen| seen.path != record.path);
            entry.seen.push(Seen::now(&record.path));
        }
    }

    /// Opens the grants of a manifest. Blocking.
    ///
    /// # Errors
    /// Returns a message if a directory cannot be opened.
    pub fn grants(&self, manifest: &Manifest) -> Result<Arc<Grants>, String> {
        let mut grants = Grants::open(manifest).map_err(|error| error.to_string())?;
        grants.protect(&self.protected);
        Ok(Arc::new(grants))
    }

    /// Returns the running version with a note why the new one does not run; `None` if changed settings
    /// forbid it.
    pub fn keep(&self, entry: &Entry, problem: &str, seen: Vec<Seen>) -> Option<Entry> {
        // A skill whose code is not compiled yet has never run.
        let deployed = entry
            .deployed
            .clone()
            .filter(|it| it.readiness.is_ready())?;
        if !deployed.is_trusted(&self.trust) || deployed.origin.host != self.host {
            return None;
        }
        let mut report = entry.report.clone();
        report.problem = Some(format!(
            "{problem}\nthe previous version keeps running until this is fixed"
        ));
        // The package is still watched, although it was not examined this time.
        let package = entry
            .seen
            .iter()
            .find(|old| seen.iter().all(|new| new.path != old.path))
            .cloned();
        let seen = seen.into_iter().chain(package).collect();
        Some(Entry {
            report,
            deployed: Some(deployed),
            seen,
        })
    }
}

/// Returns the certificate files that a manifest names.
pub(crate) fn certificates(manifest: &Manifest) -> Vec<Seen> {
    let files = manifest.certificates().into_iter();
    files.map(Seen::now).collect()
}
