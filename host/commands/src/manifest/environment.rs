//! What a command sees beside the manifest's directories: a few variables, and the system's programs.

use std::path::{Path, PathBuf};

use luminarys_grants::Grants;

/// Passed on from the host's own environment.
const PASSED: [&str; 5] = ["LANG", "LANGUAGE", "TZ", "USER", "LOGNAME"];

/// Where programs are when the host has no `PATH`.
const USUAL_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Read and executed by every command: programs, libraries, and what they need to know about the system. Nothing of it is
/// secret or talks back: that is why `/etc` and `/run` are not here as a whole.
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

/// The variables of a command; `path` is its search path. The manifest's win.
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
        // Nobody is there to answer.
        ("GIT_TERMINAL_PROMPT".to_owned(), "0".to_owned()),
    ];
    let passed = |name: &str| PASSED.contains(&name) || name.starts_with("LC_");
    variables.extend(std::env::vars().filter(|(name, _)| passed(name)));
    variables.retain(|(name, _)| !grants.env.contains_key(name));
    let own = grants.env.iter();
    variables.extend(own.map(|(name, value)| (name.clone(), value.clone())));
    variables
}

/// What a command may read and execute beside the grants; `path` is its search path.
pub(crate) fn system(path: &str) -> Vec<PathBuf> {
    let searched = std::env::split_paths(path).filter(|path| path.is_absolute());
    SYSTEM.iter().map(PathBuf::from).chain(searched).collect()
}

/// The host's `PATH`, without places in which a skill could put a program for a name that the allowlist trusts.
pub(crate) fn search_path(grants: &Grants) -> String {
    if let Some(own) = grants.env.get("PATH") {
        return own.clone();
    }
    let path = std::env::var_os("PATH").unwrap_or_else(|| USUAL_PATH.into());
    let safe = std::env::split_paths(&path).filter(|directory| {
        // After links: a name in the list may lead into a granted directory.
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
