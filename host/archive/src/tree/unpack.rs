//! From an archive to a tree. The whole archive is checked first, then written to a directory of its own, then moved to
//! its place.

use std::io::Read;

use luminarys_filesystem::{Cancelled, FileKind, Filesystem, FsError};

use super::{Done, Limits, Options};
use crate::budget::Budget;
use crate::error::broken;
use crate::member::{Member, MemberKind};
use crate::plan::Plan;
use crate::read::read;

/// An archive to read.
pub struct Reading<'a> {
    /// The files that it may use.
    pub files: &'a Filesystem,
    /// How large it may be.
    pub limits: Limits,
    /// Its path.
    pub archive: &'a str,
    /// How it is read.
    pub options: &'a Options,
    /// Whether the call was cancelled.
    pub cancelled: Cancelled<'a>,
}

impl Reading<'_> {
    /// Shows each wanted entry to `visit`.
    ///
    /// # Errors
    /// [`FsError::Invalid`] for a broken archive or one that must not be unpacked, [`FsError::TooLarge`] beyond a
    /// limit.
    pub fn each(
        &self,
        visit: &mut dyn FnMut(Member, &mut dyn Read) -> Result<(), FsError>,
    ) -> Result<(), FsError> {
        let (file, length) = self.files.open_whole(self.archive)?;
        let budget = Budget::new(self.limits.entries, self.limits.bytes, length);
        let mut plan = Plan::new(&self.options.exclude, self.options.strip);
        read(
            file,
            self.options.format,
            &budget,
            &mut |member, content| {
                if (self.cancelled)() {
                    return Err(FsError::given_up());
                }
                match plan.add(member)? {
                    Some(member) => visit(member, content),
                    None => Ok(()),
                }
            },
        )
    }

    /// Unpacks into `destination`.
    ///
    /// # Errors
    /// As [`Reading::each`]; [`FsError::AlreadyExists`] when something is in the way.
    pub fn unpack(&self, destination: &str) -> Result<Done, FsError> {
        let mut members = Vec::new();
        self.each(&mut |member, _| {
            members.push(member);
            Ok(())
        })?;
        let files = self.files;
        let is_new = files.kind_at(destination)?.is_none();
        files.make_directory(destination)?;
        let base = files.true_path(destination)?;
        let unique = jiff::Timestamp::now().as_nanosecond();
        let staging = format!("{base}/.unpacking-{unique}");
        let unpacked = self
            .clear(&base, &members)
            .and_then(|()| files.make_directory(&staging))
            .and_then(|()| self.stage(&staging))
            .and_then(|done| self.place(&base, &staging, &members).map(|()| done));
        // The first error is the one to report.
        let _ = files.delete(&staging, &|| false);
        if unpacked.is_err() && is_new {
            let _ = files.delete(&base, &|| false);
        }
        unpacked
    }

    /// Checks that each entry can be put in its place, and may be.
    fn clear(&self, base: &str, members: &[Member]) -> Result<(), FsError> {
        for member in members {
            let path = format!("{base}/{}", member.name);
            let in_the_way = |what: &str| {
                Err(FsError::AlreadyExists(format!(
                    "{path} is {what} already and is not replaced"
                )))
            };
            // Every directory on the way must be one, not a link to one.
            for (end, _) in member.name.match_indices('/') {
                let above = format!("{base}/{}", &member.name[..end]);
                match self.files.kind_at(&above)? {
                    None => break,
                    Some(FileKind::Directory) => {}
                    Some(_) => {
                        let text = format!("{above} exists and is not a directory");
                        return Err(FsError::AlreadyExists(text));
                    }
                }
            }
            self.files.may_write(&path)?;
            match (self.files.kind_at(&path)?, &member.kind) {
                (None, _) => {}
                (Some(FileKind::Directory), MemberKind::Directory) => {
                    self.files.may_chmod(&path)?
                }
                (Some(_), MemberKind::Directory) => return in_the_way("something else"),
                (Some(FileKind::File), _) => {}
                (Some(_), _) => return in_the_way("a directory or a link"),
            }
        }
        Ok(())
    }

    /// Writes everything into the directory `staging`, links last.
    fn stage(&self, staging: &str) -> Result<Done, FsError> {
        let files = self.files;
        let mut done = Done::nothing(self.options.format);
        let mut links = Vec::new();
        self.each(&mut |member, content| {
            let path = format!("{staging}/{}", member.name);
            match member.kind {
                MemberKind::Directory => files.make_directory(&path)?,
                MemberKind::Link(target) => links.push((target, path)),
                MemberKind::Same(other) => {
                    files.copy(&format!("{staging}/{other}"), &path, self.cancelled)?;
                    done.files += 1;
                    done.bytes += member.size;
                }
                MemberKind::File => {
                    let mut writer = files.writer(&path)?;
                    let mut buffer = vec![0; 128 << 10];
                    loop {
                        let length = content.read(&mut buffer).map_err(broken)?;
                        if length == 0 {
                            break;
                        }
                        writer.write_all(&buffer[..length])?;
                        done.bytes += length as u64;
                    }
                    writer.describe(Some(member.mode), member.modified)?;
                    writer.finish_unsynced()?;
                    done.files += 1;
                }
            }
            Ok(())
        })?;
        for (target, path) in links {
            files.make_directory(path.rsplit_once('/').map_or(staging, |(above, _)| above))?;
            files.symlink(&target, &path)?;
        }
        Ok(done)
    }

    /// Moves everything from `staging` to its place. Modes of directories come last: they may forbid writing.
    fn place(&self, base: &str, staging: &str, members: &[Member]) -> Result<(), FsError> {
        let files = self.files;
        for member in members {
            let path = format!("{base}/{}", member.name);
            if member.kind == MemberKind::Directory {
                files.make_directory(&path)?;
                continue;
            }
            if let Some((above, _)) = path.rsplit_once('/') {
                files.make_directory(above)?;
            }
            files.rename(&format!("{staging}/{}", member.name), &path, &|| false)?;
        }
        for member in members
            .iter()
            .rev()
            .filter(|member| member.kind == MemberKind::Directory)
        {
            files.chmod(
                &format!("{base}/{}", member.name),
                member.mode | 0o700,
                false,
                &|| false,
            )?;
        }
        Ok(())
    }
}
