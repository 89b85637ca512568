//! From a skill's text to a place: a handle on the directory and the last name in it. Links are read and followed
//! here, part by part, so that the manifest decides on the true path. What is outside the grants is never looked
//! at: such a path is denied whether or not it exists.

use std::ffi::OsStr;

use std::sync::Arc;

use luminarys_grants::{Access, Denial, FilesystemGrants, Protection, Rule};
use rustix::fs::Stat;
use rustix::io::Errno;

use crate::error::{Failure, FsError};
use crate::filesystem::Filesystem;
use crate::guard::{Guard, Standing, admit};
use crate::ladder::Ladder;
use crate::model::FileKind;
use crate::place::{LastLink, Place, Resolved};
use crate::sys::{self, Handle};

/// The longest path, and the longest true path, in bytes.
const MAX_PATH: usize = 4096;
/// The longest name, in bytes.
const MAX_NAME: usize = 255;
/// Links followed in one path.
const MAX_LINKS: u32 = 40;

impl Filesystem {
    /// Follows `text` to its end, has the manifest decide, and has the caller record the decision.
    pub(crate) fn resolve(
        &self,
        text: &str,
        last: LastLink,
        access: Access,
    ) -> Result<Resolved, FsError> {
        let decided = self.decided(text, last, access);
        let (resolved, rule) = decided.map_err(|failure| failure.error)?;
        self.note(&resolved.path, &rule)?;
        Ok(resolved)
    }

    /// Resolves as [`Filesystem::resolve`] does, without recording; returns the line of the manifest that allows it.
    pub(crate) fn decided(
        &self,
        text: &str,
        last: LastLink,
        access: Access,
    ) -> Result<(Resolved, String), Failure> {
        let grants = &self.grants.filesystem;
        let resolved = Resolver::new(grants, text, last, access)?.run()?;
        let grant = grants.decide(&resolved.path, access)?;
        admit(&resolved.path, resolved.closed.as_ref(), access)?;
        Ok((resolved, grant.rule.clone()))
    }

    /// Has the caller record that the manifest's line `rule` allows `path`.
    ///
    /// # Errors
    /// A denial when the decision has to be recorded and cannot be.
    pub(crate) fn note(&self, path: &str, rule: &str) -> Result<(), Denial> {
        match &self.caller {
            Some(caller) => caller.allowed(path, rule),
            None => Ok(()),
        }
    }
}

/// A directory on the way.
#[derive(Default)]
struct Level {
    /// Whether the skill may know that it exists.
    known: bool,
    standing: Standing,
}

struct Resolver<'a> {
    grants: &'a FilesystemGrants,
    text: &'a str,
    access: Access,
    last: LastLink,
    ladder: Ladder,
    /// The path of the ladder's current directory; empty for `/`.
    path: String,
    /// The directories on the way.
    levels: Vec<Level>,
    guard: Guard,
    /// The parts of the path that are left, the next one at the end.
    todo: Vec<String>,
    only_directory: bool,
    links: u32,
}

impl<'a> Resolver<'a> {
    fn new(
        grants: &'a FilesystemGrants,
        text: &'a str,
        last: LastLink,
        access: Access,
    ) -> Result<Self, Failure> {
        if text.len() > MAX_PATH {
            let error = FsError::invalid(text, "is longer than 4096 bytes");
            return Err(error.numbered(Errno::NAMETOOLONG));
        }
        if !text.starts_with('/') {
            let reason = "is not an absolute path; it must begin with /";
            return Err(FsError::invalid(&format!("{text:?}"), reason).into());
        }
        let guard = Guard::new(grants);
        let root = grants.anchor("/");
        let standing = root.map(|entry| guard.granted(entry)).unwrap_or_default();
        let root = root.map(|entry| entry.dir.clone());
        let mut resolver = Self {
            grants,
            text,
            access,
            last,
            ladder: Ladder::new(root),
            path: String::new(),
            levels: vec![Level {
                known: true,
                standing,
            }],
            guard,
            todo: Vec::new(),
            only_directory: false,
            links: 0,
        };
        resolver.push(text)?;
        Ok(resolver)
    }

