//! A plan as arguments of `bwrap`.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::os::fd::{AsRawFd as _, OwnedFd};

use rustix::fs::{MemfdFlags, memfd_create};

use super::plan::{Plan, What};

/// Returns what `bwrap` must mount, in order, and the file descriptors that it must inherit.
///
/// # Errors
/// The operating system's.
pub(crate) fn arguments(plan: &Plan) -> io::Result<(Vec<OsString>, Vec<OwnedFd>)> {
    let mut words: Vec<OsString> = Vec::new();
    let mut files = Vec::new();
    // Nothing is created in what is the machine's.
    let mut foreign = std::collections::BTreeMap::new();
    for (path, what) in &plan.entries {
        let above = path
            .ancestors()
            .skip(1)
            .find_map(|above| foreign.get(above));
        let inside_foreign = above.copied().unwrap_or(false);
        let mut add = |flag: &str, arguments: &[&std::ffi::OsStr]| {
            words.push(flag.into());
            words.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        };
        let at = path.as_os_str();
        match what {
            What::Link(_) | What::Text(_) if inside_foreign => continue,
            What::Link(target) => {
                add("--symlink", &[target.as_os_str(), at]);
                continue;
            }
            What::Text(text) => {
                let file = text_file(text)?;
                let number = file.as_raw_fd().to_string();
                add("--ro-bind-data", &[number.as_ref(), at]);
                files.push(file);
                continue;
            }
            What::Bind { device: true, .. } => add("--dev-bind", &[at, at]),
            What::Bind { writable: true, .. } => add("--bind", &[at, at]),
            What::Bind { .. } => add("--ro-bind", &[at, at]),
            What::Memory { bytes, mode } => {
                let bytes = bytes.to_string();
                add("--perms", &[mode.as_ref()]);
                add("--size", &[bytes.as_ref()]);
                add("--tmpfs", &[at]);
            }
            What::Processes => {
                add("--proc", &[at]);
                // A command of the superuser could change the kernel's settings there.
                add("--remount-ro", &[at]);
            }
            What::Hidden {
                directory: true, ..
            } => {
                add("--perms", &["0700".as_ref()]);
                add("--size", &["4096".as_ref()]);
                add("--tmpfs", &[at]);
            }
            What::Hidden { .. } => {
                let file = text_file("")?;
                let number = file.as_raw_fd().to_string();
                add("--ro-bind-data", &[number.as_ref(), at]);
                files.push(file);
            }
        }
        foreign.insert(path.clone(), matches!(what, What::Bind { .. }));
    }
    if !plan.grants_root() {
        words.extend(["--remount-ro", "/"].map(OsString::from));
    }
    Ok((words, files))
}

fn text_file(text: &str) -> io::Result<OwnedFd> {
    let mut file = File::from(memfd_create("text", MemfdFlags::CLOEXEC)?);
    file.write_all(text.as_bytes())?;
    file.rewind()?;
    Ok(file.into())
}
