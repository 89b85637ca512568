//! `cluster.file_transfer` of the host's configuration: what a node's operator allows, whatever the manifests grant.

use thiserror::Error;

use super::grants::TransferGrants;
use super::section::{NODE, TransferSection};
use crate::capabilities::filesystem::Owner;
use crate::open_error::OpenError;
use crate::section::{DirectoryEntry, Entry};

/// The owner of the directories of a node's configuration.
const NODES: Owner = Owner {
    capability: "transfer",
    section: "cluster.file_transfer",
    list: "dirs",
};

/// `cluster.file_transfer` cannot be used.
#[derive(Debug, Error)]
pub enum NodeTransferError {
    /// An entry is invalid.
    #[error("{rule}: {reason}")]
    Entry {
        /// The key and the position of the entry.
        rule: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A directory cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl TransferGrants {
    /// Opens what a node's configuration allows: nothing unless it has an entry in both lists.
    ///
    /// # Errors
    /// [`NodeTransferError`] for the first entry that is invalid or whose directory cannot be opened.
    pub fn of_node(allowed_nodes: &[String], dirs: &[String]) -> Result<Self, NodeTransferError> {
        let invalid = |rule: &str, reason: String| NodeTransferError::Entry {
            rule: rule.to_owned(),
            reason,
        };
        let mut section = TransferSection {
            enabled: true,
            ..TransferSection::default()
        };
        for (index, pattern) in allowed_nodes.iter().enumerate() {
            let rule = format!("{}.allowed_nodes[{index}]", NODES.section);
            let checked = NODE.pattern(pattern);
            checked.map_err(|error| invalid(&rule, error.to_string()))?;
            let pattern = pattern.clone();
            section.allowed_nodes.push(Entry { pattern, rule });
        }
        for (index, entry) in dirs.iter().enumerate() {
            let rule = format!("{}.{}[{index}]", NODES.section, NODES.list);
            let read = DirectoryEntry::parse(entry, &rule);
            let read = read.map_err(|reason| invalid(&rule, reason))?;
            // As in a manifest: the last of two entries for the same directory is the one.
            section.local_dirs.retain(|other| other.path != read.path);
            section.local_dirs.push(read);
        }
        Ok(Self::open_as(NODES, &section)?)
    }

    /// Returns the grants of a node that allows nothing.
    pub fn of_closed_node() -> Self {
        Self::closed(NODES)
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;
    use crate::section::Access;

    fn opened(nodes: &[&str], dirs: &[&str]) -> Result<TransferGrants, NodeTransferError> {
        let owned = |list: &[&str]| list.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        TransferGrants::of_node(&owned(nodes), &owned(dirs))
    }

    #[test]
    fn nothing_is_allowed_without_entries() {
        let closed = TransferGrants::of_closed_node();
        let denial = closed.decide_node("b").unwrap_err();
        assert!(denial.reason.contains("cluster.file_transfer"), "{denial}");
        let nothing = opened(&[], &[]).unwrap();
        let denial = nothing.decide_node("b").unwrap_err();
        assert_eq!(denial.rule, r#"cluster.file_transfer.allowed_nodes: ["b"]"#);
        let denial = nothing.directories.decide("/tmp/a", Access::Write);
        let line = r#"cluster.file_transfer.dirs: ["/tmp/a:rw"]"#;
        assert_eq!(denial.unwrap_err().rule, line);
    }

    #[test]
    fn entries_decide_as_in_a_manifest() {
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| format!("{}/{name}", place.path().display());
        std::fs::create_dir(path("in")).unwrap();
        std::fs::create_dir(path("out")).unwrap();
        let dirs = [path("in"), path("out:rw")];
        let dirs: Vec<&str> = dirs.iter().map(String::as_str).collect();
        let some = opened(&["b-*"], &dirs).unwrap();
        assert_eq!(
            some.decide_node("b-1").unwrap(),
            "cluster.file_transfer.allowed_nodes[0]"
        );
        assert!(some.decide_node("c").is_err());
        let rows = [
            ("in/a", Access::Read, true),
            ("in/a", Access::Write, false),
            ("out/a/b", Access::Write, true),
            ("out/a/b", Access::Read, true),
            ("other", Access::Read, false),
        ];
        each_row(rows, |(name, access, allowed)| {
            let decided = some.directories.allows(&path(name), access);
            assert_eq!(decided, allowed, "{name} {access:?}");
        });
    }

    #[test]
    fn invalid_entries_are_named() {
        let rows = [
            (
                &[""][..],
                &[][..],
                "cluster.file_transfer.allowed_nodes[0]: ",
            ),
            (&["a"], &["data"], "cluster.file_transfer.dirs[0]: "),
            (
                &["a"],
                &["/tmp", "/tmp:rwx"],
                "cluster.file_transfer.dirs[1]: ",
            ),
            (
                &["a"],
                &["/nowhere/at/all"],
                "cluster.file_transfer.dirs[0]: ",
            ),
        ];
        each_row(rows, |(nodes, dirs, begin)| {
            let error = opened(nodes, dirs).unwrap_err().to_string();
            assert!(error.starts_with(begin), "{error}");
        });
    }
}
