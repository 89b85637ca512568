//! The user's directories, by the XDG specification: where files are that no configuration places elsewhere.

use std::path::{Path, PathBuf};

/// Returns our directory of configuration files; none without a home.
pub fn config_dir() -> Option<PathBuf> {
    directory("XDG_CONFIG_HOME", ".config")
}

/// Returns our directory of what can be made anew; none without a home.
pub fn cache_dir() -> Option<PathBuf> {
    directory("XDG_CACHE_HOME", ".cache")
}

/// Returns our directory of what skills keep; none without a home.
pub fn data_dir() -> Option<PathBuf> {
    directory("XDG_DATA_HOME", ".local/share")
}

/// Returns our directory of what the host keeps for itself; none without a home.
pub fn state_dir() -> Option<PathBuf> {
    directory("XDG_STATE_HOME", ".local/state")
}

/// Returns the file of the key that authenticates compiled code: in the data directory when one is configured, else in the
/// state directory; none without either.
pub fn cache_key(data_dir: Option<&Path>) -> Option<PathBuf> {
    Some(host_dir(data_dir)?.join("cache.key"))
}

/// Returns the directory that records which packages were loaded: in the data directory, else in the state directory; none
/// without either.
pub fn package_records(data_dir: Option<&Path>) -> Option<PathBuf> {
    Some(host_dir(data_dir)?.join("packages"))
}

/// Where the host keeps what no skill and no cache is to touch.
fn host_dir(data_dir: Option<&Path>) -> Option<PathBuf> {
    data_dir.map(Path::to_owned).or_else(state_dir)
}

fn directory(variable: &str, beneath_home: &str) -> Option<PathBuf> {
    // The XDG specification: a relative path is to be ignored.
    let set = std::env::var_os(variable)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let base = set.or_else(|| Some(std::env::home_dir()?.join(beneath_home)))?;
    Some(base.join("luminarys"))
}
