//! Every name beneath a directory, in order, through handles. Links are reported, never followed.

use std::ffi::{CString, OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

use luminarys_grants::Access;
use rustix::fs::FileType;
use rustix::io::Errno;

use crate::error::FsError;
use crate::filesystem::Cancelled;
use crate::guard::{Guard, Standing, admit};
use crate::ladder::Ladder;
use crate::model::FileKind;
use crate::sys::{self, Handle};

/// One name on the way.
pub(crate) struct Found<'a> {
    /// The directory it is in.
    pub parent: &'a Handle,
    pub name: &'a OsStr,
    /// The absolute path.
    pub path: &'a str,
    /// The path beneath the root of the walk.
    pub relative: &'a str,
    pub kind: FileKind,
    /// 1 in the root itself.
    pub depth: usize,
    /// Whether this is a directory whose content has been visited.
    pub leaving: bool,
}

/// What to do about a directory that cannot be entered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Go on elsewhere.
    PassOver,
    /// Fail.
    Report,
}

/// What a walk is for.
#[derive(Clone, Copy)]
pub(crate) struct Purpose {
    pub access: Access,
    pub trouble: Trouble,
}

impl Purpose {
    /// To read what can be read.
    pub(crate) const SEARCH: Self = Self {
        access: Access::Read,
        trouble: Trouble::PassOver,
    };
    /// To read everything.
    pub(crate) const READ: Self = Self {
        access: Access::Read,
        trouble: Trouble::Report,
    };
    /// To change everything.
    pub(crate) const CHANGE: Self = Self {
        access: Access::Write,
        trouble: Trouble::Report,
    };
}

struct Frame {
    names: std::vec::IntoIter<(OsString, FileKind)>,
    /// Length of the path of the directory.
    end: usize,
    standing: Standing,
}

/// Calls `visit` for every name beneath `root`, which is at `path`, and once more for each directory when leaving
/// it. A directory is entered when `visit` returns true. What the guard closes is not visited: it is passed over, or
/// the walk fails. In paths, names that are not UTF-8 have replacement characters.
pub(crate) fn walk(
    root: &Handle,
    path: &str,
    guard: &Guard,
    purpose: Purpose,
    cancelled: Cancelled<'_>,
    visit: &mut dyn FnMut(&Found<'_>) -> Result<bool, FsError>,
) -> Result<(), FsError> {
    let mut ladder = Ladder::new(Some(root.clone()));
    let mut path = path.trim_end_matches('/').to_owned();
    let beneath = path.len() + 1;
    let mut frames = vec![Frame {
        names: names(root, cancelled).map_err(|error| FsError::system(&path, error))?,
        end: path.len(),
        standing: guard
            .opened(root)
            .map_err(|error| FsError::system(&path, error))?,
    }];
    while let Some(frame) = frames.last_mut() {
        if cancelled() {
            return Err(FsError::given_up());
        }
        let Some((name, kind)) = frame.names.next() else {
            path.truncate(frame.end);
            frames.pop();
            if frames.is_empty() {
                break;
            }
            let name = ladder.name().to_owned();
            ladder
                .leave()
                .map_err(|error| FsError::system(&path, error))?;
            let found = Found {
                parent: ladder.top().ok_or_else(FsError::given_up)?,
                name: &name,
                relative: path.get(beneath..).unwrap_or_default(),
                path: &path,
                kind: FileKind::Directory,
                depth: ladder.depth() + 1,
                leaving: true,
            };
            visit(&found)?;
            continue;
        };
        path.truncate(frame.end);
        path.push('/');
        path.push_str(&name.to_string_lossy());
        let closed = guard.entry(&frame.standing, &name, None, purpose.access);
        match admit(&path, closed.as_ref(), purpose.access) {
            Err(_) if purpose.trouble == Trouble::PassOver => continue,
            admitted => admitted?,
        }
        let found = Found {
            parent: ladder.top().ok_or_else(FsError::given_up)?,
            name: &name,
            relative: path.get(beneath..).unwrap_or_default(),
            path: &path,
            kind,
            depth: ladder.depth() + 1,
            leaving: false,
        };
        if !visit(&found)? || kind != FileKind::Directory {
            continue;
        }
        let above = frames.last().map(|frame| frame.standing.clone());
        let mut denied = None;
        let entered = ladder.enter(&name).and_then(|()| {
            let top = ladder.top().ok_or(Errno::ACCESS)?;
            let standing = guard.entered(&above.unwrap_or_default(), &name, top)?;
            if let Err(error) = admit(&path, standing.closed(), purpose.access) {
                denied = Some(error);
                return Err(Errno::PERM);
            }
            Ok((names(top, cancelled)?, standing))
        });
        match entered {
            Ok((names, standing)) => frames.push(Frame {
                names,
                end: path.len(),
                standing,
            }),
            Err(error) => {
                if ladder.depth() == frames.len() {
                    ladder
                        .leave()
                        .map_err(|error| FsError::system(&path, error))?;
                }
                if purpose.trouble == Trouble::Report || !is_local(error) {
                    return Err(denied.unwrap_or_else(|| FsError::system(&path, error)));
                }
            }
        }
    }
    Ok(())
}

/// Returns whether an error concerns one name only, so that the walk can go on.
pub(crate) fn is_local(error: Errno) -> bool {
    matches!(
        error,
        Errno::ACCESS | Errno::PERM | Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::STALE
    )
}

/// Reads the names in an open directory, in order.
fn names(
    directory: &Handle,
    cancelled: Cancelled<'_>,
) -> Result<std::vec::IntoIter<(OsString, FileKind)>, Errno> {
    let mut found: Vec<(OsString, FileKind)> = Vec::new();
    for entry in sys::names(directory)? {
        let entry = entry?;
        let name: &CString = &entry.file_name().to_owned();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        if found.len() % 1024 == 1023 && cancelled() {
            break;
        }
        let kind = match entry.file_type() {
            FileType::Unknown => match sys::status(directory, name.as_c_str()) {
                Ok(stat) => sys::kind(&stat),
                Err(_) => continue,
            },
            known => sys::kind_of(known),
        };
        found.push((OsString::from_vec(name.to_bytes().to_vec()), kind));
    }
    found.sort_by(|(a, _), (b, _)| a.as_bytes().cmp(b.as_bytes()));
    Ok(found.into_iter())
}
