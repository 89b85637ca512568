//! `permissions.file_transfer`: whether files may be sent between nodes.

use serde::Deserialize;

use super::filesystem::FilesystemGrants;
use crate::capability::{About, Capability, Key, Place, Required, ValueKind};
use crate::kind::Kind;
use crate::open_error::OpenError;
use crate::requirement::RequirementVerdict;
use crate::section::{
    DirectoryEntry, Entry, Import, List, Listed, Reader, Section, Written, join_directories,
};
use crate::yaml::YamlError;

const KEY: &str = "file_transfer";

pub(crate) static ABOUT: About = About {
    interfaces: &[],
    keys: &[Key {
        name: KEY,
        form: "NODE",
        help: "files sent to a node, optionally with wildcards",
        example: "NODE",
        value: ValueKind::Text,
        place: Place::switched(&["permissions", KEY], Some("allowed_nodes")),
        shown: KEY,
        requirement: Some(Required {
            form: "the name of a node, optionally with wildcards",
            example: "file_transfer *",
        }),
    }],
    questions: &[],
};

/// A node of a cluster.
static NODE: Kind = Kind::new(|| ".+".to_owned(), "a node has a name");

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
    /// Whether files may be sent between nodes.
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
        let dirs = dirs.map(|dir| Listed::directory(KEY, dir));
        let nodes = self.allowed_nodes.iter();
        let nodes = nodes.map(|node| Listed::entry(KEY, node));
        dirs.chain(nodes).collect()
    }

    fn import(&self, _: &str) -> Option<Import> {
        None
    }
}

/// The grants of `permissions.file_transfer`.
#[derive(Clone, Copy, Debug, Default)]
pub struct TransferGrants {
    /// Whether files may be sent between nodes.
    pub enabled: bool,
}

impl TransferGrants {
    /// Wraps `section`.
    ///
    /// # Errors
    /// Never fails: the section needs nothing opened.
    pub(crate) fn open(section: &TransferSection, _: &FilesystemGrants) -> Result<Self, OpenError> {
        Ok(Self {
            enabled: section.enabled,
        })
    }
}

impl Capability for TransferGrants {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn requirement(&self, _: &str, _: &str, _: Option<&str>) -> RequirementVerdict {
        if self.enabled {
            return RequirementVerdict::met("permissions.file_transfer is enabled");
        }
        RequirementVerdict::unmet(
            "permissions.file_transfer is not enabled",
            "permissions.file_transfer.enabled: true".to_owned(),
        )
    }

    fn reaches_out(&self) -> bool {
        self.enabled
    }
}
