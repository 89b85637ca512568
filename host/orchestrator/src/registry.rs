//! An immutable snapshot of all skills: a reload makes a new one.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use luminarys_grants::Denial;

use crate::entry::Entry;
use crate::instructions::{Described, instructions};
use crate::policy::between;
use crate::remote::RemoteSkill;
use crate::target::Target;
use crate::tool_names::Naming;
use crate::tools::{self, Tool};
use crate::{InvokeError, Origin};

/// The skills and their tools, by name.
#[derive(Default)]
pub(crate) struct Registry {
    entries: Vec<Entry>,
    by_id: HashMap<String, usize>,
    /// The skills that only other nodes run, by id.
    remote: BTreeMap<String, Arc<RemoteSkill>>,
    tools: Arc<Vec<Tool>>,
    tool_positions: HashMap<String, usize>,
    instructions: Arc<str>,
}

impl Registry {
    /// Makes a registry of entries, and of the skills of other nodes that do not run here. Of two that claim one id or one
    /// tool name, the later is refused; of a skill of another node, only its tools.
    pub fn new(mut entries: Vec<Entry>, remote: &[Arc<RemoteSkill>]) -> Self {
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
        let runs_here = |skill: &RemoteSkill| {
            let entry = by_id.get(&skill.id).map(|&position| &entries[position]);
            entry.is_some_and(|entry| entry.deployed.is_some())
        };
        let remote = remote.iter().filter(|skill| !runs_here(skill));
        let remote: BTreeMap<String, Arc<RemoteSkill>> = remote
            .map(|skill| (skill.id.clone(), skill.clone()))
            .collect();
        for skill in remote.values() {
            let owner = |name: &str| {
                let position = tool_positions.get(name);
                position.map(|&position| tools[position].skill.clone())
            };
            let (id, section) = (&skill.id, &skill.section);
            match tools::tools(id, &skill.description, &skill.methods, section, owner) {
                Err(error) => {
                    tracing::warn!(skill = %id, "a skill of another node is not offered to clients: {error}");
                }
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
        let instructions = instructions_for(&entries, &remote, &tools, &|_| true).into();
        Self {
            entries,
            by_id,
            remote,
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

    /// Returns the skills that only other nodes run.
    pub fn remote(&self) -> impl Iterator<Item = &Arc<RemoteSkill>> {
        self.remote.values()
    }

    /// Returns a skill with an id, where it runs.
    pub fn running(&self, id: &str) -> Option<Target> {
        let here = self.entry(id).and_then(|entry| entry.deployed.as_ref());
        let elsewhere = || self.remote.get(id).cloned().map(Target::Elsewhere);
        here.cloned().map(Target::Here).or_else(elsewhere)
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
            Some(sees) => instructions_for(&self.entries, &self.remote, &self.tools, sees).into(),
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
    pub fn target(&self, origin: &Origin, id: &str, method: &str) -> Result<Target, InvokeError> {
        let target = self.running(id);
        if let Origin::OtherNode(caller) = origin
            && let Some(target) = &target
        {
            let decided = target.invoke_grants().may_be_invoked_by(caller);
            decided.map_err(|denial| denied(denial, id, method, true))?;
        }
        if let Origin::Skill(caller) = origin {
            let own = self.invoke_grants(caller);
            let theirs = target.as_ref().map(Target::invoke_grants);
            between(caller, own, id, theirs).map_err(|denial| {
                let is_of_target = between(caller, own, id, None).is_ok();
                denied(denial, id, method, is_of_target)
            })?;
        }
        target.ok_or_else(|| match self.entry(id) {
            None => InvokeError::UnknownSkill(id.to_owned()),
            Some(entry) => InvokeError::NotLoaded {
                skill: id.to_owned(),
                problem: entry.report.why_not(),
            },
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

/// Returns the error of a call that a policy denies; `is_of_target` tells whether it is the policy of the skill that is called.
fn denied(denial: Denial, id: &str, method: &str, is_of_target: bool) -> InvokeError {
    let rule = match is_of_target {
        false => denial.rule,
        true => format!("{}  # in the manifest of {id}", denial.rule),
    };
    InvokeError::Denied(Denial {
        target: format!("{id}/{method}"),
        rule,
        ..denial
    })
}

fn instructions_for(
    entries: &[Entry],
    remote: &BTreeMap<String, Arc<RemoteSkill>>,
    tools: &[Tool],
    sees: &dyn Fn(&str) -> bool,
) -> String {
    let seen = tools.iter().filter(|tool| sees(&tool.name));
    let with_tools: HashSet<&str> = seen.map(|tool| tool.skill.as_str()).collect();
    let running = entries.iter().filter_map(|entry| entry.deployed.as_ref());
    let here = running.map(|it| (it.skill.id(), &it.section, it.description.as_str()));
    let elsewhere = remote.values();
    let elsewhere = elsewhere.map(|it| (it.id.as_str(), &it.section, it.description.as_str()));
    let named: Vec<(String, &str)> = here
        .chain(elsewhere)
        .filter(|(id, ..)| with_tools.contains(id))
        .map(|(id, section, description)| (Naming::new(id, section).label(), description))
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
