//! All skills at one moment. Never changed: a reload makes another one.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::path::Path;
use std::sync::Arc;

use crate::deployed::Deployed;
use crate::entry::Entry;
use crate::tools::{self, Tool};
use crate::{InvokeError, Origin};

/// The skills, their tools, and who has which name.
#[derive(Default)]
pub(crate) struct Registry {
    entries: Vec<Entry>,
    by_id: HashMap<String, usize>,
    tools: Arc<Vec<Tool>>,
    tool_positions: HashMap<String, usize>,
}

impl Registry {
    /// Puts entries together. Of two that claim one id or one tool name, the later is refused.
    pub fn new(mut entries: Vec<Entry>, separator: &str) -> Self {
        let mut by_id: HashMap<String, usize> = HashMap::new();
        let mut tools: Vec<Tool> = Vec::new();
        let mut tool_positions: HashMap<String, usize> = HashMap::new();
        for position in 0..entries.len() {
            if let Some(&first) = by_id.get(&entries[position].report.id) {
                let problem = duplicate_id(
                    &entries[position].report.id,
                    &entries[first].report.manifest,
                );
                entries[position].refuse(problem);
                continue;
            }
            by_id.insert(entries[position].report.id.clone(), position);
            let Some(deployed) = &entries[position].deployed else {
                continue;
            };
            let skill = &deployed.skill;
            let own = tools::tools(
                skill.id(),
                &deployed.description,
                skill.methods(),
                &deployed.section,
                separator,
            );
            let taken = own
                .iter()
                .find_map(|tool| Some(&tools[*tool_positions.get(&tool.name)?]));
            if let Some(taken) = taken {
                let problem = format!(
                    "its tool {} has the name of a tool of the skill {}; change the id, or leave the method out with \
                     mcp.hidden_methods",
                    taken.name, taken.skill
                );
                entries[position].refuse(problem);
                continue;
            }
            for tool in own {
                // Two of one skill would have the same method name, which the package's descriptor rules out.
                if let Slot::Vacant(slot) = tool_positions.entry(tool.name.clone()) {
                    slot.insert(tools.len());
                    tools.push(tool);
                }
            }
        }
        Self {
            entries,
            by_id,
            tools: Arc::new(tools),
            tool_positions,
        }
    }

    /// In the order of the settings.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry that has an id.
    pub fn entry(&self, id: &str) -> Option<&Entry> {
        self.by_id.get(id).map(|&position| &self.entries[position])
    }

    /// What became of a manifest.
    pub fn of_manifest(&self, path: &Path) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|entry| entry.report.manifest == path)
    }

    pub fn tools(&self) -> &Arc<Vec<Tool>> {
        &self.tools
    }

    pub fn tool(&self, name: &str) -> Option<&Tool> {
        self.tool_positions
            .get(name)
            .map(|&position| &self.tools[position])
    }

    /// The skill that is to be called.
    ///
    /// # Errors
    /// [`InvokeError::UnknownSkill`], [`InvokeError::NotLoaded`]; to a skill whose own policy does not name the
    /// target, [`InvokeError::Denied`], so that it does not learn which skills there are.
    pub fn target(&self, origin: &Origin, id: &str) -> Result<&Arc<Deployed>, InvokeError> {
        let entry = self.entry(id);
        let deployed = entry.and_then(|entry| entry.deployed.as_ref());
        if let Origin::Skill(caller) = origin {
            let target_grants = deployed.map(|deployed| deployed.invoke_grants());
            crate::policy::between(caller, self.invoke_grants(caller), id, target_grants)
                .map_err(InvokeError::Denied)?;
        }
        let entry = entry.ok_or_else(|| InvokeError::UnknownSkill(id.to_owned()))?;
        deployed.ok_or_else(|| InvokeError::NotLoaded {
            skill: id.to_owned(),
            problem: entry.report.why_not(),
        })
    }

    /// The policy of a skill that runs.
    pub fn invoke_grants(&self, id: &str) -> Option<&luminarys_grants::InvokeGrants> {
        self.entry(id)?
            .deployed
            .as_ref()
            .map(|deployed| deployed.invoke_grants())
    }
}

/// Why the later of two manifests with one id does not run.
pub(crate) fn duplicate_id(id: &str, first: &Path) -> String {
    format!(
        "the id {id} is taken by {}; give one of them another id",
        first.display()
    )
}
