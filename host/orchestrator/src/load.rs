//! From a manifest to a deployed skill: package, signature, grants, requirements, component.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use luminarys_grants::{
    CarveOut, Grants, InvokeGrants, Manifest, McpSection, Protected, Protection,
};
use luminarys_package::{Package, PublicKey, Requirement, Trust};
use luminarys_runtime::{Limits, Method, Runtime, Skill};

use crate::PackageRecords;
use crate::authorise::Authorisation;
use crate::files::{ReadManifest, Seen, Unusable};
use crate::identity::Identity;
use crate::report::{MethodReport, RequirementReport, SkillReport};
use crate::source::{Packages, Source};
use crate::tools;

/// A skill that serves calls.
pub(crate) struct Deployed {
    pub skill: Skill,
    pub section: McpSection,
    /// What the skill is for: the manifest's words, or the package's.
    pub description: String,
    signer: Option<PublicKey>,
    origin: Fingerprint,
}

impl Deployed {
    pub fn invoke_grants(&self) -> &InvokeGrants {
        &self.skill.grants().invoke
    }

    pub fn method(&self, name: &str) -> Option<&Method> {
        self.skill
            .methods()
            .iter()
            .find(|method| method.name == name)
    }
}

/// All that a deployed skill was made from: while it is the same, the skill is kept as it is.
#[derive(Clone, PartialEq)]
struct Fingerprint {
    manifest: String,
    /// The manifest's `env` with the process's environment filled in.
    env: BTreeMap<String, String>,
    source: Source,
    package: [u8; 32],
    certificates: Vec<Seen>,
    host: HostFingerprint,
}

/// What of the host's settings a deployed skill depends on.
#[derive(Clone, Copy, PartialEq)]
struct HostFingerprint {
    memory_limit_mb: Option<u64>,
    generation: u64,
}

/// One manifest, and the skill when it runs.
#[derive(Clone)]
pub(crate) struct Entry {
    pub report: SkillReport,
    pub deployed: Option<Arc<Deployed>>,
    /// The files read for it, also when they could not be.
    pub seen: Vec<Seen>,
}

impl Entry {
    /// A manifest that runs nothing, and why.
    pub fn failed(mut report: SkillReport, problem: String, seen: Vec<Seen>) -> Self {
        report.problem = Some(problem);
        report.running = false;
        Self {
            report,
            deployed: None,
            seen,
        }
    }

    /// Takes the skill out of service.
    pub fn refuse(&mut self, problem: String) {
        self.deployed = None;
        self.report.running = false;
        self.report.problem = Some(problem);
    }
}

/// What loading needs of the host.
pub(crate) struct Loader {
    pub runtime: Runtime,
    /// Another number for another runtime.
    pub generation: u64,
    pub trust: Trust,
    pub packages: Packages,
    pub records: Option<PackageRecords>,
    pub memory_limit_mb: Option<u64>,
    /// What is closed to every skill.
    pub protected: Protected,
}

impl Loader {
    /// The entry for a manifest that cannot be read: the version that ran before, if it may still, else none.
    ///
    /// A manifest that is not there stops its skill; one that is broken, perhaps being edited, does not.
    pub fn without_manifest(
        &self,
        path: &Path,
        seen: Seen,
        reason: Unusable,
        previous: Option<&Entry>,
    ) -> Entry {
        if let Unusable::Broken(message) = &reason
            && let Some(kept) =
                previous.and_then(|entry| self.keep(entry, message, vec![seen.clone()]))
        {
            return kept;
        }
        let report = SkillReport::new(path.display().to_string(), path.to_owned());
        Entry::failed(report, reason.into_message(), vec![seen])
    }