    fn run(mut self) -> Result<Resolved, Failure> {
        while let Some(name) = self.todo.pop() {
            if name == ".." {
                self.up()?;
                continue;
            }
            let path = format!("{}/{name}", self.path);
            if path.len() > MAX_PATH {
                let error = FsError::invalid(self.text, "leads to a path longer than 4096 bytes");
                return Err(self.failed(&name, error.numbered(Errno::NAMETOOLONG)));
            }
            let anchor = self.grants.anchor(&path).filter(|entry| entry.root == path);
            let Some(parent) = self.ladder.top().filter(|_| anchor.is_none()).cloned() else {
                // The directory of a grant, which is open, or one above it, which is known by its name only.
                let handle = anchor.map(|entry| entry.dir.clone());
                let standing = anchor.map(|entry| self.guard.granted(entry));
                self.ladder.place(OsStr::new(&name), handle);
                self.reached(path, true, standing.unwrap_or_default());
                continue;
            };
            if !self.todo.is_empty() || self.only_directory {
                if let Some(missing) = self.down(&parent, name, path)? {
                    return Ok(missing);
                }
                continue;
            }
            match sys::status(&parent, name.as_str()) {
                Ok(stat)
                    if sys::kind(&stat) == FileKind::Symlink && self.last == LastLink::Follow =>
                {
                    self.follow(&parent, &name)?;
                }
                Ok(stat) => {
                    let closed = self.closed(&name, Some(&stat));
                    return Ok(self.end(path, Place::Entry { parent, name, stat }, closed));
                }
                Err(Errno::NOENT) => return self.missing(parent, name),
                Err(error) => return Err(self.failed(&name, Failure::system(&path, error))),
            }
        }
        self.end_in_directory()
    }

    /// Enters the directory `name`, or follows the link of that name.
    fn down(
        &mut self,
        parent: &Handle,
        name: String,
        path: String,
    ) -> Result<Option<Resolved>, Failure> {
        match self.ladder.enter(OsStr::new(&name)) {
            Ok(()) => {
                let granted = self.grants.allows(&path, Access::Read);
                let entered = self.ladder.top().ok_or(Errno::ACCESS);
                let entered = entered.and_then(|handle| {
                    let above = self.standing();
                    self.guard.entered(&above, OsStr::new(&name), handle)
                });
                let standing = entered.map_err(|error| Failure::system(&path, error))?;
                self.reached(path, granted, standing);
                Ok(None)
            }
            Err(Errno::NOENT) => self.missing(parent.clone(), name).map(Some),
            Err(Errno::NOTDIR | Errno::LOOP) => {
                if self.todo.is_empty() && self.last == LastLink::Keep {
                    let reason = "ends in a slash, but is not a directory";
                    let error = FsError::invalid(self.text, reason).numbered(Errno::NOTDIR);
                    return Err(self.failed(&name, error));
                }
                self.follow(parent, &name).map(|()| None)
            }
            Err(error) => Err(self.failed(&name, Failure::system(&path, error))),
        }
    }

    fn reached(&mut self, path: String, known: bool, standing: Standing) {
        self.path = path;
        self.levels.push(Level { known, standing });
        if known {
            self.levels.iter_mut().for_each(|level| level.known = true);
        }
    }

    /// Returns the standing of the current directory.
    fn standing(&self) -> Standing {
        let level = self.levels.last();
        level
            .map(|level| level.standing.clone())
            .unwrap_or_default()
    }

    /// Returns why `name` in the current directory is closed to the requested access, whether or not it exists.
    fn closed(&self, name: &str, stat: Option<&Stat>) -> Option<Arc<Rule>> {
        let (standing, name) = (self.standing(), OsStr::new(name));
        self.guard.entry(&standing, name, stat, self.access)
    }

    /// Denies everything in a hidden directory.
    fn not_hidden(&self) -> Result<(), FsError> {
        match self.standing().closed() {
            Some(rule) if rule.protection == Protection::Hidden => {
                admit(&self.path, Some(rule), self.access)
            }
            _ => Ok(()),
        }
    }

    /// Goes to the parent directory, which is that of the true path: links on the way have been followed.
    fn up(&mut self) -> Result<(), Failure> {
        if self.levels.len() == 1 {
            return Ok(());
        }
        self.not_hidden()?;
        if !self.levels.last().is_some_and(|level| level.known) {
            // Going on would reveal whether this directory exists.
            return Err(self.grants.denial(&self.path, self.access).into());
        }
        self.ladder
            .leave()
            .map_err(|error| Failure::system(self.text, error))?;
        self.levels.pop();
        let end = self.path.rfind('/').unwrap_or(0);
        self.path.truncate(end);
        Ok(())
    }

