//! The section, as written and as read.

use serde::Deserialize;

use crate::kind::Kind;
use crate::section::{
    DirectoryEntry, Entry, Import, List, Listed, Reader, Section, Written, join_directories,
};
use crate::yaml::YamlError;

/// The section's name.
pub(super) const KEY: &str = "file_transfer";
/// The key of its directories.
pub(super) const DIRECTORIES: &str = "file_transfer.dir";

/// A node of a cluster.
pub(super) static NODE: Kind = Kind::new(|| ".+".to_owned(), "a node has a name");

/// `permissions.file_transfer` as written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawTransfer {
    enabled: bool,
    allowed_nodes: List,
    local_dirs: List,
}

/// `permissions.file_transfer`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TransferSection {
    /// Whether files may be exchanged with other nodes.
    pub enabled: bool,
    /// Node patterns.
    pub allowed_nodes: Vec<Entry>,
    /// Directories, as in `fs.dirs`.
    pub local_dirs: Vec<DirectoryEntry>,
}

impl Written for RawTransfer {
    type Section = TransferSection;

    fn read(self, reader: &Reader<'_>) -> Result<TransferSection, YamlError> {
        Ok(TransferSection {
            enabled: self.enabled,
            allowed_nodes: reader.patterns(
                &NODE,
                "permissions.file_transfer.allowed_nodes",
                self.allowed_nodes,
            )?,
            local_dirs: reader
                .directories("permissions.file_transfer.local_dirs", self.local_dirs)?,
        })
    }

    fn add(&mut self, line: Self) {
        self.enabled |= line.enabled;
        self.allowed_nodes.extend(line.allowed_nodes);
        join_directories(&mut self.local_dirs, line.local_dirs);
    }
}

impl Section for TransferSection {
    fn listed(&self) -> Vec<Listed> {
        if !self.enabled {
            return Vec::new();
        }
        let dirs = self.local_dirs.iter();
        let dirs = dirs.map(|dir| Listed::directory(DIRECTORIES, dir));
        let nodes = self.allowed_nodes.iter();
        let nodes = nodes.map(|node| Listed::entry(KEY, node));
        dirs.chain(nodes).collect()
    }

    fn import(&self, interface: &str) -> Option<Import> {
        (interface == "transfer").then(|| {
            let nodes = self.allowed_nodes.iter().map(|node| node.pattern.as_str());
            Import::of_list(
                "permissions.file_transfer",
                self.enabled,
                "allowed_nodes",
                nodes,
            )
        })
    }
}
