//! Namespaces of one command: user and process first, by the supervisor; the others by the first process in them.

use std::fs;
use std::io;
use std::mem;
use std::os::fd::AsRawFd as _;

use rustix::net::{AddressFamily, SocketType, socket};
use rustix::process::{getgid, getuid};
use rustix::thread::{UnshareFlags, unshare_unsafe};

/// The user that the superuser is inside: programs treat their own files as an ordinary user's, and do not try to give them
/// to the owners named in archives.
const ORDINARY: u32 = 1000;

/// The user and group ids that a command sees as its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Identity {
    pub user: u32,
    pub group: u32,
}

impl Identity {
    /// Returns the host's own, or an ordinary user's when the host runs as the superuser.
    pub fn ordinary() -> Self {
        let ordinary = |number: u32| if number == 0 { ORDINARY } else { number };
        Self {
            user: ordinary(getuid().as_raw()),
            group: ordinary(getgid().as_raw()),
        }
    }
}

/// Moves the calling process, which must have one thread, into a user namespace of its own, and its children from now
/// on into a process namespace.
///
/// # Errors
/// The operating system's: many do not let ordinary users make user namespaces.
pub(crate) fn begin() -> io::Result<Identity> {
    let (user, group) = (getuid().as_raw(), getgid().as_raw());
    let inside = Identity::ordinary();
    unshare(UnshareFlags::NEWUSER).map_err(explained)?;
    // Otherwise only a privileged process may write the map of groups.
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{} {user} 1", inside.user))?;
    fs::write("/proc/self/gid_map", format!("{} {group} 1", inside.group))?;
    unshare(UnshareFlags::NEWPID)?;
    Ok(inside)
}

/// Explains the error codes that have another meaning here.
fn explained(error: io::Error) -> io::Error {
    let text = match error.raw_os_error() {
        Some(libc::ENOSPC) => "the limit user.max_user_namespaces is reached",
        Some(libc::EPERM) => {
            "they are not permitted (kernel.unprivileged_userns_clone, AppArmor, or a container's profile)"
        }
        _ => return error,
    };
    io::Error::new(error.kind(), text)
}

/// Moves the calling process into the other namespaces; without `network` into one that has only a loopback device.
///
/// # Errors
/// The operating system's.
pub(crate) fn finish(network: bool) -> io::Result<()> {
    let mut flags =
        UnshareFlags::NEWNS | UnshareFlags::NEWIPC | UnshareFlags::NEWUTS | UnshareFlags::NEWCGROUP;
    if !network {
        flags |= UnshareFlags::NEWNET;
    }
    unshare(flags)?;
    if !network {
        loopback()?;
    }
    Ok(())
}

fn unshare(flags: UnshareFlags) -> io::Result<()> {
    // SAFETY: file descriptors are not unshared, and there is one thread.
    Ok(unsafe { unshare_unsafe(flags) }?)
}

/// Brings the loopback device up.
fn loopback() -> io::Result<()> {
    let socket = socket(AddressFamily::INET, SocketType::DGRAM, None)?;
    // SAFETY: an `ifreq` is plain numbers, for which zero is valid.
    let mut request: libc::ifreq = unsafe { mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(b"lo") {
        *to = libc::c_char::from_ne_bytes([*from]);
    }
    request.ifr_ifru.ifru_flags = i16::try_from(libc::IFF_UP).unwrap_or(1);
    // SAFETY: the request outlives the call, which reads it.
    match unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
