//! `permissions.store`: how much data a skill may store, and which namespaces it shares with others.

use luminarys_text::cut;
use serde::Deserialize;

use super::filesystem::FilesystemGrants;
use crate::capability::{About, Capability, Key, Place, ValueKind};
use crate::denial::{Denial, quoted};
use crate::explain::{Asked, ExplainError, Explained, Question, Target, WRITE};
use crate::kind::Kind;
use crate::open_error::OpenError;
use crate::pattern::{Pattern, literal};
use crate::section::{
    Access, Entry, Import, List, Listed, Reader, Section, Written, parse_mode, split_mode,
};
use crate::yaml::YamlError;

/// The maximum length of a namespace's name, in bytes.
const MAX_NAMESPACE: usize = 128;

pub(crate) static ABOUT: About = About {
    // Every skill has a private namespace without a grant.
    interfaces: &[],
    keys: &[Key {
        name: "store",
        form: "NAMESPACE[:rw]",
        help: "a shared namespace of the store",
        example: "NAMESPACE:rw",
        value: ValueKind::Text,
        place: Place::listed(&["permissions", "store"], Some("shared")),
        shown: "store",
        requirement: None,
    }],
    questions: &[Question {
        name: "store",
        help: "A shared namespace of the store; a skill's own namespace is always allowed",
        target: Target::Needed("a namespace"),
        flags: &[WRITE],
    }],
};

/// A shared namespace.
static NAMESPACE: Kind = Kind::new(
    || r"[^\x00-\x1f\x7f-\x9f]+".to_owned(),
    "a namespace has at least one character, and no control characters",
);

/// `permissions.store` as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawStore {
    shared: List,
    max_mb: u64,
}

impl Default for RawStore {
    fn default() -> Self {
        Self {
            shared: List::new(),
            max_mb: StoreSection::default().max_mb,
        }
    }
}

/// `permissions.store`
#[derive(Clone, Debug, PartialEq)]
pub struct StoreSection {
    /// Namespaces shared with other skills: names or patterns, followed by `:ro` or `:rw`.
    pub shared: Vec<Entry>,
    /// Maximum size of one namespace, in MiB.
    pub max_mb: u64,
}

impl Default for StoreSection {
    fn default() -> Self {
        Self {
            shared: Vec::new(),
            max_mb: 16,
        }
    }
}

impl Written for RawStore {
    type Section = StoreSection;

    fn read(self, reader: &Reader<'_>) -> Result<StoreSection, YamlError> {
        let (key, is_namespace) = ("permissions.store.shared", |text: &str| {
            let (name, _) = parse_mode(text).map_err(|error| error.to_string())?;
            let pattern = NAMESPACE.pattern(name);
            pattern.map(drop).map_err(|error| error.to_string())
        });
        Ok(StoreSection {
            shared: reader.entries(key, self.shared, is_namespace)?,
            max_mb: self.max_mb,
        })
    }

    fn add(&mut self, line: Self) {
        // The first entry that matches decides.
        self.shared.splice(0..0, line.shared);
    }
}

impl Section for StoreSection {
    fn listed(&self) -> Vec<Listed> {
        let shared = self.shared.iter().map(|entry| {
            let (name, mode) = split_mode(&entry.pattern);
            Listed {
                mode: Some(mode.unwrap_or(Access::Read).mode()),
                ..Listed::new("store", name, &entry.rule)
            }
        });
        shared.collect()
    }

    fn import(&self, interface: &str) -> Option<Import> {
        (interface == "store").then(|| Import {
            granted: true,
            why: "its own; permissions.store.shared for others'".to_owned(),
        })
    }
}

/// The compiled grants of `permissions.store`.
#[derive(Clone, Debug, Default)]
pub struct StoreGrants {
    shared: Vec<Shared>,
    /// Maximum size in bytes of the skill's private namespace, and of each shared one when the skill writes to it.
    pub max_bytes: u64,
}

#[derive(Clone, Debug)]
struct Shared {
    pattern: Pattern,
    writable: bool,
    rule: String,
}

impl StoreGrants {
    pub(crate) fn new(section: &StoreSection) -> Self {
        let shared = |entry: &Entry| {
            let (name, mode) = split_mode(&entry.pattern);
            Some(Shared {
                // The manifest's parser has compiled each entry, so none is dropped here.
                pattern: Pattern::new(name).ok()?,
                writable: mode == Some(Access::Write),
                rule: entry.rule.clone(),
            })
        };
        Self {
            shared: section.shared.iter().filter_map(shared).collect(),
            max_bytes: section.max_mb.saturating_mul(1 << 20),
        }
    }

    /// Compiles the patterns of `section`.
    ///
    /// # Errors
    /// Never fails: the section needs nothing opened.
    pub(crate) fn open(section: &StoreSection, _: &FilesystemGrants) -> Result<Self, OpenError> {
        Ok(Self::new(section))
    }

    /// Checks the name of a shared namespace.
    ///
    /// # Errors
    /// A message that quotes the text.
    pub fn check_namespace(name: &str) -> Result<(), String> {
        if name.is_empty() || name.len() > MAX_NAMESPACE || name.contains(char::is_control) {
            let shown = cut(name, MAX_NAMESPACE);
            return Err(format!(
                "{shown:?} is not a namespace: 1 to {MAX_NAMESPACE} bytes without control characters"
            ));
        }
        Ok(())
    }

    /// Decides on access to the shared `namespace` by the first entry that matches. Returns its place.
    ///
    /// # Errors
    /// [`Denial`] when no entry matches, or the entry is `ro` and `access` is to write.
    pub fn decide(&self, namespace: &str, access: Access) -> Result<&str, Denial> {
        let found = self
            .shared
            .iter()
            .find(|shared| shared.pattern.matches(namespace));
        if let Some(found) = found
            && (found.writable || access == Access::Read)
        {
            return Ok(&found.rule);
        }
        let mode = access.mode();
        let rule = format!(
            "permissions.store.shared: [{}]",
            quoted(&format!("{}:{mode}", literal(namespace)))
        );
        let reason = match found {
            Some(found) => format!("{} grants it read-only", found.rule),
            None => "no entry of permissions.store.shared matches".to_owned(),
        };
        Err(Denial::new("store", namespace, reason, rule))
    }
}

impl Capability for StoreGrants {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn explain(&self, _: &str, asked: &Asked) -> Result<Explained, ExplainError> {
        Self::check_namespace(asked.target()).map_err(ExplainError::Invalid)?;
        let rule = self.decide(asked.target(), asked.access())?;
        Ok(Explained::By(rule.to_owned()))
    }

    fn reaches_out(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn namespaces_and_modes() {
        let entry = |pattern: &str| Entry {
            pattern: pattern.to_owned(),
            rule: pattern.to_owned(),
        };
        let grants = StoreGrants::new(&StoreSection {
            shared: vec![entry("team-*:rw"), entry("facts")],
            max_mb: 2,
        });
        let rows = [
            ("team-a", Access::Write, Some("team-*:rw")),
            ("team-a", Access::Read, Some("team-*:rw")),
            ("facts", Access::Read, Some("facts")),
            ("facts", Access::Write, None),
            ("other", Access::Read, None),
        ];
        each_row(rows, |(namespace, access, expected)| {
            let decided = grants.decide(namespace, access);
            assert_eq!(decided.as_deref().ok(), expected, "{namespace}");
        });
        let denial = grants.decide("facts", Access::Write).unwrap_err();
        assert_eq!(denial.rule, "permissions.store.shared: [\"facts:rw\"]");
        assert_eq!(grants.max_bytes, 2 << 20);
    }
}
