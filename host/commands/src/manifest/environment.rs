//! The environment variables of a command, and what it may read in addition to the granted directories.

use std::path::{Path, PathBuf};

use luminarys_grants::Grants;

/// Variables passed on from the host's own environment.
const PASSED: [&str; 5] = ["LANG", "LANGUAGE", "TZ", "USER", "LOGNAME"];

/// The search path when the host has no `PATH`.
const USUAL_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Paths that every command may read and execute: programs, libraries, and what they need to know about the system. None of
/// them holds secrets or sockets, which is why `/etc` and `/run` are not listed as a whole.
const SYSTEM: [&str; 66] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/opt",
    "/nix/store",
    "/snap",
    "/proc",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup",
    "/sys/kernel/mm/transparent_hugepage",
    "/run/systemd/resolve/resolv.conf",
    "/run/systemd/resolve/stub-resolv.conf",
    "/etc/alpine-release",
    "/etc/alternatives",
    "/etc/arch-release",
    "/etc/bash.bashrc",
    "/etc/ca-certificates",
    "/etc/ca-certificates.conf",
    "/etc/centos-release",
    "/etc/crypto-policies",
    "/etc/debian_version",
    "/etc/fedora-release",
    "/etc/fonts",
    "/etc/gai.conf",
    "/etc/gitattributes",
    "/etc/gitconfig",
    "/etc/group",
    "/etc/host.conf",
    "/etc/hostname",
    "/etc/hosts",
    "/etc/inputrc",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/locale.alias",
    "/etc/localtime",
    "/etc/lsb-release",
    "/etc/machine-id",
    "/etc/magic",
    "/etc/mime.types",
    "/etc/npmrc",
    "/etc/nsswitch.conf",
    "/etc/os-release",
    "/etc/passwd",
    "/etc/perl",
    "/etc/pip.conf",
    "/etc/pki/ca-trust",
    "/etc/pki/tls/cert.pem",
    "/etc/pki/tls/certs",
    "/etc/pki/tls/openssl.cnf",
    "/etc/profile",
    "/etc/protocols",
    "/etc/python3",
    "/etc/redhat-release",
    "/etc/resolv.conf",
    "/etc/services",
    "/etc/ssl/cert.pem",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/system-release",
    "/etc/terminfo",
    "/etc/timezone",
];

/// Returns the variables of a command with the search path `path`. Those of the manifest take precedence.
pub(crate) fn variables(grants: &Grants, scratch: &Path, path: &str) -> Vec<(String, String)> {
    let mut variables = vec![
        ("PATH".to_owned(), path.to_owned()),
        (
            "HOME".to_owned(),
            scratch.join("home").to_string_lossy().into_owned(),
        ),
        (
            "TMPDIR".to_owned(),
            scratch.join("tmp").to_string_lossy().into_owned(),
        ),
        ("TERM".to_owned(), "dumb".to_owned()),
        // There is nobody to answer a prompt.
        ("GIT_TERMINAL_PROMPT".to_owned(), "0".to_owned()),
    ];
    let passed = |name: &str| PASSED.contains(&name) || name.starts_with("LC_");
    variables.extend(std::env::vars().filter(|(name, _)| passed(name)));
    variables.retain(|(name, _)| !grants.env.contains_key(name));
    let own = grants.env.iter();
    variables.extend(own.map(|(name, value)| (name.clone(), value.clone())));
    variables
}

/// Returns the paths that a command with the search path `path` may read and execute in addition to the grants.
pub(crate) fn system(path: &str) -> Vec<PathBuf> {
    let searched = std::env::split_paths(path).filter(|path| path.is_absolute());
    SYSTEM.iter().map(PathBuf::from).chain(searched).collect()
}

/// Returns the host's `PATH` without the directories that the skill may write in: it could put a program there under a name
/// that the allowlist trusts.
pub(crate) fn search_path(grants: &Grants) -> String {
    if let Some(own) = grants.env.get("PATH") {
        return own.clone();
    }
    let path = std::env::var_os("PATH").unwrap_or_else(|| USUAL_PATH.into());
    let safe = std::env::split_paths(&path).filter(|directory| {
        // After links, which may lead into a granted directory.
        let real = std::fs::canonicalize(directory);
        directory.is_absolute()
            && real.is_ok_and(|real| !is_writable(grants, &real.to_string_lossy()))
    });
    let joined = std::env::join_paths(safe).unwrap_or_default();
    joined.to_string_lossy().into_owned()
}

fn is_writable(grants: &Grants, path: &str) -> bool {
    use luminarys_grants::Access::Write;
    grants.filesystem.allows(path, Write) || grants.shell.directories.allows(path, Write)
}
