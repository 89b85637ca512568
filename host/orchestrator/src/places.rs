//! Checks that the files and directories that settings name can be used, without creating any of them.

use std::fmt;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use luminarys_runtime::{Audited, Verdict, unusable_key};
use rustix::fs::{Access, AtFlags, CWD};

use crate::{Settings, events};

/// The maximum number of dangling links that are followed.
const MAX_LINKS: usize = 8;

/// A file or directory of the settings that this process cannot use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceProblem {
    /// The key of the configuration that names it.
    pub key: &'static str,
    /// The file or directory.
    pub path: PathBuf,
    /// What is wrong, and its consequence.
    pub reason: String,
    /// Whether the host cannot start with it.
    pub fatal: bool,
}

impl fmt::Display for PlaceProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            key, path, reason, ..
        } = self;
        let path = path.display();
        write!(
            formatter,
            "{key}: {path} {reason}; name another with `{key}`"
        )
    }
}

impl Settings {
    /// Checks the files and directories that a host with these settings opens or creates. Nothing is created; blocking.
    pub fn place_problems(&self) -> Vec<PlaceProblem> {
        let mut found = Vec::new();
        let mut note =
            |key, path: &Path, outcome: Result<(), String>, consequence: Option<&str>| {
                found.extend(outcome.err().map(|reason| PlaceProblem {
                    key,
                    path: path.to_owned(),
                    reason: reason + consequence.unwrap_or_default(),
                    fatal: consequence.is_none(),
                }));
            };
        if let Some(data) = &self.data_dir {
            let within = ["", "state", "schedules"].map(|name| data.join(name));
            let wrong = within.iter().find_map(|path| directory(path).err());
            let kept = || {
                events::FILES
                    .iter()
                    .find_map(|name| regular(data, name).err())
            };
            let wrong = wrong.or_else(kept);
            note("data_dir", data, wrong.map_or(Ok(()), Err), None);
        }
        if let Some(audit) = &self.audit {
            let verdicts = match audit.audited {
                Audited::All => &[Verdict::Denied, Verdict::Allowed][..],
                Audited::Denied => &[Verdict::Denied],
            };
            for path in verdicts.iter().map(|verdict| audit.file(*verdict)) {
                note(
                    "audit.path",
                    &path,
                    file(&path, Access::WRITE_OK, MAX_LINKS),
                    None,
                );
            }
            note("audit.path", &audit.path, self.check_audit(), None);
        }
        let slow = Some("; compiled code is not kept, so every start compiles again");
        if let Some(cache) = &self.cache_dir {
            note("runtime.cache_dir", cache, directory(cache), slow);
        }
        if let (Some(key), Some(cache)) = (&self.cache_key, &self.cache_dir)
            && key.starts_with(cache)
        {
            let within =
                Err("lies within runtime.cache_dir, whose files it authenticates".to_owned());
            note("runtime.cache_key", key, within, slow);
        } else if let Some(key) = &self.cache_key {
            note(
                "runtime.cache_key",
                key,
                file(key, Access::READ_OK, MAX_LINKS)
                    .and_then(|()| unusable_key(key).map_or(Ok(()), Err)),
                slow,
            );
        }
        found
    }

