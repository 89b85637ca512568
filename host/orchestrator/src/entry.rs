//! The entry of one manifest in the registry.

use std::sync::Arc;

use luminarys_grants::{CarveOut, Isolation, Protection};

use crate::deployed::Deployed;
use crate::files::{ReadManifest, Seen};
use crate::report::{MethodReport, SkillReport};
use crate::tools;

/// A manifest, and its skill if it runs.
#[derive(Clone)]
pub(crate) struct Entry {
    pub report: SkillReport,
    pub deployed: Option<Arc<Deployed>>,
    /// The files read for it, including those that could not be read.
    pub seen: Vec<Seen>,
}

impl Entry {
    /// Makes the entry of a manifest whose package is not loaded yet.
    pub fn waiting(report: SkillReport, seen: Vec<Seen>) -> Self {
        Self {
            report,
            deployed: None,
            seen,
        }
    }

    /// Makes the entry of a manifest whose skill does not run, with the reason.
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

    /// Makes the entry of a skill whose code is not valid, and fails the calls that wait for it.
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

    /// Whether its code is compiled, or it has none.
    pub fn is_ready(&self) -> bool {
        let deployed = self.deployed.as_ref();
        deployed.is_none_or(|deployed| deployed.readiness.is_ready())
    }

    /// Whether the running skill was made from this manifest, with the same text and environment.
    pub fn is_of(&self, manifest: &ReadManifest) -> bool {
        let deployed = self.deployed.as_ref();
        deployed.is_some_and(|deployed| *deployed.origin.manifest == *manifest)
    }
}

/// Formats a carve-out: a path that a grant does not open.
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
