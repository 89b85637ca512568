//! Publishes and pulls packages.

use std::time::Duration;

use bytes::Bytes;
use luminarys_package::{MAX_PACKAGE_BYTES, Package};
use reqwest::{Method, Response, StatusCode};
use serde::Deserialize;

use crate::artifact::{Artifact, Layer, MANIFEST};
use crate::session::{Access, Session};
use crate::transport::{self, Request};
use crate::{Cache, Credentials, Digest, Options, Reference, ReferenceError, RegistryError};

const MAX_MANIFEST_BYTES: u64 = 1 << 20;
const MAX_TAGS_BYTES: u64 = 1 << 20;
const SHOWN_TAGS: usize = 12;
const BLOB: &str = "application/octet-stream";
/// The time limit for a registry that sends slowly.
const MINUTES: u64 = 15;

/// Publishes to registries and pulls from them.
#[derive(Clone, Debug, Default)]
pub struct Client {
    options: Options,
    credentials: Option<Credentials>,
}

/// A published package.
#[derive(Clone, Debug)]
pub struct Published {
    /// Its reference, with the digest.
    pub reference: Reference,
    /// Whether the registry had it already.
    pub was_there: bool,
}

/// A package from a registry: complete, but not yet trusted.
#[derive(Clone, Debug)]
pub struct Pulled {
    /// Its reference, with the digest.
    pub reference: Reference,
    /// The package.
    pub package: Package,
}

impl Client {
    /// Creates a client; without `credentials`, those of each registry are read from Docker's configuration.
    pub fn new(options: Options, credentials: Option<Credentials>) -> Self {
        Self {
            options,
            credentials,
        }
    }

    /// Publishes `package` at `reference`, with the skill's version as the default tag. An existing tag is
    /// replaced.
    ///
    /// # Errors
    /// [`RegistryError`]; the tag is set last, so that a failure has no effect on pulls.
    pub async fn publish(
        &self,
        reference: &Reference,
        package: &Package,
    ) -> Result<Published, RegistryError> {
        if reference.digest().is_some() {
            return Err(RegistryError::Reference(ReferenceError {
                text: reference.to_string(),
                reason: "the digest results from publishing; give a tag or none".to_owned(),
            }));
        }
        let reference = match reference.tag() {
            Some(_) => reference.clone(),
            // A tag cannot have a plus sign.
            None => {
                let version = package.descriptor.skill_version.to_string();
                reference.with_tag(&version.replace('+', "_"))?
            }
        };
        patient(&reference, self.publish_at(&reference, package)).await
    }

    async fn publish_at(
        &self,
        reference: &Reference,
        package: &Package,
    ) -> Result<Published, RegistryError> {
        let session = self.session(reference, Access::Push)?;
        let artifact = Artifact::of(package)?;
        let what = format!("publish {reference}");
        let digest = Digest::of(&artifact.manifest);
        let layer = Bytes::copy_from_slice(package.bytes());
        let had_layer = push_blob(&session, &what, layer).await?;
        let had_config = push_blob(&session, &what, artifact.config.into()).await?;
        let there = match had_layer && had_config {
            true => fetch_manifest(&session, reference).await.ok(),
            false => None,
        };
        let was_there = there.is_some_and(|manifest| Digest::of(&manifest) == digest);
        if !was_there {
            let url = session.url(&format!("manifests/{}", reference.version()))?;
            let mut request = Request::new(Method::PUT, url);
            request.body = Some((MANIFEST, artifact.manifest.into()));
            let response = session.send(request, &what).await?;
            if response.status() != StatusCode::CREATED {
                return Err(session.refused(&what, response).await);
            }
        }
        Ok(Published {
            reference: reference.with_digest(digest),
            was_there,
        })
    }

    /// Returns the current digest of `reference`.
    ///
    /// # Errors
    /// [`RegistryError`], also for an artifact that is not a skill.
    pub async fn resolve(&self, reference: &Reference) -> Result<Digest, RegistryError> {
        let resolve = async {
            let session = self.session(reference, Access::Pull)?;
            let manifest = fetch_manifest(&session, reference).await?;
            layer_of(reference, &manifest)?;
            Ok(Digest::of(&manifest))
        };
        patient(reference, resolve).await
    }

