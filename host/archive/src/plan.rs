//! All entries of an archive, checked against each other before anything is written.

use std::collections::HashMap;

use crate::error::Error;
use crate::member::{Member, MemberKind};
use crate::names::{Exclude, refused, stays, stripped};

/// What has been seen of an archive.
#[derive(Debug)]
pub struct Plan<'a> {
    exclude: &'a Exclude,
    strip: u32,
    /// Whether each name is a directory.
    seen: HashMap<String, bool>,
}

impl<'a> Plan<'a> {
    /// Begins a plan that leaves out what `exclude` covers and takes the first `strip` parts off each name.
    pub fn new(exclude: &'a Exclude, strip: u32) -> Self {
        Self {
            exclude,
            strip,
            seen: HashMap::new(),
        }
    }

    /// Returns the entry under the name that it will have, unless it is left out.
    ///
    /// # Errors
    /// [`Error::Entry`] when it contradicts an entry before it, or leads out of the tree.
    pub fn add(&mut self, mut member: Member) -> Result<Option<Member>, Error> {
        if member.name.is_empty() || self.exclude.covers(&member.name) {
            return Ok(None);
        }
        let Some(name) = stripped(&member.name, self.strip).map(str::to_owned) else {
            return Ok(None);
        };
        let failed = |reason: &str| Err(refused(name.as_bytes(), reason));
        match &mut member.kind {
            MemberKind::Link(target) if !stays(&name, target) => {
                return failed(&format!("is a link out of the archive, to {target:?}"));
            }
            MemberKind::Same(other) => {
                let before = stripped(other, self.strip).map(str::to_owned);
                let Some(before) = before.filter(|before| self.seen.get(before) == Some(&false))
                else {
                    return failed(&format!(
                        "is another name of {other:?}, which is not before it"
                    ));
                };
                *other = before;
            }
            _ => {}
        }
        let is_directory = member.kind == MemberKind::Directory;
        for (end, _) in name.match_indices('/') {
            if self.seen.insert(name[..end].to_owned(), true) == Some(false) {
                return failed(&format!(
                    "is inside {:?}, which is not a directory",
                    &name[..end]
                ));
            }
        }
        match self.seen.insert(name.clone(), is_directory) {
            None => {}
            Some(true) if is_directory => {}
            Some(_) => return failed("is there twice"),
        }
        member.name = name;
        Ok(Some(member))
    }
}
