//! From what a skill asks for to a command that its manifest allows.

use std::os::fd::OwnedFd;

use luminarys_grants::{Grants, command as words};

use super::scratch::Scratch;
use crate::error::CommandError;

/// A command as a skill writes it.
#[derive(Clone, Debug)]
pub enum Words {
    /// A line, to be split as a POSIX shell does.
    Line(String),
    /// The words themselves.
    Split(Vec<String>),
}

/// What a skill asks to run.
#[derive(Clone, Debug)]
pub struct Request {
    /// The program and its arguments.
    pub command: Words,
    /// Where. None and the empty path mean the first granted directory, or else the skill's own temporary one.
    pub directory: Option<String>,
}

/// What decides and opens on behalf of one call.
pub trait Authority {
    /// How that fails.
    type Error: From<CommandError>;

    /// Records that the manifest's entry `rule` allows the command `line`, before anything is done.
    ///
    /// # Errors
    /// When that cannot be recorded and must be: nothing is run then.
    fn allowed(&self, line: &str, rule: &str) -> Result<(), Self::Error>;

    /// Opens a working directory; its path after links.
    ///
    /// # Errors
    /// When commands may not run there, or it is not a directory.
    fn open_directory(&self, path: &str) -> Result<(String, OwnedFd), Self::Error>;
}

/// A command that the manifest allows, with the directory it will run in.
#[derive(Debug)]
pub struct Decided {
    pub(super) words: Vec<String>,
    /// The words on one line.
    pub(super) line: String,
    pub(super) directory: String,
    pub(super) handle: OwnedFd,
}

/// Splits a command, checks it against the manifest, and opens its working directory. Blocking.
///
/// # Errors
/// [`CommandError::Denied`], [`CommandError::Invalid`], [`CommandError::Scratch`]; those of `authority`.
pub(super) fn decide<A: Authority>(
    grants: &Grants,
    scratch: &Scratch,
    request: Request,
    authority: &A,
) -> Result<Decided, A::Error> {
    let split = match request.command {
        Words::Line(line) => words::split(&line),
        Words::Split(words) => words::check(words),
    };
    let words = split.map_err(CommandError::Invalid)?;
    let line = words::join(&words);
    let rule = grants.shell.decide_command(&line);
    let rule = rule.map_err(CommandError::Denied)?;
    authority.allowed(&line, &rule)?;
    let directories = &grants.shell.directories;
    let wanted = request.directory.filter(|directory| !directory.is_empty());
    let usual = || Some(directories.plain().first()?.0.root.clone());
    let (directory, handle) = match wanted.or_else(usual) {
        Some(directory) => authority.open_directory(&directory)?,
        None => {
            let made = scratch.made().map_err(CommandError::Scratch)?;
            let own = made.root.join("tmp");
            let opened = made.directory("tmp").map_err(CommandError::Scratch)?;
            (own.to_string_lossy().into_owned(), opened)
        }
    };
    Ok(Decided {
        words,
        line,
        directory,
        handle,
    })
}