    /// Pulls the package at `reference`. With a cache, pinned packages are taken from it, and pulled ones are stored in
    /// it.
    ///
    /// # Errors
    /// [`RegistryError`]; every digest is verified, and the package is parsed.
    pub async fn pull(
        &self,
        reference: &Reference,
        cache: Option<&Cache>,
    ) -> Result<Pulled, RegistryError> {
        patient(reference, self.pull_with(reference, cache)).await
    }

    async fn pull_with(
        &self,
        reference: &Reference,
        cache: Option<&Cache>,
    ) -> Result<Pulled, RegistryError> {
        let mut session = None;
        let open = || self.session(reference, Access::Pull);
        let cached = |digest: &Digest, limit| cache.and_then(|cache| cache.read(digest, limit));
        let pinned = reference.digest();
        let known = pinned.and_then(|digest| cached(&digest, MAX_MANIFEST_BYTES));
        let is_new_manifest = known.is_none();
        let manifest = match known {
            Some(manifest) => manifest,
            None => fetch_manifest(session.insert(open()?), reference).await?,
        };
        let layer = layer_of(reference, &manifest)?;
        let known = cached(&layer.digest, MAX_PACKAGE_BYTES);
        let is_new_layer = known.is_none();
        let bytes = match known {
            Some(bytes) => bytes,
            None => {
                let session = match session {
                    Some(session) => session,
                    None => open()?,
                };
                fetch_layer(&session, reference, &layer).await?
            }
        };
        let package = Package::read(bytes).map_err(|error| RegistryError::Package {
            reference: Box::new(reference.clone()),
            error,
        })?;
        if let Some(cache) = cache {
            if is_new_layer {
                cache.keep(package.bytes());
            }
            // The manifest last: once it is cached, its layer must be too.
            if is_new_manifest {
                cache.keep(&manifest);
            }
        }
        let reference = reference.with_digest(Digest::of(&manifest));
        Ok(Pulled { reference, package })
    }

    fn session(&self, reference: &Reference, access: Access) -> Result<Session, RegistryError> {
        let credentials = match &self.credentials {
            Some(credentials) => Some(credentials.clone()),
            None => Credentials::of_docker(reference.registry())?,
        };
        Session::new(self.options.clone(), reference, access, credentials)
    }
}

async fn patient<T>(
    reference: &Reference,
    work: impl Future<Output = Result<T, RegistryError>>,
) -> Result<T, RegistryError> {
    let done = tokio::time::timeout(Duration::from_secs(MINUTES * 60), work).await;
    done.unwrap_or_else(|_| {
        Err(RegistryError::Patience {
            registry: reference.registry().to_owned(),
            minutes: MINUTES,
        })
    })
}

fn layer_of(reference: &Reference, manifest: &[u8]) -> Result<Layer, RegistryError> {
    Layer::of(manifest).map_err(|reason| RegistryError::NotASkill {
        reference: Box::new(reference.clone()),
        reason,
    })
}

/// Returns the manifest's bytes, verified against the digest in `reference`.
async fn fetch_manifest(
    session: &Session,
    reference: &Reference,
) -> Result<Vec<u8>, RegistryError> {
    let what = format!("pull {reference}");
    let url = session.url(&format!("manifests/{}", reference.version()))?;
    let mut request = Request::new(Method::GET, url);
    request.accept = MANIFEST;
    let response = session.send(request, &what).await?;
    match response.status() {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND => return Err(missing(session, reference).await),
        _ => return Err(session.refused(&what, response).await),
    }
    let what = format!("the manifest of {reference}");
    let manifest = transport::read(response, &what, MAX_MANIFEST_BYTES).await?;
    if let Some(expected) = reference.digest() {
        check(&what, expected, &manifest)?;
    }
    Ok(manifest)
}

