//! The directories of one skill's commands: their `home` and `tmp`, and the host's log files beside them. Commands write in
//! the former, so the host opens them by handles only, one name at a time, and follows no link.

use std::fs::{DirBuilder, File, Permissions};
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt as _};
use rustix::fs::{AtFlags, Mode, OFlags, mkdirat, openat, unlinkat};
use rustix::io::Errno;

/// How many log files the host keeps.
const MAX_LOGS: usize = 32;

/// The directories of one skill's commands. Created when the first command needs them.
pub struct Scratch {
    /// None where nothing is kept: then it is a temporary directory, which is removed with the skill.
    place: Option<(PathBuf, PathBuf)>,
    made: OnceLock<Made>,
}

/// The directories, open.
pub struct Made {
    /// The path of the directory that commands may write in.
    pub root: PathBuf,
    own: Dir,
    logs: Dir,
    logs_path: PathBuf,
    _temporary: Option<cap_tempfile::TempDir>,
}

impl Scratch {
    /// The directories of `skill` beneath the host's data directory. The suffixes keep an id such as `..` from leading
    /// elsewhere.
    pub fn new(data_dir: Option<&Path>, skill: &str) -> Self {
        let place = data_dir.map(|data_dir| {
            let shell = data_dir.join("shell");
            let named = |suffix: &str| shell.join(format!("{skill}.{suffix}"));
            (named("d"), named("logs"))
        });
        Self {
            place,
            made: OnceLock::new(),
        }
    }

    /// Opens them, and creates those that are missing. Blocking.
    ///
    /// # Errors
    /// The operating system's.
    pub fn made(&self) -> io::Result<&Made> {
        if self.made.get().is_none() {
            let made = self.make()?;
            // Another command may have been faster.
            let _ = self.made.set(made);
        }
        self.made
            .get()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn make(&self) -> io::Result<Made> {
        let (root, logs_path, temporary) = match &self.place {
            Some((root, logs)) => (std::path::absolute(root)?, std::path::absolute(logs)?, None),
            None => {
                let temporary = cap_tempfile::TempDir::new(ambient_authority())?;
                let handle = temporary.as_raw_fd();
                let place = std::fs::read_link(format!("/proc/self/fd/{handle}"))?;
                (place.join("own"), place.join("logs"), Some(temporary))
            }
        };
        let opened = |path: &Path| {
            let mut builder = DirBuilder::new();
            builder.recursive(true).mode(0o700).create(path)?;
            Dir::open_ambient_dir(path, ambient_authority())
        };
        Ok(Made {
            own: opened(&root)?,
            logs: opened(&logs_path)?,
            root: root.canonicalize()?,
            logs_path,
            _temporary: temporary,
        })
    }
}

impl Made {
    /// Returns the directory that commands may write in.
    ///
    /// # Errors
    /// The operating system's.
    pub fn handle(&self) -> io::Result<OwnedFd> {
        Ok(self.own.try_clone()?.into_std_file().into())
    }

    /// Opens the commands' directory `name`, and creates it again when a command has put something else in its place.
    ///
    /// # Errors
    /// The operating system's.
    pub fn directory(&self, name: &str) -> io::Result<OwnedFd> {
        // Commands may change the mode of the directory; the host must still get in.
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let own = format!("/proc/self/fd/{}", self.own.as_raw_fd());
        std::fs::set_permissions(own, Permissions::from_mode(0o700))?;
        let open = || openat(&self.own, name, flags, Mode::empty());
        match open() {
            Err(Errno::NOENT) => {}
            Err(Errno::NOTDIR | Errno::LOOP) => {
                unlinkat(&self.own, name, AtFlags::empty())?;
            }
            opened => return Ok(opened?),
        }
        mkdirat(&self.own, name, Mode::from_raw_mode(0o700))?;
        Ok(open()?)
    }

    /// Creates a log file for a daemon, and removes the oldest when there are too many.
    ///
    /// # Errors
    /// The operating system's.
    pub fn new_log(&self) -> io::Result<(PathBuf, File)> {
        let mut old = Vec::new();
        for entry in self.logs.entries()?.flatten() {
            let modified = entry.metadata().and_then(|metadata| metadata.modified());
            if let Ok(modified) = modified {
                old.push((modified.into_std(), entry.file_name()));
            }
        }
        old.sort();
        let surplus = (old.len() + 1).saturating_sub(MAX_LOGS);
        for (_, name) in old.into_iter().take(surplus) {
            // Another call may have removed it already.
            let _ = self.logs.remove_file(name);
        }
        let name = format!("{}.log", jiff::Timestamp::now().as_nanosecond());
        let mut options = OpenOptions::new();
        options.read(true).append(true).create_new(true).mode(0o600);
        let file = self.logs.open_with(&name, &options)?;
        Ok((self.logs_path.join(name), file.into_std()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_in_place_of_directories_are_not_followed() {
        let (data, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let outside = outside.path();
        for number in 0..40 {
            fs::write(outside.join(format!("{number}.log")), "canary").unwrap();
        }
        let own = data.path().join("shell/x.d");
        let scratch = Scratch::new(Some(data.path()), "x");
        scratch.made().unwrap().directory("tmp").unwrap();
        for name in ["tmp", "home", "logs"] {
            let _ = fs::remove_dir_all(own.join(name));
            symlink(outside, own.join(name)).unwrap();
        }
        // The one that has them open, and one that opens them anew.
        for scratch in [&scratch, &Scratch::new(Some(data.path()), "x")] {
            let made = scratch.made().unwrap();
            made.directory("tmp").unwrap();
            made.directory("home").unwrap();
            let (path, _) = made.new_log().unwrap();
            assert!(
                path.starts_with(data.path().join("shell/x.logs")),
                "{path:?}"
            );
        }
        assert_eq!(fs::read_dir(outside).unwrap().count(), 40);
        assert!(own.join("tmp").symlink_metadata().unwrap().is_dir());
    }

    #[test]
    fn old_logs_are_removed() {
        let scratch = Scratch::new(None, "x");
        let made = scratch.made().unwrap();
        let first = made.new_log().unwrap().0;
        for _ in 0..MAX_LOGS {
            made.new_log().unwrap();
        }
        assert!(!first.exists());
        assert_eq!(made.logs.entries().unwrap().count(), MAX_LOGS);
    }
}
