//! The section, as written and as read.

use serde::Deserialize;

use crate::section::{
    Access, DirectoryEntry, Import, List, Listed, Reader, Section, Written, join_directories,
};
use crate::yaml::YamlError;

/// `permissions.fs` as written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawFs {
    enabled: bool,
    dirs: List,
}

/// `permissions.fs`, with its entries parsed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FsSection {
    /// Whether any file may be used.
    pub enabled: bool,
    /// The granted directories.
    pub dirs: Vec<DirectoryEntry>,
}

impl Written for RawFs {
    type Section = FsSection;

    fn read(self, reader: &Reader<'_>) -> Result<FsSection, YamlError> {
        Ok(FsSection {
            enabled: self.enabled,
            dirs: reader.directories("permissions.fs.dirs", self.dirs)?,
        })
    }

    fn add(&mut self, line: Self) {
        self.enabled |= line.enabled;
        join_directories(&mut self.dirs, line.dirs);
    }
}

impl Section for FsSection {
    fn listed(&self) -> Vec<Listed> {
        let dirs = self.dirs.iter().filter(|_| self.enabled);
        dirs.map(|dir| Listed::directory("fs", dir)).collect()
    }

    fn import(&self, interface: &str) -> Option<Import> {
        let is_own = ["filesystem", "archive"].contains(&interface);
        is_own.then(|| {
            let dirs = self.dirs.iter();
            let dirs: Vec<String> = dirs
                .map(|dir| format!("{}:{}", dir.path, Access::of(dir.writable).mode()))
                .collect();
            let dirs = dirs.iter().map(String::as_str);
            Import::of_list("permissions.fs", self.enabled, "dirs", dirs)
        })
    }
}
