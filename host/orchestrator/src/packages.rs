//! Packages in registries: pulling them within a time.

use std::path::{Path, PathBuf};
use std::time::Duration;

use luminarys_package::Package;
use luminarys_registry::{Cache, Client, Options, PlainHttp, Reference, ReferenceError};
use tokio::time::Instant;

use crate::Settings;

/// The interval of log messages about a pull in progress.
const NEWS: Duration = Duration::from_secs(15);

/// Fetches packages from registries.
pub(crate) struct Packages {
    cache: Option<Cache>,
    proxy: Option<luminarys_runtime::ProxyUrl>,
    plain_http: Vec<String>,
    config_dir: Option<PathBuf>,
    pull_timeout: Duration,
}

impl Packages {
    pub fn new(settings: &Settings) -> Self {
        let directory = settings.cache_dir.as_ref();
        Self {
            cache: directory.map(|directory| Cache::new(directory.join("oci"))),
            proxy: settings.network.proxy.clone(),
            plain_http: settings.plain_http_registries.clone(),
            config_dir: settings.config_dir.clone(),
            pull_timeout: settings.pull_timeout,
        }
    }

    /// Advises what to write for a missing `path` if the package is where older hosts looked for it: relative to the
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
            "; {} exists, but a path is relative to the manifest's own directory: write `path: {written}`",
            found.display()
        ))
    }

    /// Pulls and parses the package at `text`, a reference, within the time limit; nothing of it is
    /// run or trusted.
    ///
    /// # Errors
    /// Returns why it cannot be pulled, for the operator.
    pub async fn pull(&self, text: &str) -> Result<Package, String> {
        let limit = self.pull_timeout;
        let started = Instant::now();
        let mut pulled = std::pin::pin!(self.pull_at(text));
        let mut news = tokio::time::interval_at(started + NEWS, NEWS);
        tracing::debug!(package = text, "pulling");
        loop {
            let seconds = started.elapsed().as_secs();
            tokio::select! {
                pulled = &mut pulled => return pulled,
                () = tokio::time::sleep_until(started + limit) => {
                    let limit = limit.as_secs();
                    return Err(format!(
                        "{text}: the registry did not send it within {limit} s; try again, or allow more time with \
                         `registry: {{ pull_timeout_seconds: … }}` in luminarys.yaml"
                    ));
                }
                _ = news.tick() => {
                    let limit = limit.as_secs();
                    tracing::info!(package = text, "still pulling after {seconds} s; the limit is {limit} s");
                }
            }
        }
    }

    async fn pull_at(&self, text: &str) -> Result<Package, String> {
        let reference: Reference = text
            .parse()
            .map_err(|error: ReferenceError| error.to_string())?;
        let is_plain = self.plain_http.iter().any(|it| it == reference.registry());
        let options = Options {
            plain_http: match is_plain {
                true => PlainHttp::Loopback,
                false => PlainHttp::Never,
            },
            proxy: self.proxy.clone(),
        };
        let client = Client::new(options, None);
        if reference.digest().is_none() {
            let digest = client.resolve(&reference).await;
            return Err(match digest {
                Ok(digest) => format!(
                    "{reference} may become another package; pin the current one: path: {}",
                    reference.with_digest(digest)
                ),
                Err(error) => format!(
                    "{reference} may become another package; pin one by its digest, which `lmsk publish` and `lmsk pull` \
                     print: path: {reference}@sha256:… (looking it up failed: {error})"
                ),
            });
        }
        let pulled = client.pull(&reference, self.cache.as_ref()).await;
        Ok(pulled.map_err(|error| error.to_string())?.package)
    }
}
