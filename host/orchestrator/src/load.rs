//! A manifest becomes a deployed skill, or a report of why it does not.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use luminarys_grants::{Grants, Manifest, Mapping};
use luminarys_package::{MAX_PACKAGE_BYTES, Package, Trust};
use luminarys_runtime::{Limits, Runtime, Skill};

use crate::report::{MethodReport, RequirementReport, SkillReport};
use crate::settings::Settings;

/// A manifest's skill, as far as it got.
pub(crate) struct Deployed {
    pub report: SkillReport,
    pub skill: Option<Skill>,
    pub manifest: Option<Manifest>,
    /// What it was made from: unchanged inputs are not loaded again.
    pub fingerprint: Fingerprint,
}

/// Everything a deployed skill depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    manifest: Option<Vec<u8>>,
    package: Option<[u8; 32]>,
    trust: String,
    memory_limit_mb: Option<u64>,
}

/// Loads the manifest at `path`. `before` is what stood in its place; it is kept when nothing has changed, and also
/// when the manifest no longer makes sense, since a slip of the pen should not stop a running skill.
pub(crate) fn load(runtime: &Runtime, settings: &Settings, path: &Path, before: Option<Arc<Deployed>>) -> Arc<Deployed> {
    let mut deployed = Deployed {
        report: SkillReport {
            id: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            manifest: path.to_owned(),
            package: None,
            descriptor: None,
            signer: None,
            methods: Vec::new(),
            requirements: Vec::new(),
            problem: None,
            warnings: Vec::new(),
        },
        skill: None,
        manifest: None,
        fingerprint: Fingerprint {
            manifest: std::fs::read(path).ok(),
            trust: format!("{:?}", settings.trust),
            memory_limit_mb: settings.memory_limit_mb,
            package: None,
        },
    };
    let manifest = match Manifest::load(path) {
        Ok(manifest) => manifest,
        Err(error) => {
            if let Some(before) = before.filter(|before| before.skill.is_some() && deployed.fingerprint.manifest.is_some()) {
                let mut report = before.report.clone();
                report.warnings = vec![format!("the manifest is not usable now, so the version before runs on: {error}")];
                return Arc::new(Deployed {
                    report,
                    skill: before.skill.clone(),
                    manifest: before.manifest.clone(),
                    fingerprint: before.fingerprint.clone(),
                });
            }
            deployed.report.problem = Some(error.to_string());
            return Arc::new(deployed);
        }
    };
    deployed.report.id.clone_from(&manifest.id);
    let package_path = package_path(path, &manifest);
    deployed.report.package = Some(package_path.clone());
    let package = read_package(&package_path);
    deployed.fingerprint.package = package.as_ref().ok().map(Package::content_hash);
    if let Some(before) = before {
        if before.skill.is_some() && before.fingerprint == deployed.fingerprint {
            return before;
        }
    }
    if let Err(problem) = package.and_then(|package| fill(&mut deployed, runtime, settings, &manifest, &package)) {
        deployed.report.problem = Some(problem);
    }
    deployed.manifest = Some(manifest);
    Arc::new(deployed)
}

/// The package's path: relative to the manifest's directory.
fn package_path(manifest_path: &Path, manifest: &Manifest) -> PathBuf {
    manifest_path.parent().unwrap_or(Path::new("")).join(&manifest.path)
}

fn read_package(path: &Path) -> Result<Package, String> {
    let failed = |reason: String| format!("the package {}: {reason}", path.display());
    let size = std::fs::metadata(path).map_err(|error| failed(error.to_string()))?.len();
    if size > MAX_PACKAGE_BYTES {
        return Err(failed(format!("{size} bytes; at most {MAX_PACKAGE_BYTES} are read")));
    }
    let bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
    Package::read(bytes).map_err(|error| failed(error.to_string()))
}

fn fill(
    deployed: &mut Deployed,
    runtime: &Runtime,
    settings: &Settings,
    manifest: &Manifest,
    package: &Package,
) -> Result<(), String> {
    let report = &mut deployed.report;
    let verified = package.verify(&settings.trust).map_err(|error| error.to_string())?;
    report.descriptor = Some(package.descriptor.clone());
    report.signer = verified.signer.map(|key| key.id());
    if settings.trust == Trust::Any {
        report.warnings.push("trust is `any`: this package runs whoever made it".to_owned());
    }
    let grants = Grants::open(manifest).map_err(|error| error.to_string())?;
    report.requirements = requirements(package, &grants);
    let unmet: Vec<&RequirementReport> = report.requirements.iter().filter(|one| !one.granted).collect();
    if !unmet.is_empty() {
        let lines = unmet.iter().map(|one| match &one.missing {
            Some(line) => format!("  {line}    # {} {}: {}", one.kind, one.pattern, one.why),
            None => format!("  # {} {}: {}", one.kind, one.pattern, one.why),
        });
        let lines: Vec<String> = lines.collect();
        return Err(format!(
            "the package needs what {} does not grant; add\n{}",
            manifest.file(),
            lines.join("\n")
        ));
    }
    if manifest.permissions.shell.enabled && manifest.permissions.shell.allowlist.is_empty() {
        report.warnings.push("permissions.shell.allowlist is empty, which allows every command".to_owned());
    }
    let limits = Limits::new(&manifest.runtime, settings.memory_limit_mb);
    let skill = runtime.load(&manifest.id, package, Arc::new(grants), limits).map_err(|error| error.to_string())?;
    report.warnings.extend(skill.warnings().iter().cloned());
    let listed = manifest.mcp.hidden_methods.iter().chain(&manifest.mcp.exposed_methods);
    for name in listed.filter(|name| !skill.methods().iter().any(|method| method.name == **name)) {
        report.warnings.push(format!("the manifest's mcp section names {name}, which is no method of the skill"));
    }
    if manifest.mcp.mapping == Mapping::PerSkill && skill.methods().is_empty() {
        report.warnings.push("the skill has no methods".to_owned());
    }
    report.methods = skill
        .methods()
        .iter()
        .map(|method| MethodReport {
            name: method.name.clone(),
            description: method.description.clone(),
            visibility: method.visibility,
            input_schema: method.input_schema.clone(),
            output_schema: method.output_schema.clone(),
            unavailable: method.unavailable.clone(),
        })
        .collect();
    deployed.skill = Some(skill);
    Ok(())
}

fn requirements(package: &Package, grants: &Grants) -> Vec<RequirementReport> {
    let wanted = package.descriptor.requirements.iter();
    wanted
        .map(|wanted| {
            let verdict = grants.requirement(&wanted.kind, &wanted.pattern, wanted.mode.as_deref());
            RequirementReport {
                kind: wanted.kind.clone(),
                pattern: wanted.pattern.clone(),
                mode: wanted.mode.clone(),
                granted: verdict.granted,
                why: verdict.why,
                missing: verdict.missing,
            }
        })
        .collect()
}
