//! Namespaces made by the system's `bwrap`, where the host may not make them itself: Ubuntu lets that program alone.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use rustix::fs::{Mode, OFlags, ResolveFlags, fstat, openat2};
use rustix::io::FdFlags;
use rustix::process::{Pid, fchdir};
use serde::{Deserialize, Serialize};

use crate::init::Place;
use crate::mounts::{Plan, arguments, path_of};
use crate::namespaces::Identity;
use crate::spec::{self, Handles};
use crate::supervise::ARGUMENT;
use crate::{init, wire};

/// Where it is. A search path might lead to another.
const PLACES: [&str; 2] = ["/usr/bin/bwrap", "/bin/bwrap"];
/// The second argument by which the host's program knows that it is the first process.
pub(crate) const FIRST: &str = "first";
/// The second argument that asks for nothing: `bwrap` works when this ends well.
pub(crate) const NOTHING: &str = "nothing";

/// Starts `bwrap`, and in it the first process: the process that was started, the link to the first one, and what they say
/// when something goes wrong.
///
/// # Errors
/// The reason.
pub(crate) fn start(
    command: &spec::Command,
    handles: &Handles,
) -> Result<(Pid, UnixStream, File), String> {
    let text = |error: io::Error| format!("bwrap: {error}");
    let plan =
        Plan::new(command, handles, Identity::ordinary()).map_err(|error| error.to_string())?;
    let paths = Paths {
        working: plan.working().to_owned(),
        directories: handles
            .directories
            .iter()
            .map(|(handle, _)| path_of(handle).map_err(|error| error.to_string()))
            .collect::<Result<_, _>>()?,
    };
    let paths = serde_json::to_string(&paths).map_err(|error| error.to_string())?;
    let (own, other) = UnixStream::pair().map_err(text)?;
    let (reader, writer) = io::pipe().map_err(text)?;
    let network = command.confinement.network;
    let child = spawn(
        &plan,
        network,
        &[FIRST, &paths],
        other.into(),
        writer.into(),
    )
    .map_err(text)?;
    // It may have failed at once: then it says why.
    let _ = wire::send(&own, command, handles);
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or("bwrap: no process")?;
    Ok((pid, own, OwnedFd::from(reader).into()))
}

/// Whether `bwrap` does what is needed of it.
///
/// # Errors
/// The reason why it does not.
pub(crate) fn probe(plan: &Plan) -> Result<(), String> {
    let text = |error: io::Error| format!("bwrap: {error}");
    let (mut reader, writer) = io::pipe().map_err(text)?;
    let nothing = File::open("/dev/null").map_err(text)?;
    let mut child = spawn(plan, false, &[NOTHING], nothing.into(), writer.into()).map_err(text)?;
    let mut said = String::new();
    reader.read_to_string(&mut said).map_err(text)?;
    let status = child.wait().map_err(text)?;
    if status.success() {
        return Ok(());
    }
    Err(match said.trim() {
        "" => format!("bwrap: {status}"),
        said => said.to_owned(),
    })
}

fn spawn(
    plan: &Plan,
    network: bool,
    what: &[&str],
    input: OwnedFd,
    errors: OwnedFd,
) -> io::Result<std::process::Child> {
    let program = PLACES.iter().map(Path::new).find(|path| path.exists());
    let program = program.ok_or_else(|| io::Error::other("it is not installed"))?;
    let (mounts, mut passed) = arguments(plan)?;
    let own = OwnedFd::from(File::open("/proc/self/exe")?);
    let inside = format!("/proc/self/fd/{}", own.as_raw_fd());
    passed.push(own);
    let identity = Identity::ordinary();
    let (user, group) = (identity.user.to_string(), identity.group.to_string());
    let mut words: Vec<OsString> = [
        "--unshare-user",
        "--unshare-pid",
        "--unshare-ipc",
        "--unshare-uts",
        "--unshare-cgroup-try",
        "--die-with-parent",
        "--as-pid-1",
        "--cap-drop",
        "ALL",
        "--uid",
        &user,
        "--gid",
        &group,
    ]
    .map(OsString::from)
    .into();
    if !network {
        words.push("--unshare-net".into());
    }
    words.extend(mounts);
    words.extend(["--", &inside, ARGUMENT].map(OsString::from));
    words.extend(what.iter().map(OsString::from));
    if words.iter().any(|word| word.as_bytes().contains(&0)) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    for handle in &passed {
        rustix::io::fcntl_setfd(handle, FdFlags::empty())?;
    }
    let mut command = Command::new(program);
    command.args(words).env_clear();
    command.stdin(input).stdout(Stdio::null()).stderr(errors);
    command.spawn()
}

/// Where the first process finds what it has handles of: in there, their own paths cannot be read.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Paths {
    working: PathBuf,
    /// In the order of the handles.
    directories: Vec<PathBuf>,
}

/// Goes on as the first process in the namespaces that `bwrap` has made; the supervisor is at the other end of `link`.
///
/// # Errors
/// When nothing sensible comes from there.
pub(crate) fn first(link: &UnixStream, paths: &str) -> io::Result<ExitCode> {
    close_fds::set_fds_cloexec(3, &[]);
    let paths = serde_json::from_str(paths)?;
    let (command, handles) = wire::receive(link)?;
    Ok(init::run(link, command, handles, Place::Made(paths)))
}

/// Verifies that the granted directories are where they should be, and goes to the working directory.
///
/// # Errors
/// The reason.
pub(crate) fn settle(handles: &Handles, paths: &Paths) -> Result<(), String> {
    let open = |path: &Path| {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        openat2(
            rustix::fs::CWD,
            path,
            flags,
            Mode::empty(),
            ResolveFlags::NO_SYMLINKS,
        )
    };
    let granted = handles.directories.iter().map(|(handle, _)| handle);
    for (path, handle) in paths.directories.iter().zip(granted) {
        verified(path, open(path), handle)?;
    }
    let directory = verified(&paths.working, open(&paths.working), &handles.directory)?;
    fchdir(directory).map_err(|error| error.to_string())
}

fn verified(
    path: &Path,
    opened: rustix::io::Result<OwnedFd>,
    handle: &OwnedFd,
) -> Result<OwnedFd, String> {
    let text = |error: rustix::io::Errno| format!("{}: {error}", path.display());
    let opened = opened.map_err(text)?;
    let (found, expected) = (fstat(&opened).map_err(text)?, fstat(handle).map_err(text)?);
    if (found.st_dev, found.st_ino) == (expected.st_dev, expected.st_ino) {
        Ok(opened)
    } else {
        Err(format!("{} was exchanged meanwhile", path.display()))
    }
}
