//! Namespaces created by the system's `bwrap`, where the host may not create them itself: Ubuntu allows that program only.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::fs::fstat;
use rustix::io::FdFlags;
use rustix::process::Pid;
use serde::{Deserialize, Serialize};

use crate::isolation::mounts::{Kept, Plan, arguments, change_directory, kept, path_of};
use crate::isolation::namespaces::Identity;
use crate::process::role::{ARGUMENT, FIRST, NOTHING};
use crate::process::spec::{self, Handles};
use crate::process::wire;

/// The paths of `bwrap`. `PATH` is not searched: it might find another program.
const PLACES: [&str; 2] = ["/usr/bin/bwrap", "/bin/bwrap"];

/// Starts `bwrap`, which starts the first process. Returns the process id of `bwrap`, the link to the first process, and the
/// standard error of both.
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
    let granted = handles.directories.iter();
    let granted: Vec<PathBuf> = granted
        .map(|(handle, _)| path_of(handle).map_err(|error| error.to_string()))
        .collect::<Result<_, _>>()?;
    let paths = Paths {
        working: plan.working().to_owned(),
        kept: kept(&plan, &granted).map_err(text)?,
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
    // When it has failed already, its standard error tells why.
    let _ = wire::send(&own, command, handles);
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or("bwrap: no process")?;
    Ok((pid, own, OwnedFd::from(reader).into()))
}

/// Checks that `bwrap` can carry out `plan`.
///
/// # Errors
/// The reason why it cannot.
pub(crate) fn probe(plan: &Plan) -> Result<(), String> {
    let text = |error: io::Error| format!("bwrap: {error}");
    let (mut reader, writer) = io::pipe().map_err(text)?;
    let nothing = File::open("/dev/null").map_err(text)?;
    let mut child = spawn(plan, false, &[NOTHING], nothing.into(), writer.into()).map_err(text)?;
    let mut errors = String::new();
    reader.read_to_string(&mut errors).map_err(text)?;
    let status = child.wait().map_err(text)?;
    if status.success() {
        return Ok(());
    }
    Err(match errors.trim() {
        "" => format!("bwrap: {status}"),
        errors => errors.to_owned(),
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

/// The paths that the first process cannot read from its file descriptors inside the namespaces.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Paths {
    /// The working directory.
    working: PathBuf,
    /// What it verifies.
    kept: Vec<Kept>,
}

/// Verifies that the granted and the protected places are mounted as planned, and enters the working directory.
///
/// # Errors
/// The reason.
pub(crate) fn settle(handles: &Handles, paths: &Paths) -> Result<(), String> {
    for kept in &paths.kept {
        kept.verify().map_err(|error| error.to_string())?;
    }
    let text = |error: rustix::io::Errno| error.to_string();
    let expected = fstat(&handles.directory).map_err(text)?;
    change_directory(&paths.working, &expected).map_err(|error| error.to_string())
}
