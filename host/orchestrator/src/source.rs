//! Where a manifest's `path` leads: to a file, or into a registry.

use std::fmt;
use std::path::{Path, PathBuf};

use luminarys_package::Package;
use luminarys_registry::{Cache, Client, Options, PlainHttp, Reference, SCHEME};
use tokio::runtime::Handle;

use crate::Settings;
use crate::files::{self, Seen, Unusable};

/// What a `path` names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Source {
    /// A file.
    File(PathBuf),
    /// A package in a registry, as it is written.
    Registry(String),
}

impl Source {
    /// That of the `path` in `manifest_file`; a file is sought from the manifest's own directory.
    pub fn new(manifest_file: &Path, path: &str) -> Self {
        if path.starts_with(SCHEME) {
            return Self::Registry(path.to_owned());
        }
        let directory = manifest_file.parent().unwrap_or(Path::new(""));
        Self::File(directory.join(path))
    }

    /// What to watch: what is pinned does not change.
    pub fn seen(&self) -> Option<Seen> {
        match self {
            Self::File(path) => Some(Seen::now(path)),
            Self::Registry(_) => None,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(formatter, "{}", path.display()),
            Self::Registry(reference) => formatter.write_str(reference),
        }
    }
}

/// Reads packages from wherever they are.
pub(crate) struct Packages {
    cache: Option<Cache>,
    proxy: Option<luminarys_runtime::ProxyUrl>,
    plain_http: Vec<String>,
    config_dir: Option<PathBuf>,
}

impl Packages {
    pub fn new(settings: &Settings) -> Self {
        let directory = settings.cache_dir.as_ref();
        Self {
            cache: directory.map(|directory| Cache::new(directory.join("oci"))),
            proxy: settings.network.proxy.clone(),
            plain_http: settings.plain_http_registries.clone(),
            config_dir: settings.config_dir.clone(),
        }
    }

    /// Says what to write for a `path` that is not there, when the package stands where older hosts looked for it: from the
    /// configuration's directory, not the manifest's.
    pub fn elsewhere(&self, manifest_file: &Path, path: &str) -> Option<String> {
        let directory = std::env::current_dir()
            .ok()?
            .join(self.config_dir.as_ref()?);
        let found = directory.join(path);
        if !found.is_file() {
            return None;
        }
        let manifests = manifest_file.parent().unwrap_or(Path::new(""));
        let beneath = manifests.strip_prefix(&directory).ok();
        let written = match beneath {
            Some(beneath) => beneath.components().map(|_| "../").collect::<String>() + path,
            None => found.display().to_string(),
        };
        Some(format!(
            "; {} is there, but a path is taken from the manifest's own directory: write `path: {written}`",
            found.display()
        ))
    }

    /// Reads a package and takes it apart; nothing of it is run or trusted. Blocking, on a thread of Tokio's.
    pub fn read(&self, source: &Source) -> Result<Package, Unusable> {
        match source {
            Source::File(path) => files::read_package(path),
            Source::Registry(text) => self.pull(text).map_err(Unusable::Broken),
        }
    }

    fn pull(&self, text: &str) -> Result<Package, String> {
        let reference: Reference = text.parse().map_err(said)?;
        let is_plain = self.plain_http.iter().any(|it| it == reference.registry());
        let options = Options {
            plain_http: match is_plain {
                true => PlainHttp::Loopback,
                false => PlainHttp::Never,
            },
            proxy: self.proxy.clone(),
        };
        let client = Client::new(options, None);
        let runtime = Handle::current();
        if reference.digest().is_none() {
            let digest = runtime.block_on(client.resolve(&reference));
            return Err(match digest {
                Ok(digest) => format!(
                    "{reference} may be another package tomorrow; pin the one that is there now: path: {}",
                    reference.with_digest(digest)
                ),
                Err(error) => format!(
                    "{reference} may be another package tomorrow; pin one by its digest, which `lmsk publish` and `lmsk pull` \
                     print: path: {reference}@sha256:… (looking it up failed: {error})"
                ),
            });
        }
        let pulled = runtime.block_on(client.pull(&reference, self.cache.as_ref()));
        Ok(pulled.map_err(said)?.package)
    }
}

fn said(error: luminarys_registry::RegistryError) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_file_or_a_reference() {
        let of = |path: &str| Source::new(Path::new("/etc/luminarys/a.yaml"), path);
        let file = |path: &str| Source::File(PathBuf::from(path));
        assert_eq!(of("a.skill"), file("/etc/luminarys/a.skill"));
        assert_eq!(of("/a.skill"), file("/a.skill"));
        assert_eq!(of("oci:/a"), file("/etc/luminarys/oci:/a"));
        assert_eq!(of("oci://h.io/a").to_string(), "oci://h.io/a");
        assert!(of("oci://h.io/a").seen().is_none());
    }
}