async fn fetch_layer(
    session: &Session,
    reference: &Reference,
    layer: &Layer,
) -> Result<Vec<u8>, RegistryError> {
    let what = format!("pull {reference}");
    let url = session.url(&format!("blobs/{}", layer.digest))?;
    let response = session.send(Request::new(Method::GET, url), &what).await?;
    if response.status() != StatusCode::OK {
        return Err(session.refused(&what, response).await);
    }
    let what = format!("the package of {reference}");
    let bytes = transport::read(response, &what, layer.size).await?;
    check(&what, layer.digest, &bytes)?;
    Ok(bytes)
}

fn check(what: &str, expected: Digest, bytes: &[u8]) -> Result<(), RegistryError> {
    let found = Digest::of(bytes);
    if found == expected {
        return Ok(());
    }
    Err(RegistryError::Digest {
        what: what.to_owned(),
        expected,
        found,
    })
}

/// Uploads a blob; returns whether the registry had it already.
async fn push_blob(session: &Session, what: &str, bytes: Bytes) -> Result<bool, RegistryError> {
    let digest = Digest::of(&bytes);
    let url = session.url(&format!("blobs/{digest}"))?;
    let there = session.send(Request::new(Method::HEAD, url), what).await?;
    if there.status() == StatusCode::OK {
        return Ok(true);
    }
    let begin = Request::new(Method::POST, session.url("blobs/uploads/")?);
    let base = begin.url.clone();
    let response = session.send(begin, what).await?;
    if response.status() != StatusCode::ACCEPTED {
        return Err(session.refused(what, response).await);
    }
    let mut target = session.transport.location(&base, &response)?;
    if !session.transport.is_registry(&target) {
        let reason = "packages are uploaded to the registry itself";
        return Err(session.transport.refused(&target, reason));
    }
    target
        .query_pairs_mut()
        .append_pair("digest", &digest.to_string());
    let mut upload = Request::new(Method::PUT, target);
    upload.body = Some((BLOB, bytes));
    let response: Response = session.send(upload, what).await?;
    match response.status() {
        StatusCode::CREATED => Ok(false),
        _ => Err(session.refused(what, response).await),
    }
}

#[derive(Deserialize)]
struct Tags {
    #[serde(default)]
    tags: Option<Vec<String>>,
}

/// Makes the error for a missing artifact, with the existing tags.
async fn missing(session: &Session, reference: &Reference) -> RegistryError {
    let reason = match tags(session).await {
        Some(tags) if !tags.is_empty() => {
            let looked = match reference.digest() {
                Some(_) => "the repository has nothing with this digest",
                None => "the repository has no such tag",
            };
            let shown: Vec<&str> = tags
                .iter()
                .rev()
                .take(SHOWN_TAGS)
                .map(String::as_str)
                .collect();
            format!("{looked}; its tags are {}", shown.join(", "))
        }
        Some(_) => "the repository is empty".to_owned(),
        None => format!(
            "{} has no such repository, or does not allow access to it",
            reference.registry()
        ),
    };
    let reference = match (reference.digest(), reference.tag()) {
        (None, None) => reference
            .with_tag("latest")
            .unwrap_or_else(|_| reference.clone()),
        _ => reference.clone(),
    };
    RegistryError::Missing {
        reference: Box::new(reference),
        reason,
    }
}

/// Returns the repository's printable tags; none if it does not list them.
async fn tags(session: &Session) -> Option<Vec<String>> {
    let request = Request::new(Method::GET, session.url("tags/list").ok()?);
    let response = session.send(request, "list tags").await.ok()?;
    if response.status() != StatusCode::OK {
        return None;
    }
    let body = transport::read(response, "the tags", MAX_TAGS_BYTES)
        .await
        .ok()?;
    let tags: Tags = serde_json::from_slice(&body).ok()?;
    let known = |tag: &String| {
        let usable = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        !tag.is_empty() && tag.len() <= 128 && tag.chars().all(usable)
    };
    Some(
        tags.tags
            .unwrap_or_default()
            .into_iter()
            .filter(known)
            .collect(),
    )
}
