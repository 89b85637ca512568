//! The manifest: what an operator grants to one instance of a skill.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use luminarys_text::{Redactor, Registered};
use thiserror::Error;

use crate::yaml::{self, TextOr, Value, YamlError};

mod names;
mod offered;
mod older;
mod package;
mod raw;
mod reader;
mod schedule;
mod sections;

pub use package::{PackageSection, UNSIGNED};
pub(crate) use reader::split_mode;
pub use sections::*;

/// The largest file that is read, in bytes; the parser takes less.
const MAX_FILE: u64 = 4 << 20;

/// A manifest that cannot be used.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// The file cannot be read.
    #[error("{file}: cannot be read: {reason}")]
    Read {
        /// The manifest.
        file: String,
        /// The operating system's reason.
        reason: String,
    },
    /// What it says cannot be used.
    #[error(transparent)]
    Yaml(#[from] YamlError),
}

/// A parsed manifest. Nothing is opened yet: see [`crate::Grants::open`].
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The instance's name: 1 to 64 of `A-Z a-z 0-9 . _ -`.
    pub id: String,
    /// The package: a file, relative to the manifest's directory, or `oci://host/repository@sha256:…`.
    pub path: String,
    /// Which package that has to be.
    pub package: PackageSection,
    /// For people.
    pub description: Option<String>,
    /// What the skill may use.
    pub permissions: Permissions,
    /// Which skills it may call, and which may call it.
    pub invoke_policy: InvokePolicy,
    /// How it appears to MCP clients.
    pub mcp: McpSection,
    /// What it sees as its environment.
    pub env: BTreeMap<String, String>,
    /// The names in `env` whose values are secret: those from elsewhere, by `from_env` or `from_file`.
    pub secret_env: BTreeSet<String>,
    /// The files that `from_file` names.
    pub secret_files: BTreeSet<PathBuf>,
    /// Keeps the secret values out of logs and errors while the manifest, or what is made of it, lives.
    pub secrets: Registered,
    /// How it is run.
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

    /// Does the same, and tells `on_secret` each file that `from_file` names, before it is read; also where the manifest
    /// cannot be used.
    ///
    /// # Errors
    /// As [`Manifest::parse`].
    pub fn parse_noting(
        file: &str,
        text: &str,
        environment: &dyn Fn(&str) -> Option<String>,
        on_secret: &mut dyn FnMut(&Path),
    ) -> Result<Self, ManifestError> {
        let raw = offered::parse(file, text).map_err(|error| older::explain(file, text, error))?;
        let at = |line, message: String| YamlError::new(file, line, message);
        let id = raw.id.value;
        let line = raw.id.referenced.line();
        names::check_id(&id).map_err(|message| at(line, message))?;
        let mut env = BTreeMap::new();
        let mut secret_env = BTreeSet::new();
        let mut secret_files = BTreeSet::new();
        let directory = Path::new(file).parent().unwrap_or(Path::new(""));
        for (key, value) in raw.env {
            let line = value.referenced.line();
            let failed = |message: String| at(line, format!("env.{key}: {message}"));
            if key.is_empty() || key.contains(['=', '\0']) {
                let message = "no variable can have this name: it has a character at least, and neither = nor NUL";
                return Err(failed(message.to_owned()).into());
            }
            let value = match TextOr::read(value, text).map_err(failed)? {
                Value::Text(value) => yaml::interpolate(&value, environment).map_err(failed)?,
                Value::Other(secret) => {
                    secret_env.insert(key.clone());
                    let path = secret.file(directory);
                    path.as_deref().map(&mut *on_secret);
                    secret_files.extend(path);
                    secret.read(directory, environment).map_err(failed)?
                }
            };
            env.insert(key, value);
        }
        // Before anything is said about the rest of the manifest.
        let secrets = secret_env.iter().filter_map(|name| env.get(name));
        let secrets = Redactor::process().register(secrets);
        Ok(Self {
            id,
            path: raw.path,
            package: raw.package.section(file)?,
            description: raw.description,
            permissions: raw.permissions.sections(file)?,
            invoke_policy: raw.invoke_policy.section(file)?,
            mcp: raw.mcp.section(file)?,
            env,
            secret_env,
            secret_files,
            secrets,
            runtime: raw.runtime,
            file: file.to_owned(),
        })
    }

    /// Reads the manifest at `path`; `environment` answers its `${NAME}`s.
    ///
    /// # Errors
    /// [`ManifestError`] when the file cannot be read or used.
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

    /// The file it was read from.
    pub fn file(&self) -> &str {
        &self.file
    }
}

#[cfg(test)]
mod tests;
