//! Merges one server into a client's file.

use std::path::{Path, PathBuf};

use luminarys_edit::{EditError, FileError, TextFile};
use serde::Serialize;
use serde_json::Value;
use thiserror::Error;

use crate::client::Client;
use crate::entry::Server;

/// The existing entry of a server in a client's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mergeable {
    /// None, or there is no file.
    Absent,
    /// The same entry.
    Same,
    /// A different server with this name.
    Other,
}

/// Why a file was not changed.
#[derive(Debug, Error)]
pub enum MergeError {
    /// It cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Its content cannot be changed.
    #[error("{} {reason}; the file was not changed", .file.display())]
    Edit {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: EditError,
    },
    /// It has a different entry with this name.
    #[error(
        "{} has a different `{key}`, which was kept: --force replaces it, --name NAME adds this one beside it",
        .file.display()
    )]
    Taken {
        /// The file.
        file: PathBuf,
        /// The entry.
        key: String,
    },
}

/// The outcome of merging.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Merged {
    /// The file was created.
    Created,
    /// The entry was added.
    Added,
    /// Another entry was replaced.
    Replaced,
    /// The entry existed already.
    Unchanged,
}

/// A server to be merged into a client's file.
pub struct Merge<'a> {
    client: &'a Client,
    server: &'a Server,
    entry: Value,
    file: TextFile,
    path: PathBuf,
}

impl<'a> Merge<'a> {
    /// Reads the client's file at `path`, which need not exist.
    ///
    /// # Errors
    /// [`MergeError::File`].
    pub fn new(client: &'a Client, server: &'a Server, path: &Path) -> Result<Self, MergeError> {
        Ok(Self {
            client,
            server,
            entry: client.entry(server),
            file: TextFile::open(path)?,
            path: path.to_owned(),
        })
    }

    /// Returns the existing entry.
    ///
    /// # Errors
    /// [`MergeError::Edit`] for a file that is not of its format.
    pub fn look(&self) -> Result<Mergeable, MergeError> {
        let Some(text) = self.file.text() else {
            return Ok(Mergeable::Absent);
        };
        let path = self.client.path(&self.server.name);
        let found = self.client.format.get(text, &path);
        Ok(match found.map_err(|reason| self.failed(reason))? {
            None | Some(Value::Null) => Mergeable::Absent,
            Some(found) if found == self.entry => Mergeable::Same,
            Some(_) => Mergeable::Other,
        })
    }

    /// Writes the entry, replacing a different one with its name only if `force` is set. A new file gets `mode`.
    ///
    /// # Errors
    /// [`MergeError`]; the file is unchanged then.
    pub fn write(&self, force: bool, mode: u32) -> Result<Merged, MergeError> {
        let path = self.client.path(&self.server.name);
        let merged = match (self.look()?, self.file.text()) {
            (Mergeable::Same, _) => return Ok(Merged::Unchanged),
            (Mergeable::Other, _) if !force => {
                return Err(MergeError::Taken {
                    file: self.path.clone(),
                    key: path.join("."),
                });
            }
            (Mergeable::Other, _) => Merged::Replaced,
            (Mergeable::Absent, None) => Merged::Created,
            (Mergeable::Absent, Some(_)) => Merged::Added,
        };
        let text = self.file.text().unwrap_or_default();
        let changed = self.client.format.set(text, &path, &self.entry);
        let changed = changed.map_err(|reason| self.failed(reason))?;
        self.file.replace(&changed, mode)?;
        Ok(merged)
    }

    fn failed(&self, reason: EditError) -> MergeError {
        MergeError::Edit {
            file: self.path.clone(),
            reason,
        }
    }
}
