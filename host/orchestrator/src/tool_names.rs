//! Names of tools that every client accepts.
//!
//! Claude accepts `^[a-zA-Z0-9_-]{1,64}$` and drops a server with any other tool, Cursor drops tools with other
//! characters than letters, digits and `_` and counts the server's name into 60, Gemini's client shortens beyond 63,
//! and several put `__` between the server's name and the tool's.

use std::collections::HashSet;

use luminarys_grants::{Mapping, McpSection};
use thiserror::Error;

/// The longest name, in bytes.
const MAX_NAME: usize = 60;

/// Why a tool cannot be offered under its name.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum NameError {
    /// Some clients would reject it.
    #[error(
        "its tool would be called {name:?}, and clients accept at most {MAX_NAME} of a-z A-Z 0-9 _ -, starting with a letter and without \
         `__`; {advice}"
    )]
    Unfit {
        /// The name.
        name: String,
        /// What to write in the manifest.
        advice: String,
    },
    /// Another skill has it.
    #[error("its tool {name} has the name of a tool of the skill {owner}; {advice}")]
    Taken {
        /// The name.
        name: String,
        /// The other skill.
        owner: String,
        /// What to write in the manifest.
        advice: String,
    },
}

/// The names of one skill's tools.
pub(crate) struct Naming<'a> {
    id: &'a str,
    section: &'a McpSection,
}

impl<'a> Naming<'a> {
    /// Names tools of the skill `id` according to the manifest's `section`.
    pub fn new(id: &'a str, section: &'a McpSection) -> Self {
        Self { id, section }
    }

    /// Returns the name of the tool for `method`, or for the whole skill.
    pub fn name(&self, method: Option<&str>) -> String {
        let prefix = match &self.section.name {
            Some(name) => name.clone(),
            None => self.id.replace(['-', '.'], "_"),
        };
        named(&prefix, method)
    }

    /// Returns a label of all of the skill's tools: the name of the only one, or their prefix and `*`.
    pub fn label(&self) -> String {
        match self.section.mapping {
            Mapping::PerSkill | Mapping::None => self.name(None),
            Mapping::PerMethod if self.section.name.as_deref() == Some("") => self.id.to_owned(),
            Mapping::PerMethod => self.name(Some("*")),
        }
    }

    /// Returns the names of the tools for `methods`, in their order.
    ///
    /// # Errors
    /// [`NameError`] with a line for the manifest: for a name that some client would reject, or one that according to
    /// `owner` belongs to another skill.
    pub fn names(
        &self,
        methods: &[&str],
        owner: impl Fn(&str) -> Option<String>,
    ) -> Result<Vec<String>, NameError> {
        let methods: Vec<Option<&str>> = match self.section.mapping {
            Mapping::None => Vec::new(),
            Mapping::PerSkill if methods.is_empty() => Vec::new(),
            Mapping::PerSkill => vec![None],
            Mapping::PerMethod => methods.iter().copied().map(Some).collect(),
        };
        let mut names = Vec::with_capacity(methods.len());
        for method in &methods {
            let name = self.name(*method);
            if !fits(&name) {
                let advice = self.advice(&methods, &owner);
                return Err(NameError::Unfit { name, advice });
            }
            if let Some(owner_id) = owner(&name) {
                return Err(NameError::Taken {
                    name,
                    owner: owner_id,
                    advice: self.advice(&methods, &owner),
                });
            }
            names.push(name);
        }
        Ok(names)
    }

    /// Returns what to write so that every name is valid and free.
    fn advice(&self, methods: &[Option<&str>], owner: &impl Fn(&str) -> Option<String>) -> String {
        let unfit: Vec<&str> = methods
            .iter()
            .flatten()
            .copied()
            .filter(|method| !fits(&named("a", Some(method))))
            .collect();
        if !unfit.is_empty() {
            let hidden: Vec<&str> = self.hidden().into_iter().chain(unfit).collect();
            return format!(
                "no prefix makes it valid, so hide it: mcp.hidden_methods: [{}]",
                hidden.join(", ")
            );
        }
        let longest = methods
            .iter()
            .map(|method| method.map_or(0, |method| method.len() + 1));
        let room = MAX_NAME - longest.max().unwrap_or_default();
        let is_free = |prefix: &str| {
            methods.iter().all(|method| {
                let name = named(prefix, *method);
                fits(&name) && owner(&name).is_none()
            })
        };
        let wanted = self.section.name.as_deref().filter(|name| !name.is_empty());
        let plain = plain(wanted.unwrap_or(self.id));
        // More than the possible number of conflicting tools.
        let numbered = (2..10_000).map(|number: u32| number.to_string());
        let found = std::iter::once(String::new())
            .chain(numbered)
            .find_map(|suffix| {
                let base = &plain[..plain.len().min(room.saturating_sub(suffix.len()))];
                let prefix = format!("{}{suffix}", base.trim_end_matches('_'));
                is_free(&prefix).then_some(prefix)
            });
        match found {
            Some(prefix) => {
                format!("set another prefix in the manifest, such as mcp.name: {prefix}")
            }
            None => "set another prefix in the manifest with mcp.name".to_owned(),
        }
    }

    fn hidden(&self) -> Vec<&str> {
        let mut seen = HashSet::new();
        let hidden = self.section.hidden_methods.iter().map(String::as_str);
        hidden.filter(|method| seen.insert(*method)).collect()
    }
}

fn named(prefix: &str, method: Option<&str>) -> String {
    match method {
        None => prefix.to_owned(),
        Some(method) if prefix.is_empty() => method.to_owned(),
        Some(method) => format!("{prefix}_{method}"),
    }
}

/// Whether every client accepts `name`.
fn fits(name: &str) -> bool {
    let is_known = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.len() <= MAX_NAME
        && name.chars().all(is_known)
        && !name.contains("__")
}

/// Returns letters, digits and single `_` that resemble `text`, starting with a letter.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for c in text.chars() {
        match c {
            c if c.is_ascii_alphanumeric() => plain.push(c),
            _ if plain.is_empty() || plain.ends_with('_') => {}
            _ => plain.push('_'),
        }
    }
    let plain = plain.trim_end_matches('_');
    match plain.starts_with(|c: char| c.is_ascii_alphabetic()) {
        true => plain.to_owned(),
        false => format!("s{plain}"),
    }
}

#[cfg(test)]
#[path = "tool_names_tests.rs"]
mod tests;
