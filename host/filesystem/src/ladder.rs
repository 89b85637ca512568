//! The way from a known directory down to another, as open handles. Going up uses the handle that was opened on the
//! way down, never `..`, which leads elsewhere when a directory is moved in the meantime. Of a long way only the last
//! handles stay open; the others are opened again, name by name, when they are needed.

use std::ffi::{OsStr, OsString};

use rustix::io::Errno;

use crate::sys::{self, Handle};

/// Handles that stay open.
const KEPT: usize = 16;

struct Rung {
    name: OsString,
    handle: Option<Handle>,
    /// Handed in rather than opened from the rung above; then `handle` is `None` where nothing is granted.
    given: bool,
}

/// A stack of directories.
pub(crate) struct Ladder {
    rungs: Vec<Rung>,
}

impl Ladder {
    /// Starts at a directory; `None` stands for one that may not be read.
    pub(crate) fn new(base: Option<Handle>) -> Self {
        let mut ladder = Self { rungs: Vec::new() };
        ladder.place(OsStr::new(""), base);
        ladder
    }

    /// Returns the current directory, if it may be read.
    pub(crate) fn top(&self) -> Option<&Handle> {
        self.rungs.last()?.handle.as_ref()
    }

    /// Returns how many levels below the first directory the current one is.
    pub(crate) fn depth(&self) -> usize {
        self.rungs.len() - 1
    }

    /// Returns whether the current directory was handed in.
    pub(crate) fn is_given(&self) -> bool {
        self.rungs.last().is_none_or(|rung| rung.given)
    }

    /// Returns the name of the current directory.
    pub(crate) fn name(&self) -> &OsStr {
        self.rungs
            .last()
            .map_or(OsStr::new(""), |rung| rung.name.as_os_str())
    }

    /// Goes down by a handle from elsewhere.
    pub(crate) fn place(&mut self, name: &OsStr, handle: Option<Handle>) {
        let name = name.to_owned();
        self.rungs.push(Rung {
            name,
            handle,
            given: true,
        });
        self.forget();
    }

    /// Opens the directory `name` and goes down. A link is not followed.
    pub(crate) fn enter(&mut self, name: &OsStr) -> Result<(), Errno> {
        let above = self.top().ok_or(Errno::ACCESS)?;
        let handle = Some(sys::open_directory(above, name)?);
        let name = name.to_owned();
        self.rungs.push(Rung {
            name,
            handle,
            given: false,
        });
        self.forget();
        Ok(())
    }

    /// Goes up; at the first directory it stays there.
    pub(crate) fn leave(&mut self) -> Result<(), Errno> {
        if self.rungs.len() == 1 {
            return Ok(());
        }
        self.rungs.pop();
        let last = self.rungs.len() - 1;
        if self.rungs[last].given || self.rungs[last].handle.is_some() {
            return Ok(());
        }
        // The lowest handle that is still open. There is one: those handed in are never closed.
        let open = self.rungs.iter().rposition(|rung| rung.handle.is_some());
        let open = open.ok_or(Errno::ACCESS)?;
        let mut handle = self.rungs[open].handle.clone().ok_or(Errno::ACCESS)?;
        for index in open + 1..=last {
            handle = sys::open_directory(&handle, self.rungs[index].name.as_os_str())?;
            if index + KEPT > last {
                self.rungs[index].handle = Some(handle.clone());
            }
        }
        Ok(())
    }

    /// Goes back to the first directory.
    pub(crate) fn restart(&mut self) {
        self.rungs.truncate(1);
    }

    fn forget(&mut self) {
        if let Some(index) = self.rungs.len().checked_sub(KEPT + 1)
            && !self.rungs[index].given
        {
            self.rungs[index].handle = None;
        }
    }
}
