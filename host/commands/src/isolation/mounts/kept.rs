//! What must be at which path once `bwrap` has mounted a plan: it follows paths, which others may replace meanwhile.

use std::io;
use std::path::PathBuf;

use rustix::fs::{Stat, StatVfsMountFlags, fstat, fstatvfs};
use serde::{Deserialize, Serialize};

use super::error::{PlanError, system};
use super::opened::open;
use super::plan::{Plan, What};

/// One place in a granted directory, or the directory itself, and what must hold for it.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Kept {
    path: PathBuf,
    device: u64,
    inode: u64,
    holds: Holds,
}

/// What must hold for a place.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
enum Holds {
    /// It is there.
    There,
    /// It is there, read-only.
    ReadOnly,
    /// Something else is in front of it.
    Hidden,
}

/// Lists what of `plan` lies in directories that are granted.
///
/// # Errors
/// The operating system's.
pub(crate) fn kept(plan: &Plan, granted: &[PathBuf]) -> io::Result<Vec<Kept>> {
    let mut all = Vec::new();
    for (path, what) in &plan.entries {
        let (source, holds) = match what {
            What::Bind {
                source, writable, ..
            } if *writable => (source, Holds::There),
            What::Bind { source, .. } => (source, Holds::ReadOnly),
            What::Hidden { source, .. } => (source, Holds::Hidden),
            _ => continue,
        };
        if granted.iter().any(|granted| path.starts_with(granted)) {
            let Stat { st_dev, st_ino, .. } = fstat(source)?;
            all.push(Kept {
                path: path.clone(),
                device: st_dev,
                inode: st_ino,
                holds,
            });
        }
    }
    Ok(all)
}

impl Kept {
    /// Verifies it in the calling process's mounts.
    ///
    /// # Errors
    /// [`PlanError::Moved`], or the operating system's.
    pub fn verify(&self) -> Result<(), PlanError> {
        let failed = |error: rustix::io::Errno| system(&self.path, error.into());
        let opened = open(&self.path)?;
        let found = fstat(&opened).map_err(failed)?;
        let is_same = (found.st_dev, found.st_ino) == (self.device, self.inode);
        let holds = match self.holds {
            Holds::There => is_same,
            Holds::ReadOnly => {
                let flags = fstatvfs(&opened).map_err(failed)?.f_flag;
                is_same && flags.contains(StatVfsMountFlags::RDONLY)
            }
            Holds::Hidden => !is_same,
        };
        if holds {
            Ok(())
        } else {
            Err(PlanError::Moved(self.path.clone()))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn a_replaced_place_is_noticed() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let at = |name: &str| root.join(name);
        for name in ["is", "other"] {
            std::fs::create_dir(at(name)).unwrap();
        }
        std::os::unix::fs::symlink(at("is"), at("link")).unwrap();
        let is = at("is").metadata().unwrap();
        // Nothing is mounted here: what must be read-only is not.
        let rows = [
            ("is", Holds::There, true),
            ("is", Holds::ReadOnly, false),
            ("is", Holds::Hidden, false),
            ("other", Holds::There, false),
            ("other", Holds::Hidden, true),
            ("link", Holds::There, false),
            ("none", Holds::There, false),
        ];
        each_row(rows, |(name, holds, expected)| {
            let kept = Kept {
                path: at(name),
                device: is.dev(),
                inode: is.ino(),
                holds,
            };
            assert_eq!(kept.verify().is_ok(), expected, "{name} {holds:?}");
        });
    }
}
