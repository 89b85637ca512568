//! An immutable snapshot of all skills: a reload makes a new one.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use luminarys_grants::Denial;

use crate::deployed::Deployed;
use crate::entry::Entry;
use crate::instructions::{Described, instructions};
use crate::policy::between;
use crate::tool_names::Naming;
use crate::tools::{self, Tool};
use crate::{InvokeError, Origin};

/// The skills and their tools, by name.
#[derive(Default)]
pub(crate) struct Registry {
    entries: Vec<Entry>,
    by_id: HashMap<String, usize>,
    tools: Arc<Vec<Tool>>,
    tool_positions: HashMap<String, usize>,
    instructions: Arc<str>,
}

impl Registry {
    /// Makes a registry of entries. Of two that claim one id or one tool name, the later is refused.
    pub fn new(mut entries: Vec<Entry>) -> Self {
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
            let owner = |name: &str| {
                let position = tool_positions.get(name);
                position.map(|&position| tools[position].skill.clone())
            };
            let own = tools::tools(
                skill.id(),
                &deployed.description,
                skill.methods(),
                &deployed.section,
                owner,
            );
            match own {
                Err(error) => entries[position].refuse(error.to_string()),
                Ok(own) => {
                    for tool in own {
                        tool_positions.insert(tool.name.clone(), tools.len());
                        tools.push(tool);
                    }
                }
            }
        }
        tools.sort_by(|one, other| one.name.cmp(&other.name));
        let named = tools.iter().enumerate();
        let tool_positions = named.map(|(at, tool)| (tool.name.clone(), at)).collect();
        let instructions = instructions_for(&entries, &tools, &|_| true).into();
        Self {
            entries,
            by_id,
            tools: Arc::new(tools),
            tool_positions,
            instructions,
        }
    }

    /// Returns the entries in the order of the settings.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the entry with an id.
    pub fn entry(&self, id: &str) -> Option<&Entry> {
        self.by_id.get(id).map(|&position| &self.entries[position])
    }

    /// Returns the entry of a manifest.
    pub fn of_manifest(&self, path: &Path) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|entry| entry.report.manifest == path)
    }

    /// By name.
    pub fn tools(&self) -> &Arc<Vec<Tool>> {
        &self.tools
    }

    /// Returns the instructions for a client's model about the skills with visible tools.
    pub fn instructions(&self, sees: Option<&dyn Fn(&str) -> bool>) -> Arc<str> {
        match sees {
            None => self.instructions.clone(),
            Some(sees) => instructions_for(&self.entries, &self.tools, sees).into(),
        }
    }

    pub fn tool(&self, name: &str) -> Option<&Tool> {
        self.tool_positions
            .get(name)
            .map(|&position| &self.tools[position])
    }

    /// Returns the skill to call for `method`, which is not looked for.
    ///
    /// # Errors
    /// [`InvokeError::UnknownSkill`], [`InvokeError::NotLoaded`]; to a skill whose own policy does not name the
    /// target, [`InvokeError::Denied`], so that it does not learn which skills there are.
    pub fn target(
        &self,
        origin: &Origin,
        id: &str,
        method: &str,
    ) -> Result<&Arc<Deployed>, InvokeError> {
        let entry = self.entry(id);
        let deployed = entry.and_then(|entry| entry.deployed.as_ref());
        if let Origin::Skill(caller) = origin {
            let own = self.invoke_grants(caller);
            let theirs = deployed.map(|deployed| deployed.invoke_grants());
            between(caller, own, id, theirs).map_err(|denial| {
                let rule = match between(caller, own, id, None) {
                    Err(_) => denial.rule,
                    // The line is for the other manifest.
                    Ok(()) => format!("{}  # in the manifest of {id}", denial.rule),
                };
                InvokeError::Denied(Denial {
                    target: format!("{id}/{method}"),
                    rule,
                    ..denial
                })
            })?;
        }
        let entry = entry.ok_or_else(|| InvokeError::UnknownSkill(id.to_owned()))?;
        deployed.ok_or_else(|| InvokeError::NotLoaded {
            skill: id.to_owned(),
            problem: entry.report.why_not(),
        })
    }

    /// Returns the policy of a running skill.
    pub fn invoke_grants(&self, id: &str) -> Option<&luminarys_grants::InvokeGrants> {
        self.entry(id)?
            .deployed
            .as_ref()
            .map(|deployed| deployed.invoke_grants())
    }
}

fn instructions_for(entries: &[Entry], tools: &[Tool], sees: &dyn Fn(&str) -> bool) -> String {
    let seen = tools.iter().filter(|tool| sees(&tool.name));
    let with_tools: HashSet<&str> = seen.map(|tool| tool.skill.as_str()).collect();
    let running = entries.iter().filter_map(|entry| entry.deployed.as_ref());
    let named: Vec<(String, &str)> = running
        .filter(|deployed| with_tools.contains(deployed.skill.id()))
        .map(|deployed| {
            let naming = Naming::new(deployed.skill.id(), &deployed.section);
            (naming.label(), deployed.description.as_str())
        })
        .collect();
    let described: Vec<Described<'_>> = named
        .iter()
        .map(|(tools, description)| Described { tools, description })
        .collect();
    instructions(&described)
}

/// Returns why the later of two manifests with one id does not run.
pub(crate) fn duplicate_id(id: &str, first: &Path) -> String {
    format!(
        "the id {id} is taken by {}; give one of them another id",
        first.display()
    )
}
