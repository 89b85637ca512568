//! With which nodes files may be exchanged, and which files.

use luminarys_text::visible;

use super::section::TransferSection;
use crate::capabilities::filesystem::{FilesystemGrants, Owner};
use crate::denial::{Denial, offer};
use crate::open_error::OpenError;
use crate::pattern::{Pattern, literal};
use crate::section::compile;

/// The owner of the directories of a manifest.
const FILES: Owner = Owner {
    capability: "transfer",
    section: "permissions.file_transfer",
    list: "local_dirs",
};

/// The opened grants of `permissions.file_transfer`, or of a node's configuration.
#[derive(Clone, Debug)]
pub struct TransferGrants {
    /// Whether files may be exchanged with other nodes.
    pub enabled: bool,
    pub(super) allowed_nodes: Vec<(Pattern, String)>,
    /// The files of this node that may be exchanged.
    pub directories: FilesystemGrants,
    /// The section that denials name.
    pub(super) section: &'static str,
}

impl Default for TransferGrants {
    fn default() -> Self {
        Self::closed(FILES)
    }
}

impl TransferGrants {
    /// Opens the directories of `section`.
    ///
    /// # Errors
    /// [`OpenError`] when one of them cannot be opened.
    pub(crate) fn open(section: &TransferSection, _: &FilesystemGrants) -> Result<Self, OpenError> {
        Self::open_as(FILES, section)
    }

    /// Returns the grants of `owner` that allow nothing.
    pub(super) fn closed(owner: Owner) -> Self {
        Self {
            enabled: false,
            allowed_nodes: Vec::new(),
            directories: FilesystemGrants::closed(owner),
            section: owner.section,
        }
    }

    /// Opens the directories of `section`, which denials name as `owner`.
    pub(super) fn open_as(owner: Owner, section: &TransferSection) -> Result<Self, OpenError> {
        Ok(Self {
            enabled: section.enabled,
            allowed_nodes: compile(&section.allowed_nodes),
            directories: FilesystemGrants::open_own(owner, section.enabled, &section.local_dirs)?,
            section: owner.section,
        })
    }

    /// Decides whether files may be exchanged with `node`. Returns the entry that allows it.
    ///
    /// # Errors
    /// [`Denial`] when no entry matches.
    pub fn decide_node(&self, node: &str) -> Result<&str, Denial> {
        let mut entries = self.allowed_nodes.iter().filter(|_| self.enabled);
        if let Some((_, rule)) = entries.find(|(pattern, _)| pattern.matches(node)) {
            return Ok(rule);
        }
        let section = self.section;
        let reason = match self.enabled {
            true => format!(
                "no entry of {section}.allowed_nodes matches node {}",
                visible(node)
            ),
            false => format!("{section} is not enabled"),
        };
        let rule = offer(section, self.enabled, "allowed_nodes", &[literal(node)]);
        Err(Denial::new(FILES.capability, node, reason, rule))
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;
    use crate::section::{Access, Entry};

    fn grants(enabled: bool, nodes: &[&str]) -> TransferGrants {
        let entry = |pattern: &&str| Entry {
            pattern: (*pattern).to_owned(),
            rule: format!("rule of {pattern}"),
        };
        let section = TransferSection {
            enabled,
            allowed_nodes: nodes.iter().map(entry).collect(),
            ..Default::default()
        };
        TransferGrants::open(&section, &FilesystemGrants::default()).unwrap()
    }

    #[test]
    fn nodes_are_decided() {
        let rows = [
            (true, &["*"][..], "a", true),
            (true, &["a", "b-*"], "b-1", true),
            (true, &["a", "b-*"], "a", true),
            (true, &["a"], "ab", false),
            (true, &["a"], "A", false),
            (true, &[], "a", false),
            (false, &["*"], "a", false),
        ];
        each_row(rows, |(enabled, nodes, node, allowed)| {
            let decided = grants(enabled, nodes);
            let decided = decided.decide_node(node);
            assert_eq!(decided.is_ok(), allowed, "{nodes:?} {node}: {decided:?}");
        });
    }

    #[test]
    fn denials_offer_a_line() {
        let denial = grants(false, &[]).decide_node("a").unwrap_err();
        let line = "permissions.file_transfer: {enabled: true, allowed_nodes: [\"a\"]}";
        assert_eq!(denial.rule, line);
        let denial = grants(true, &["b"]).decide_node("a*").unwrap_err();
        let line = r#"permissions.file_transfer.allowed_nodes: ["a[*]"]"#;
        assert_eq!(denial.rule, line);
        // Without a directory nothing may be read, whatever else is granted.
        let denial = grants(true, &["*"]).directories;
        let denial = denial.decide("/a", Access::Read).unwrap_err();
        let line = r#"permissions.file_transfer.local_dirs: ["/a:ro"]"#;
        assert_eq!(denial.rule, line);
        assert_eq!(denial.capability, "transfer");
    }
}
