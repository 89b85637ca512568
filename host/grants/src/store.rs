//! `permissions.store`: how much a skill may keep, and which namespaces it shares with others.

use crate::denial::{Denial, quoted};
use crate::filesystem::Access;
use crate::manifest::{Entry, StoreSection, split_mode};
use crate::pattern::{Pattern, literal};

/// `permissions.store`, ready to decide.
#[derive(Clone, Debug, Default)]
pub struct StoreGrants {
    shared: Vec<Shared>,
    /// Bytes of the skill's own namespace, and of each shared one while it writes there.
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
            let (name, writable) = split_mode(&entry.pattern);
            Some(Shared {
                // The manifest's parser has compiled it once, so none is lost here.
                pattern: Pattern::new(name).ok()?,
                writable,
                rule: entry.rule.clone(),
            })
        };
        Self {
            shared: section.shared.iter().filter_map(shared).collect(),
            max_bytes: section.max_mb.saturating_mul(1 << 20),
        }
    }

    /// Where it stands that the shared `namespace` may be used. The first entry that matches has the say.
    ///
    /// # Errors
    /// [`Denial`] when none matches, or it is `ro` and `access` is to write.
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
        let mode = match access {
            Access::Read => "ro",
            Access::Write => "rw",
        };
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

#[cfg(test)]
mod tests {
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
        for (namespace, access, expected) in [
            ("team-a", Access::Write, Some("team-*:rw")),
            ("team-a", Access::Read, Some("team-*:rw")),
            ("facts", Access::Read, Some("facts")),
            ("facts", Access::Write, None),
            ("other", Access::Read, None),
        ] {
            let decided = grants.decide(namespace, access);
            assert_eq!(decided.as_deref().ok(), expected, "{namespace}");
        }
        let denial = grants.decide("facts", Access::Write).unwrap_err();
        assert_eq!(denial.rule, "permissions.store.shared: [\"facts:rw\"]");
        assert_eq!(grants.max_bytes, 2 << 20);
    }
}
