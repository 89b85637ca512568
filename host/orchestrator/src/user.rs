//! The user's directories according to the XDG specification, which are the defaults for all files.

use std::path::{Path, PathBuf};

/// Returns the directory of configuration files; `None` without a home.
pub fn config_dir() -> Option<PathBuf> {
    directory("XDG_CONFIG_HOME", ".config")
}

/// Returns the cache directory; `None` without a home.
pub fn cache_dir() -> Option<PathBuf> {
    directory("XDG_CACHE_HOME", ".cache")
}

/// Returns the directory of skills' data; `None` without a home.
pub fn data_dir() -> Option<PathBuf> {
    directory("XDG_DATA_HOME", ".local/share")
}

/// Returns the directory of the host's own state; `None` without a home.
pub fn state_dir() -> Option<PathBuf> {
    directory("XDG_STATE_HOME", ".local/state")
}

/// Returns the file of the key that authenticates compiled code: in the data directory if one is configured, else in
/// the state directory; `None` without either.
pub fn cache_key(data_dir: Option<&Path>) -> Option<PathBuf> {
    Some(host_dir(data_dir)?.join("cache.key"))
}

/// Returns the directory of the records of loaded packages: in the data directory, else in the state directory; `None`
/// without either.
pub fn package_records(data_dir: Option<&Path>) -> Option<PathBuf> {
    Some(host_dir(data_dir)?.join("packages"))
}

/// Returns the directory of state that neither skills nor caches may touch.
fn host_dir(data_dir: Option<&Path>) -> Option<PathBuf> {
    data_dir.map(Path::to_owned).or_else(state_dir)
}

fn directory(variable: &str, beneath_home: &str) -> Option<PathBuf> {
    // The XDG specification: relative paths are ignored.
    let set = std::env::var_os(variable)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let base = set.or_else(|| Some(std::env::home_dir()?.join(beneath_home)))?;
    Some(base.join("luminarys"))
}
