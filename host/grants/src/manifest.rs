//! The manifest: an operator's grants to one instance of a skill.
//!
//! - `written`: its keys; `package`, `mcp`, `runtime`: those that grant nothing; `offered`: lines that denials offer;
//!   `older`: the layout of older manifests

use std::path::Path;

use thiserror::Error;

use crate::capabilities::{EnvSection, InvokePolicy, Permissions, capabilities};
use crate::names;
use crate::section::{Import, Listed, Reader, Section, Written as _};
use crate::yaml::YamlError;

mod mcp;
mod offered;
mod older;
mod package;
mod runtime;
mod written;

pub use mcp::{Mapping, McpSection};
pub use package::{PackageSection, UNSIGNED};
pub use runtime::{Isolation, RuntimeSection};

/// The maximum size of a file, in bytes; the parser accepts less.
const MAX_FILE: u64 = 4 << 20;

/// An invalid or unreadable manifest.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// The file cannot be read.
    #[error("{file}: cannot be read: {reason}")]
    Read {
        /// The manifest.
        file: String,
        /// The operating system's error.
        reason: String,
    },
    /// The content is invalid.
    #[error(transparent)]
    Yaml(#[from] YamlError),
}

/// A parsed manifest. [`crate::Grants::open`] opens it.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The instance's name: 1 to 64 of `A-Z a-z 0-9 . _ -`.
    pub id: String,
    /// The package: a file, relative to the manifest's directory, or `oci://host/repository@sha256:…`.
    pub path: String,
    /// Which package the manifest authorises.
    pub package: PackageSection,
    /// A description for people.
    pub description: Option<String>,
    /// What the skill may use, by capability.
    pub permissions: Permissions,
    /// Which skills it may call, and which skills may call it.
    pub invoke_policy: InvokePolicy,
    /// How it appears to MCP clients.
    pub mcp: McpSection,
    /// The skill's environment variables.
    pub env: EnvSection,
    /// How the skill is run.
    pub runtime: RuntimeSection,
    file: String,
}

impl Manifest {
    /// Reads a manifest, and the lines in it that denials offered. `file` names it in errors; `environment` answers
    /// `${NAME}` in the values of `env`, where a variable must be set or have a default.
    ///
    /// # Errors
    /// [`ManifestError::Yaml`] with file, line and column.
    pub fn parse(
        file: &str,
        text: &str,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ManifestError> {
        Self::parse_noting(file, text, environment, &mut |_| ())
    }

    /// Reads a manifest like [`Self::parse`], and passes each file that `from_file` names to `on_secret` before it is
    /// read, even if the manifest is invalid.
    ///
    /// # Errors
    /// As [`Manifest::parse`].
    pub fn parse_noting(
        file: &str,
        text: &str,
        environment: &dyn Fn(&str) -> Option<String>,
        on_secret: &mut dyn FnMut(&Path),
    ) -> Result<Self, ManifestError> {
        let offered = offered::parse(file, text);
        let (raw, variables) = offered.map_err(|error| older::explain(file, text, error))?;
        let id = raw.id.value;
        let line = raw.id.referenced.line();
        names::check_id(&id).map_err(|message| YamlError::new(file, line, message))?;
        // Read first, so that no error about the rest of the manifest shows a secret.
        let env = EnvSection::read(file, variables, environment, on_secret)?;
        let reader = Reader::new(file);
        Ok(Self {
            id,
            path: raw.path,
            package: raw.package.section(file)?,
            description: raw.description,
            permissions: raw.permissions.read(&reader)?,
            invoke_policy: raw.invoke_policy.read(&reader)?,
            mcp: raw.mcp.section(file)?,
            env,
            runtime: raw.runtime,
            file: file.to_owned(),
        })
    }

    /// Reads the manifest at `path`; `environment` answers its `${NAME}`s.
    ///
    /// # Errors
    /// [`ManifestError`] when the file cannot be read or is invalid.
    pub fn load(
        path: &Path,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ManifestError> {
        let file = path.display().to_string();
        let read = |error: std::io::Error| ManifestError::Read {
            file: file.clone(),
            reason: error.to_string(),
        };
        let text = luminarys_files::read_text(path, MAX_FILE).map_err(read)?;
        Self::parse(&file, &text, environment)
    }

    /// Returns the file that it was read from.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Returns all its grants, capability by capability.
    pub fn listed(&self) -> Vec<Listed> {
        let sections = self.sections().into_iter();
        sections.flat_map(Section::listed).collect()
    }

    /// Returns the certificate files that it names.
    pub fn certificates(&self) -> Vec<&Path> {
        let sections = self.sections().into_iter();
        sections.filter_map(Section::certificates).collect()
    }

    /// Returns whether it lets the skill call other skills or send them events.
    pub fn reaches_skills(&self) -> bool {
        self.sections().iter().any(|one| one.reaches_skills())
    }

    /// Returns whether it grants an interface of `luminarys:skill` that a package imports, or `None` if the interface
    /// needs no grant or is decided elsewhere.
    pub fn import(&self, interface: &str) -> Option<Import> {
        let mut sections = self.sections().into_iter();
        sections.find_map(|section| section.import(interface))
    }
}

macro_rules! define {
    (
        files { $($files:tt)* }
        permissions { $($permissions:tt)* }
        manifest { $($key:ident => $field:ident: $grants:ident;)* }
    ) => {
        impl Manifest {
            fn sections(&self) -> Vec<&dyn Section> {
                let mut sections = self.permissions.sections();
                $(sections.push(&self.$key);)*
                sections
            }
        }
    };
}

capabilities!(define);

#[cfg(test)]
mod entries_tests;
#[cfg(test)]
mod listed_tests;
#[cfg(test)]
mod offered_tests;
#[cfg(test)]
mod tests;
