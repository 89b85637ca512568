//! Places that are closed to every skill because they give authority (manifests, keys, state). They are checked at each
//! directory on the way to a place and at its end. `luminarys_grants::Places` decides; here it gets handles.

use std::ffi::OsStr;
use std::sync::Arc;

use luminarys_grants::{
    Access, DirectoryGrant, FileId, FilesystemGrants, Places, Protection, Rule,
};
use rustix::fs::Stat;
use rustix::io::Errno;

use crate::error::FsError;
use crate::model::FileKind;
use crate::sys::{self, Handle};

/// The closed places as they are during one call.
#[derive(Clone, Debug)]
pub(crate) struct Guard(Arc<Places>);

/// What is known about a directory on the way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    id: Option<FileId>,
    /// Why everything in it is closed.
    closed: Option<Arc<Rule>>,
}

impl Standing {
    /// Returns why everything in it is closed.
    pub(crate) fn closed(&self) -> Option<&Arc<Rule>> {
        self.closed.as_ref()
    }
}

impl Guard {
    pub(crate) fn new(grants: &FilesystemGrants) -> Self {
        Self(grants.places())
    }

    /// Returns the standing of a granted directory, which may itself lie in a closed one.
    pub(crate) fn granted(&self, entry: &DirectoryGrant) -> Standing {
        let closing = entry.chain.iter().filter_map(|id| self.0.object(*id));
        Standing {
            id: entry.chain.first().copied(),
            closed: strictest(closing.cloned()),
        }
    }

    /// Returns the standing of the open directory `name` in the directory of standing `above`.
    pub(crate) fn entered(
        &self,
        above: &Standing,
        name: &OsStr,
        directory: &Handle,
    ) -> Result<Standing, Errno> {
        if self.0.is_empty() {
            return Ok(Standing::default());
        }
        let id = id(&rustix::fs::fstat(&**directory)?);
        let by_name = above.id.and_then(|above| self.0.named(above, name));
        let rules = [above.closed(), by_name, self.0.object(id)];
        Ok(Standing {
            id: Some(id),
            closed: strictest(rules.into_iter().flatten().cloned()),
        })
    }

    /// Returns the standing of an open directory about which nothing else is known.
    pub(crate) fn opened(&self, directory: &Handle) -> Result<Standing, Errno> {
        self.entered(&Standing::default(), OsStr::new(""), directory)
    }

    /// Returns why `name` in `directory` is closed to `access`; `stat` is its status if it exists.
    pub(crate) fn entry(
        &self,
        directory: &Standing,
        name: &OsStr,
        stat: Option<&Stat>,
        access: Access,
    ) -> Option<Arc<Rule>> {
        let is_directory = stat.is_some_and(|stat| sys::kind(stat) == FileKind::Directory);
        let by_name = directory.id.and_then(|id| match access {
            // The directories on the way may not be replaced, but files may be written in them.
            Access::Write if !is_directory => self.0.reserved(id, name),
            _ => self.0.named(id, name),
        });
        let object = stat.and_then(|stat| self.0.object(id(stat)));
        let rules = [directory.closed(), by_name, object];
        strictest(rules.into_iter().flatten().cloned())
    }

    /// Denies `access` to a closed file or directory, known by its status.
    pub(crate) fn admit(&self, path: &str, stat: &Stat, access: Access) -> Result<(), FsError> {
        admit(path, self.0.object(id(stat)), access)
    }

    /// Denies moving, removing or changing a directory that has a closed place beneath it.
    pub(crate) fn may_move(&self, path: &str, stat: &Stat) -> Result<(), FsError> {
        match self.0.holds(id(stat)) {
            Some(rule) => Err(FsError::never(
                path,
                &format!("it holds {}", describe(rule)),
            )),
            None => Ok(()),
        }
    }
}

/// Denies `access` to what `rule` closes.
pub(crate) fn admit(path: &str, rule: Option<&Arc<Rule>>, access: Access) -> Result<(), FsError> {
    match rule {
        Some(rule) if access == Access::Write || rule.protection == Protection::Hidden => {
            Err(FsError::never(path, &format!("it is {}", describe(rule))))
        }
        _ => Ok(()),
    }
}

fn describe(rule: &Rule) -> String {
    let (what, path) = (&rule.what, rule.path.display());
    let may_not = match rule.protection {
        Protection::ReadOnly => "change",
        Protection::Hidden => "read or change",
    };
    format!("{what} ({path}), which no skill may {may_not}")
}

fn strictest(rules: impl Iterator<Item = Arc<Rule>>) -> Option<Arc<Rule>> {
    rules.max_by_key(|rule| rule.protection)
}

fn id(stat: &Stat) -> FileId {
    FileId {
        device: stat.st_dev,
        inode: stat.st_ino,
    }
}