    /// Checks that the audit log does not use a file that the host reads or writes for another purpose.
    ///
    /// # Errors
    /// Its kind.
    pub(crate) fn check_audit(&self) -> Result<(), String> {
        let Some(audit) = &self.audit else {
            return Ok(());
        };
        let absolute = |path: &Path| {
            let whole = path.canonicalize();
            whole.unwrap_or_else(|_| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
        };
        let data = self.data_dir.iter();
        let kept = data
            .clone()
            .flat_map(|data| events::FILES.map(|name| data.join(name)));
        let files = self.manifests.iter().chain(&self.watch).cloned();
        let files = files.chain(self.cache_key.clone()).chain(kept);
        let own: Vec<PathBuf> = files.map(|path| absolute(&path)).collect();
        let directories = data.chain(&self.cache_dir);
        let directories: Vec<PathBuf> = directories.map(|path| absolute(path)).collect();
        for verdict in [Verdict::Denied, Verdict::Allowed] {
            let path = absolute(&audit.file(verdict));
            if own.contains(&path) {
                return Err(format!(
                    "would write to {}, which is a file of the host itself",
                    path.display()
                ));
            }
            if directories
                .iter()
                .any(|directory| directory.starts_with(&path))
            {
                return Err(format!(
                    "would write to {}, which is a directory of the host",
                    path.display()
                ));
            }
            audit.check(verdict).map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

/// Checks that `name` in `directory` is a regular file or does not exist.
fn regular(directory: &Path, name: &str) -> Result<(), String> {
    match std::fs::symlink_metadata(directory.join(name)) {
        Ok(there) if !there.is_file() => Err(format!("has {name}, which is not a file")),
        _ => Ok(()),
    }
}

/// Checks that `path` is a directory that can be written to, or can be created.
fn directory(path: &Path) -> Result<(), String> {
    let here = [Path::new(".")];
    let above = path.ancestors().filter(|it| !it.as_os_str().is_empty());
    for place in above.chain(here) {
        let is_there = std::fs::metadata(place);
        let described = |what: &str| match place == path {
            true => Err(what.to_owned()),
            false => Err(format!("cannot be created: {} {what}", place.display())),
        };
        match is_there {
            Ok(there) if !there.is_dir() => return described("is not a directory"),
            Ok(_) if is_of_kernel(place) => {
                return described("belongs to the kernel, and files cannot be created there");
            }
            Ok(_) => {
                let writable = access(place, Access::WRITE_OK | Access::EXEC_OK);
                return writable.or_else(|error| {
                    described(&format!("cannot be written to by this user: {error}"))
                });
            }
            Err(_) if place.is_symlink() => return described("is a dangling symbolic link"),
            Err(error) if is_missing(&error) => {}
            Err(error) => return described(&format!("cannot be used: {error}")),
        }
    }
    Ok(())
}

/// Checks that `path` is a file that can be used for `wanted`, or can be created.
fn file(path: &Path, wanted: Access, links: usize) -> Result<(), String> {
    let text = path.as_os_str().as_bytes();
    if path.file_name().is_none() || text.ends_with(b"/") {
        return Err("names a directory, not a file".to_owned());
    }
    match std::fs::metadata(path) {
        Ok(there) if there.is_dir() => Err("is a directory, not a file".to_owned()),
        Ok(there) if there.file_type().is_socket() => Err("is a socket, not a file".to_owned()),
        Ok(_) => {
            access(path, wanted).map_err(|error| format!("cannot be used by this user: {error}"))
        }
        Err(error) if is_missing(&error) => {
            let parent = path.parent().unwrap_or(Path::new(""));
            match std::fs::read_link(path) {
                // The target of a link is created.
                Ok(target) if links > 0 => file(&parent.join(target), wanted, links - 1),
                _ => directory(parent).map_err(|reason| match parent.as_os_str().is_empty() {
                    true => format!("cannot be created: its directory {reason}"),
                    false => format!("cannot be created: {} {reason}", parent.display()),
                }),
            }
        }
        Err(error) => Err(format!("cannot be used: {error}")),
    }
}

/// Whether the path does not exist, or a file is in place of a directory: the callers tell them apart.
fn is_missing(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Whether `path` is in `/proc` or `/sys`.
fn is_of_kernel(path: &Path) -> bool {
    /// From linux/magic.h.
    const SYSFS_MAGIC: rustix::fs::FsWord = 0x6265_6572;
    let kinds = [rustix::fs::PROC_SUPER_MAGIC, SYSFS_MAGIC];
    rustix::fs::statfs(path).is_ok_and(|there| kinds.contains(&there.f_type))
}

fn access(path: &Path, access: Access) -> std::io::Result<()> {
    Ok(rustix::fs::accessat(CWD, path, access, AtFlags::EACCESS)?)
}

#[cfg(test)]
mod tests {
    use luminarys_runtime::AuditOptions;

    use luminarys_testing::{each_row, each_row_async};

    use super::*;
    use crate::Orchestrator;

    /// The check finds exactly what keeps the host from starting, and creates nothing.
    #[tokio::test]
    async fn the_check_finds_what_fails() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::create_dir(at("directory")).unwrap();
        std::fs::create_dir(at("half")).unwrap();
        std::fs::write(at("half/state"), "").unwrap();
        std::fs::write(at("file"), "").unwrap();
        std::fs::write(at("other"), "id: a\n").unwrap();
        std::fs::create_dir_all(at("aside.1")).unwrap();
        std::fs::create_dir_all(at("taken/subscriptions.json")).unwrap();
        std::os::unix::fs::symlink("nowhere/deep", at("dangling")).unwrap();
        std::os::unix::fs::symlink("to-be-made", at("link")).unwrap();
        let long = "n".repeat(300);
        let before = std::fs::read_dir(dir.path()).unwrap().count();
        let rows = [
            ("file", "a", Some("data_dir")),
            ("file/below", "a", Some("data_dir")),
            ("half", "a", Some("data_dir")),
            ("dangling", "a", Some("data_dir")),
            (&*long, "a", Some("data_dir")),
            ("d", "directory", Some("audit.path")),
            ("d", "log/", Some("audit.path")),
            ("d", "file/a", Some("audit.path")),
            ("d", "dangling/a", Some("audit.path")),
            ("d", &*long, Some("audit.path")),
            ("/proc", "a", Some("data_dir")),
            ("d", "/sys/a", Some("audit.path")),
            ("d", "d", Some("audit.path")),
            ("d", "d/subscriptions.json", Some("audit.path")),
            ("d", "key", Some("audit.path")),
            ("d", "other", Some("audit.path")),
            ("d", "aside", Some("audit.path")),
            ("taken", "a", Some("data_dir")),
            ("directory", "a", None),
            ("d/deep/er", "log/deep/a", None),
            ("d", "file", None),
            ("d", "link", None),
        ];
        each_row_async(rows, async |(data, audit, key)| {
            let settings = Settings {
                data_dir: Some(at(data)),
                audit: Some(AuditOptions::new(at(audit))),
                cache_key: Some(at("key")),
                ..Settings::default()
            };
            let found = settings.place_problems();
            let keys: Vec<_> = found.iter().filter(|one| one.fatal).collect();
            assert_eq!(
                keys.first().map(|one| one.key),
                key,
                "{data} {audit}: {found:?}"
            );
            assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), before);
            let started = Orchestrator::start(settings, |_| ()).await;
            assert_eq!(started.err().map(|_| ()), key.map(|_| ()), "{data} {audit}");
            for made in [
                "a",
                "a-allowed",
                "d",
                "log",
                "to-be-made",
                "link-allowed",
                "file-allowed",
            ] {
                let made = at(made);
                let _ = std::fs::remove_file(&made).or_else(|_| std::fs::remove_dir_all(&made));
            }
        })
        .await;
    }

    #[test]
    fn an_unusable_cache_does_not_keep_the_host_from_starting() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("file"), "").unwrap();
        let settings = Settings {
            cache_dir: Some(dir.path().join("file")),
            cache_key: Some(dir.path().join("file/key")),
            ..Settings::default()
        };
        let found = settings.place_problems();
        let shown: Vec<_> = found.iter().map(|one| (one.key, one.fatal)).collect();
        assert_eq!(
            shown,
            [("runtime.cache_dir", false), ("runtime.cache_key", false)]
        );
        std::fs::write(dir.path().join("open"), [0; 32]).unwrap();
        std::fs::create_dir(dir.path().join("taken")).unwrap();
        let rows = [
            ("open", "others may read"),
            ("taken", "is a directory"),
            ("none", ""),
        ];
        each_row(rows, |(key, told)| {
            let settings = Settings {
                cache_dir: Some(dir.path().join("cache")),
                cache_key: Some(dir.path().join(key)),
                ..Settings::default()
            };
            let found = settings.place_problems();
            let reason = found.first().map_or("", |one| &one.reason);
            assert!(
                reason.contains(told) && reason.is_empty() == told.is_empty(),
                "{reason}"
            );
        });
        let within = Settings {
            cache_dir: Some(dir.path().join("cache")),
            cache_key: Some(dir.path().join("cache/key")),
            ..Settings::default()
        };
        let found_within = within.place_problems();
        assert!(
            matches!(&*found_within, [one] if one.key == "runtime.cache_key" && !one.fatal),
            "{found_within:?}"
        );
        let text = found[0].to_string();
        assert!(text.contains("is not a directory; compiled code"), "{text}");
        assert!(
            text.ends_with("name another with `runtime.cache_dir`"),
            "{text}"
        );
    }
}
