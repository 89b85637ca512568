//! One manifest, and what became of it.

use std::sync::Arc;

use luminarys_grants::{CarveOut, Isolation, Protection};

use crate::deployed::Deployed;
use crate::files::{ReadManifest, Seen};
use crate::report::{MethodReport, SkillReport};
use crate::tools;

/// One manifest, and the skill when it runs.
#[derive(Clone)]
pub(crate) struct Entry {
    pub report: SkillReport,
    pub deployed: Option<Arc<Deployed>>,
    /// The files read for it, also when they could not be.
    pub seen: Vec<Seen>,
}

impl Entry {
    /// Makes the entry of a manifest whose package is still to be loaded.
    pub fn waiting(report: SkillReport, seen: Vec<Seen>) -> Self {
        Self {
            report,
            deployed: None,
            seen,
        }
    }

    /// Makes the entry of a manifest that runs nothing, and why.
    pub fn failed(report: SkillReport, problem: String, seen: Vec<Seen>) -> Self {
        let mut entry = Self::waiting(report, seen);
        entry.refuse(problem);
        entry
    }

    /// Makes the entry of a skill that runs.
    pub fn running(mut report: SkillReport, deployed: Arc<Deployed>, seen: Vec<Seen>) -> Self {
        let skill = &deployed.skill;
        report.carve_outs = skill.grants().carve_outs().iter().map(carved).collect();
        report.methods = skill.methods().iter().map(MethodReport::from).collect();
        report.commands = skill.confinement();
        report.keeps_sessions = skill.isolation() == Isolation::Session;
        report.warnings.extend_from_slice(skill.warnings());
        report
            .warnings
            .extend(tools::list_warnings(skill.methods(), &deployed.section));
        report.running = true;
        Self {
            report,
            deployed: Some(deployed),
            seen,
        }
    }

    /// Takes the skill out of service.
    pub fn refuse(&mut self, problem: String) {
        self.deployed = None;
        self.report.running = false;
        self.report.problem = Some(problem);
    }

    /// Makes the entry of a skill whose code turned out not to run, and tells its calls, which wait for it.
    pub fn unusable(self, problem: String) -> Self {
        if let Some(deployed) = &self.deployed {
            deployed.readiness.fail(problem.clone());
        }
        let mut report = self.report;
        report.methods.clear();
        report.carve_outs.clear();
        report.commands = None;
        Self::failed(report, problem, self.seen)
    }

    /// Whether calls are served, or will be when the code is compiled.
    pub fn is_ready(&self) -> bool {
        let deployed = self.deployed.as_ref();
        deployed.is_none_or(|deployed| deployed.readiness.is_ready())
    }

    /// Whether the skill that runs was made from this manifest, text and environment.
    pub fn is_of(&self, manifest: &ReadManifest) -> bool {
        let deployed = self.deployed.as_ref();
        deployed.is_some_and(|deployed| *deployed.origin.manifest == *manifest)
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