    /// Loads the skill of one manifest. Blocking, for seconds when a large package is compiled.
    pub fn load(
        &self,
        path: &Path,
        seen: Seen,
        read: &ReadManifest,
        previous: Option<&Entry>,
    ) -> Entry {
        let manifest = &read.manifest;
        let source = Source::new(path, &manifest.path);
        let certificates = certificates(manifest);
        let mut seen: Vec<Seen> = std::iter::once(seen).chain(source.seen()).collect();
        seen.extend(certificates.iter().cloned());
        let mut report = SkillReport::new(manifest.id.clone(), path.to_owned());
        report.package = Some(source.to_string());
        let mut authorisation = Authorisation::new(self.records.as_ref(), path, manifest, &source);
        let record = authorisation.seen.clone();
        seen.extend(record.clone());
        let package = match self.packages.read(&source) {
            Ok(package) => package,
            Err(reason) => {
                if let Unusable::Broken(message) = &reason
                    && let Some(entry) = previous.filter(|entry| same_manifest(entry, read))
                    && let Some(kept) = self.keep(entry, message, seen.clone())
                {
                    return kept;
                }
                let advice = match &reason {
                    Unusable::Gone(_) => self.packages.elsewhere(path, &manifest.path),
                    Unusable::Broken(_) => None,
                };
                let message = reason.into_message() + &advice.unwrap_or_default();
                return Entry::failed(report, message, seen);
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
        report.authorised = authorisation.parts();
        if problems.is_empty()
            && let Some(refusal) = authorisation.refusal(&found)
        {
            if let Some(entry) = previous.filter(|entry| same_manifest(entry, read))
                && let Some(kept) = self.keep(entry, &refusal, seen.clone())
            {
                return kept;
            }
            problems.push(refusal);
        }
        // What is recorded here is no change to be acted upon.
        let mut record_found = |mut entry: Entry| {
            entry
                .report
                .warnings
                .extend(authorisation.record(&found).err());
            entry.report.authorised = authorisation.parts();
            if let Some(record) = &record {
                entry.seen.retain(|seen| seen.path != record.path);
                entry.seen.push(Seen::now(&record.path));
            }
            entry
        };
        let origin = Fingerprint {
            manifest: read.text.clone(),
            env: manifest.env.clone(),
            source: source.clone(),
            package: package.content_hash(),
            certificates,
            host: self.host(),
        };
        if problems.is_empty()
            && let Some(entry) = previous
            && let Some(deployed) = entry
                .deployed
                .as_ref()
                .filter(|deployed| deployed.origin == origin)
        {
            report.requirements.clone_from(&entry.report.requirements);
            return record_found(running(report, deployed.clone(), seen));
        }
        let grants = match Grants::open(manifest) {
            Ok(mut grants) => {
                grants.protect(&self.protected);
                report.requirements = requirements(&grants, &package.descriptor.requirements);
                problems.extend(missing(path, &report.requirements));
                Some(grants)
            }
            Err(error) => {
                problems.push(error.to_string());
                None
            }
        };
        let Some(grants) = grants.filter(|_| problems.is_empty()) else {
            return Entry::failed(report, problems.join("\n"), seen);
        };
        match self.deploy(read, &package, grants) {
            Ok(skill) => {
                let described = manifest
                    .description
                    .clone()
                    .filter(|text| !text.trim().is_empty());
                let description =
                    described.unwrap_or_else(|| package.descriptor.description.clone());
                let section = manifest.mcp.clone();
                let deployed = Arc::new(Deployed {
                    skill,
                    section,
                    description,
                    signer,
                    origin,
                });
                record_found(running(report, deployed, seen))
            }
            Err(problem) => Entry::failed(report, problem, seen),
        }
    }

    fn deploy(
        &self,
        read: &ReadManifest,
        package: &Package,
        grants: Grants,
    ) -> Result<Skill, String> {
        let (section, abi) = (&read.manifest.runtime, package.descriptor.abi);
        let limits = Limits::new(section, self.memory_limit_mb, abi);
        let id = &read.manifest.id;
        self.runtime
            .load(id, package, Arc::new(grants), limits)
            .map_err(|error| error.to_string())
    }

    fn host(&self) -> HostFingerprint {
        HostFingerprint {
            memory_limit_mb: self.memory_limit_mb,
            generation: self.generation,
        }
    }

    /// The version that runs, with a note on why the new one does not; none when settings that were changed since
    /// forbid it.
    fn keep(&self, entry: &Entry, problem: &str, seen: Vec<Seen>) -> Option<Entry> {
        let deployed = entry.deployed.clone()?;
        let trusted = match &self.trust {
            Trust::Any => true,
            Trust::Keys(keys) => deployed
                .signer
                .as_ref()
                .is_some_and(|signer| keys.contains(signer)),
        };
        if !trusted || deployed.origin.host != self.host() {
            return None;
        }
        let mut report = entry.report.clone();
        report.problem = Some(format!(
            "{problem}\nthe version loaded before keeps running until this is put right"
        ));
        // The package is watched still, although it was not looked at this time.
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

/// The files of certificates that a manifest names.
pub(crate) fn certificates(manifest: &Manifest) -> Vec<Seen> {
    let permissions = &manifest.permissions;
    let sections = [&permissions.http.network, &permissions.tcp.network];
    let files = sections
        .iter()
        .filter_map(|section| section.ca_file.as_ref());
    files.map(|(path, _)| Seen::now(path)).collect()
}

fn same_manifest(entry: &Entry, read: &ReadManifest) -> bool {
    let same = |deployed: &Arc<Deployed>| {
        deployed.origin.manifest == read.text && deployed.origin.env == read.manifest.env
    };
    entry.deployed.as_ref().is_some_and(same)
}

fn running(mut report: SkillReport, deployed: Arc<Deployed>, seen: Vec<Seen>) -> Entry {
    let skill = &deployed.skill;
    report.carve_outs = skill.grants().carve_outs().iter().map(carved).collect();
    report.methods = skill.methods().iter().map(MethodReport::from).collect();
    report.commands = skill.confinement();
    report.warnings.extend_from_slice(skill.warnings());
    report
        .warnings
        .extend(tools::list_warnings(skill.methods(), &deployed.section));
    report.running = true;
    Entry {
        report,
        deployed: Some(deployed),
        seen,
    }
}

/// The line that tells an operator of a place that a grant does not open.
fn carved(carve_out: &CarveOut) -> String {
    let granted = match (&carve_out.names, carve_out.whole) {
        (Some(names), _) => format!("names {names} in {}", carve_out.path.display()),
        (None, true) => format!("all of {}", carve_out.path.display()),
        (None, false) => carve_out.path.display().to_string(),
    };
    let closed = match carve_out.protection {
        Protection::Hidden => "neither read nor written",
        Protection::ReadOnly => "not written",
    };
    let (rule, place) = (&carve_out.granted_by, &carve_out.place);
    let (what, path) = (&place.what, place.path.display());
    format!("{granted}  {closed}, although {rule} grants it: {what} ({path})")
}

fn requirements(grants: &Grants, required: &[Requirement]) -> Vec<RequirementReport> {
    let held = |requirement: &Requirement| {
        let mode = requirement.mode.as_deref();
        let verdict = grants.requirement(&requirement.kind, &requirement.pattern, mode);
        RequirementReport {
            kind: requirement.kind.clone(),
            pattern: requirement.pattern.clone(),
            mode: requirement.mode.clone(),
            granted: verdict.granted,
            why: verdict.why,
            missing: verdict.missing,
        }
    };
    required.iter().map(held).collect()
}

/// The message for requirements that are not granted: a line each to add to the manifest.
fn missing(manifest: &Path, requirements: &[RequirementReport]) -> Option<String> {
    let unmet: Vec<_> = requirements
        .iter()
        .filter(|requirement| !requirement.granted)
        .collect();
    if unmet.is_empty() {
        return None;
    }
    let mut text = format!(
        "the package requires more than {} grants; to grant it, add:",
        manifest.display()
    );
    for requirement in unmet {
        let RequirementReport {
            kind, pattern, why, ..
        } = requirement;
        match &requirement.missing {
            Some(line) => text.push_str(&format!("\n  {line}  # {why}")),
            None => text.push_str(&format!("\n  # nothing grants {kind} {pattern:?}: {why}")),
        }
    }
    Some(text)
}