    fn follow(&mut self, parent: &Handle, name: &str) -> Result<(), Failure> {
        self.links += 1;
        if self.links > MAX_LINKS {
            let error = FsError::invalid(self.text, "leads through more than 40 links");
            return Err(self.failed(name, error.numbered(Errno::LOOP)));
        }
        let target = match sys::link_target(parent, name) {
            Ok(target) => target,
            Err(Errno::INVAL) => {
                let path = format!("{}/{name}", self.path);
                let error = match self.access {
                    Access::Read => FsError::not_found(self.text),
                    Access::Write => FsError::invalid(&path, "is not a directory"),
                };
                return Err(self.failed(name, error.numbered(Errno::NOTDIR)));
            }
            Err(error) => return Err(self.failed(name, Failure::system(self.text, error))),
        };
        let Ok(target) = String::from_utf8(target) else {
            let reason = "leads through a link whose target is not UTF-8";
            let error = FsError::invalid(self.text, reason).numbered(Errno::ILSEQ);
            return Err(self.failed(name, error));
        };
        if target.starts_with('/') {
            self.ladder.restart();
            self.path.clear();
            self.levels.truncate(1);
        }
        self.push(&target).map_err(|error| self.failed(name, error))
    }

    /// Puts the parts of `text` before those that are left.
    fn push(&mut self, text: &str) -> Result<(), Failure> {
        let asked = self.text;
        if text.contains('\0') {
            return Err(FsError::invalid(asked, "holds a NUL character").into());
        }
        if self.todo.is_empty() && matches!(text.rsplit('/').next(), Some("" | "." | "..")) {
            self.only_directory = true;
        }
        for name in text.rsplit('/').filter(|name| !matches!(*name, "" | ".")) {
            if name.len() > MAX_NAME {
                let error = FsError::invalid(asked, "has a name longer than 255 bytes");
                return Err(error.numbered(Errno::NAMETOOLONG));
            }
            self.todo.push(name.to_owned());
        }
        Ok(())
    }

    /// Ends at a name that does not exist; the parts after it are missing as well.
    fn missing(&mut self, parent: Handle, name: String) -> Result<Resolved, Failure> {
        if self.todo.iter().any(|part| part == "..") {
            let error = FsError::not_found(self.text);
            return Err(self.failed(&name, error));
        }
        let mut names = vec![name];
        names.extend(self.todo.drain(..).rev());
        let path = format!("{}/{}", self.path, names.join("/"));
        if path.len() > MAX_PATH {
            let reason = "leads to a path longer than 4096 bytes";
            let error = FsError::invalid(self.text, reason);
            return Err(self.failed(&names[0], error.numbered(Errno::NAMETOOLONG)));
        }
        let closed = self.closed(&names[0], None);
        Ok(self.end(path, Place::Missing { parent, names }, closed))
    }

    fn end(&self, path: String, place: Place, closed: Option<Arc<Rule>>) -> Resolved {
        Resolved {
            path,
            place,
            only_directory: self.only_directory,
            guard: self.guard.clone(),
            closed,
        }
    }

    /// Ends in a directory that is open already.
    fn end_in_directory(mut self) -> Result<Resolved, Failure> {
        let path = match self.path.as_str() {
            "" => "/".to_owned(),
            path => path.to_owned(),
        };
        let closed = self.standing().closed().cloned();
        if self.ladder.is_given() {
            let Some(handle) = self.ladder.top().cloned() else {
                return Err(self.grants.denial(&path, self.access).into());
            };
            return Ok(self.end(path, Place::Root(handle), closed));
        }
        let name = self.ladder.name().to_string_lossy().into_owned();
        let failed = |error| Failure::system(&path, error);
        self.ladder.leave().map_err(failed)?;
        let parent = self.ladder.top().cloned().ok_or(Errno::ACCESS);
        let parent = parent.map_err(failed)?;
        let stat = sys::status(&parent, name.as_str()).map_err(failed)?;
        if sys::kind(&stat) != FileKind::Directory {
            return Err(FsError::Io(format!("{path} was exchanged during the call")).into());
        }
        Ok(self.end(path, Place::Entry { parent, name, stat }, closed))
    }

    /// Returns the error for `name` in the current directory. In a directory that is not granted it reveals no more
    /// than the manifest does.
    fn failed(&self, name: &str, error: impl Into<Failure>) -> Failure {
        if let Err(closed) = self.not_hidden() {
            return closed.into();
        }
        let directory = if self.path.is_empty() {
            "/"
        } else {
            &self.path
        };
        if self.grants.allows(directory, Access::Read) {
            return error.into();
        }
        let path = format!("{}/{name}", self.path);
        if self.todo.iter().any(|part| part == "..") {
            return self.grants.denial(&path, self.access).into();
        }
        let rest: Vec<&str> = self.todo.iter().rev().map(String::as_str).collect();
        let path = match rest.as_slice() {
            [] => path,
            rest => format!("{path}/{}", rest.join("/")),
        };
        match self.grants.decide(&path, self.access) {
            Ok(_) => FsError::not_found(self.text).into(),
            Err(denial) => denial.into(),
        }
    }
}
