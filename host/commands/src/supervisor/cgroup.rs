//! Control groups (cgroup v2), where a part of the tree is delegated to the host: the kernel then measures a command's
//! memory and processes exactly, and kills all of them at once.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Pid, getpid};

use super::tree;
use crate::process::spec::Limits;

/// The attributes by which systemd marks a delegated group.
const DELEGATED: [&str; 2] = ["user.delegate", "trusted.delegate"];

/// The group of one command. Its processes are killed and the group is removed when this is dropped.
pub(crate) struct Group {
    path: PathBuf,
}

impl Group {
    /// Creates a group for the command of this supervisor. None where the host may not.
    pub fn make(limits: &Limits) -> Option<Self> {
        let base = base()?;
        // Needed once; fails where the host may not change it.
        let _ = write(&base.join("cgroup.subtree_control"), "+memory +pids");
        let path = base.join(format!("luminarys-{}", getpid().as_raw_nonzero()));
        fs::create_dir(&path).ok()?;
        let group = Self { path };
        // Kernels before 5.14 cannot kill a group at once: the group is of no use then.
        group.path.join("cgroup.kill").exists().then_some(())?;
        for (file, value) in [
            ("memory.max", limits.memory_bytes.to_string()),
            ("memory.swap.max", "0".to_owned()),
            ("memory.oom.group", "1".to_owned()),
            ("pids.max", limits.threads().to_string()),
        ] {
            let file = group.path.join(file);
            // Not every controller is delegated.
            if file.exists() {
                write(&file, &value).ok()?;
            }
        }
        Some(group)
    }

    /// Moves a process with its descendants into the group.
    ///
    /// # Errors
    /// The operating system's.
    pub fn add_all(&self, pid: Pid) -> io::Result<()> {
        self.add(pid)?;
        // What it starts from now on is in the group already.
        for pid in tree::descendants(pid) {
            self.add(pid)?;
        }
        Ok(())
    }

    fn add(&self, pid: Pid) -> io::Result<()> {
        let number = pid.as_raw_nonzero().to_string();
        write(&self.path.join("cgroup.procs"), &number)
    }

    /// Returns whether the kernel has killed it for its memory.
    pub fn was_too_large(&self) -> bool {
        let events = fs::read_to_string(self.path.join("memory.events")).unwrap_or_default();
        let mut kills = events
            .lines()
            .filter_map(|line| line.strip_prefix("oom_kill "));
        kills.any(|count| count != "0")
    }

    /// Kills all processes in it, and returns once none is left.
    pub fn end(&self) {
        loop {
            let killed = write(&self.path.join("cgroup.kill"), "1");
            let events = fs::read_to_string(self.path.join("cgroup.events"));
            let empty = events.is_ok_and(|events| events.lines().any(|line| line == "populated 0"));
            if empty || killed.is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
        // A service manager may have removed it already.
        let _ = fs::remove_dir(&self.path);
    }
}

/// Writes to one of the kernel's files, and never creates one.
fn write(file: &Path, value: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).open(file)?;
    io::Write::write_all(&mut file, value.as_bytes())
}

/// Returns whether the host may create groups.
pub(crate) fn usable() -> bool {
    let limits = Limits {
        cpu_seconds: 1,
        processes: 1,
        file_bytes: 1,
        memory_bytes: 1 << 20,
    };
    Group::make(&limits).is_some()
}

/// Returns the group beneath which the host may create others.
fn base() -> Option<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = own_group(&mounts, &groups)?;
    // systemd may put the host into a subgroup of what it delegates (`DelegateSubgroup=`).
    let above = own.path.parent().filter(|_| !own.is_root);
    let given = |path: &&Path| own.is_root || is_delegated(path);
    [above, Some(own.path.as_path())]
        .into_iter()
        .flatten()
        .find(given)
        .map(Path::to_owned)
}

fn is_delegated(path: &Path) -> bool {
    let mut value = [0_u8; 1];
    DELEGATED
        .iter()
        .any(|name| rustix::fs::getxattr(path, *name, &mut value).is_ok_and(|_| value == *b"1"))
}

#[derive(Debug, PartialEq)]
struct Own {
    path: PathBuf,
    /// It is the root that this process sees: a container, whose groups are its own.
    is_root: bool,
}

/// Returns the process's own group, from the texts of `/proc/self/mountinfo` and `/proc/self/cgroup`.
fn own_group(mounts: &str, groups: &str) -> Option<Own> {
    let own = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    // The last mount covers the earlier ones.
    let mount = mounts.lines().rev().find_map(|line| {
        let (before, after) = line.split_once(" - ")?;
        let mut before = before.split(' ').skip(3);
        let (root, place) = (before.next()?, before.next()?);
        (after.starts_with("cgroup2 ") && root == "/").then_some(place)
    })?;
    Some(Own {
        path: Path::new(mount).join(own.trim_start_matches('/')),
        is_root: own == "/",
    })
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn the_own_group_is_found() {
        let unified = "25 1 0:23 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n";
        let hybrid = "30 1 0:26 / /sys/fs/cgroup ro - tmpfs tmpfs ro\n31 30 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
        let older = "31 30 0:27 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n";
        let service = "0::/system.slice/luminarys.service/host\n";
        let rows = [
            (
                unified,
                service,
                Some(("/sys/fs/cgroup/system.slice/luminarys.service/host", false)),
            ),
            (
                hybrid,
                "5:pids:/\n0::/x\n",
                Some(("/sys/fs/cgroup/unified/x", false)),
            ),
            (unified, "0::/\n", Some(("/sys/fs/cgroup/", true))),
            (older, "5:pids:/\n", None),
            (older, service, None),
            (unified, "", None),
        ];
        each_row(rows, |(mounts, groups, expected)| {
            let found = own_group(mounts, groups);
            let expected = expected.map(|(path, is_root)| Own {
                path: path.into(),
                is_root,
            });
            assert_eq!(found, expected, "{mounts} {groups}");
        });
    }
}
