//! What is deployed at one moment: never changed, only replaced.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::load::Deployed;
use crate::tools::{Tool, tools};

/// A snapshot. Calls in flight keep the one they began with.
#[derive(Default)]
pub(crate) struct Registry {
    pub deployed: Vec<Arc<Deployed>>,
    by_id: HashMap<String, usize>,
    pub tools: Arc<Vec<Tool>>,
    by_tool: HashMap<String, usize>,
}

impl Registry {
    /// Puts loaded skills together. One whose id or tool names are taken by an earlier one is refused.
    pub fn new(loaded: Vec<Arc<Deployed>>, separator: &str) -> Self {
        let mut registry = Self::default();
        let mut all = Vec::new();
        let mut names = HashSet::new();
        for deployed in loaded {
            let mut problem = None;
            let id = deployed.report.id.clone();
            if deployed.skill.is_some() && registry.by_id.contains_key(&id) {
                problem = Some(format!("another manifest deploys a skill as {id}; give this one an id of its own"));
            }
            let mut own = Vec::new();
            if let (None, Some(manifest), Some(skill)) = (&problem, &deployed.manifest, &deployed.skill) {
                own = tools(manifest, skill, separator);
                if let Some(taken) = own.iter().find(|tool| names.contains(&tool.name)) {
                    problem = Some(format!("another skill has a tool named {}; change this one's id", taken.name));
                }
            }
            let deployed = match problem {
                Some(problem) => {
                    own.clear();
                    let mut report = deployed.report.clone();
                    report.problem = Some(problem);
                    let fingerprint = deployed.fingerprint.clone();
                    Arc::new(Deployed { report, skill: None, manifest: deployed.manifest.clone(), fingerprint })
                }
                None => deployed,
            };
            if deployed.skill.is_some() {
                registry.by_id.insert(id, registry.deployed.len());
            }
            names.extend(own.iter().map(|tool| tool.name.clone()));
            all.extend(own);
            registry.deployed.push(deployed);
        }
        registry.by_tool = all.iter().enumerate().map(|(index, tool)| (tool.name.clone(), index)).collect();
        registry.tools = Arc::new(all);
        registry
    }

    /// The loaded skill of this id, or else one that did not load.
    pub fn skill(&self, id: &str) -> Option<&Arc<Deployed>> {
        match self.by_id.get(id) {
            Some(index) => self.deployed.get(*index),
            None => self.deployed.iter().find(|deployed| deployed.report.id == id),
        }
    }

    pub fn tool(&self, name: &str) -> Option<&Tool> {
        self.by_tool.get(name).and_then(|index| self.tools.get(*index))
    }
}
