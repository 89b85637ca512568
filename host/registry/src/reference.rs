//! `oci://host/repository:tag@sha256:…`

use std::fmt;
use std::str::FromStr;

use oci_spec::distribution;
use thiserror::Error;

use crate::Digest;

/// The prefix of a reference.
pub const SCHEME: &str = "oci://";

/// A reference to an artifact in a registry. The host is required: there is no default registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

/// A text that is not a reference, or not one for its purpose.
#[derive(Debug, Error)]
#[error("{text:?} is not a reference: {reason}; write oci://HOST/REPOSITORY[:TAG][@sha256:…]")]
pub struct ReferenceError {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Reference {
    /// Returns `HOST` or `HOST:PORT` as written.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// Returns the repository, without the host.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// Returns the tag, if it has one.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// Returns the digest, if it has one.
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// Returns the same with another tag, and no digest.
    ///
    /// # Errors
    /// [`ReferenceError`] when it cannot be one.
    pub fn with_tag(&self, tag: &str) -> Result<Self, ReferenceError> {
        format!("{SCHEME}{}/{}:{tag}", self.registry, self.repository).parse()
    }

    /// Returns the same, pinned to a digest.
    #[must_use]
    pub fn with_digest(&self, digest: Digest) -> Self {
        let digest = Some(digest);
        Self {
            digest,
            ..self.clone()
        }
    }

    /// Returns the name used in requests: the digest if there is one, else the tag, else `latest`.
    pub(crate) fn version(&self) -> String {
        match (&self.digest, &self.tag) {
            (Some(digest), _) => digest.to_string(),
            (None, Some(tag)) => tag.clone(),
            (None, None) => "latest".to_owned(),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{SCHEME}{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(formatter, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(formatter, "@{digest}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let failed = |reason: &str| ReferenceError {
            text: text.to_owned(),
            reason: reason.to_owned(),
        };
        let name = text
            .strip_prefix(SCHEME)
            .ok_or_else(|| failed("it does not begin with oci://"))?;
        // The parser treats a first part that is not a host as one of Docker's own repositories.
        let (host, path) = name
            .split_once('/')
            .ok_or_else(|| failed("it needs a host and a repository"))?;
        let is_host = host.contains(['.', ':']) || host == "localhost";
        if !is_host || path.is_empty() {
            return Err(failed(
                "its first part must be a host, such as ghcr.io or localhost:5000",
            ));
        }
        let parsed = distribution::Reference::from_str(name);
        let parsed = parsed.map_err(|error| failed(&error.to_string()))?;
        let digest = parsed.digest().map(str::parse).transpose();
        // The parser adds a tag if there is none.
        let last = name.rsplit('/').next().unwrap_or_default();
        let tag = parsed.tag().filter(|_| {
            let before = last.split('@').next().unwrap_or_default();
            before.contains(':')
        });
        Ok(Self {
            registry: host.to_owned(),
            repository: parsed.repository().to_owned(),
            tag: tag.map(str::to_owned),
            digest: digest.map_err(|reason: String| failed(&reason))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn references_are_read() {
        let hex = "ab".repeat(32);
        let pin = format!("@sha256:{hex}");
        let rows = [
            ("oci://ghcr.io/a/b", "ghcr.io", "a/b", None, false),
            (
                "oci://ghcr.io/a/b:1.0",
                "ghcr.io",
                "a/b",
                Some("1.0"),
                false,
            ),
            ("oci://localhost:5000/b", "localhost:5000", "b", None, false),
            (
                "oci://127.0.0.1:5/b:t",
                "127.0.0.1:5",
                "b",
                Some("t"),
                false,
            ),
            (&format!("oci://h.io/b{pin}"), "h.io", "b", None, true),
            (
                &format!("oci://h.io/b:t{pin}"),
                "h.io",
                "b",
                Some("t"),
                true,
            ),
        ];
        each_row(rows, |(text, registry, repository, tag, pinned)| {
            let reference: Reference = text.parse().unwrap();
            assert_eq!(reference.registry(), registry);
            assert_eq!(reference.repository(), repository);
            assert_eq!(reference.tag(), tag);
            assert_eq!(reference.digest().is_some(), pinned);
            assert_eq!(reference.to_string(), text);
        });
    }

    #[test]
    fn invalid_references_are_rejected_with_the_reason() {
        let hex = "AB".repeat(32);
        let rows = [
            "ghcr.io/a/b",
            "oci://",
            "oci://ghcr.io",
            "oci://ghcr.io/",
            "oci://a/b",
            "oci://ghcr.io/A",
            "oci://ghcr.io/a/../b",
            "oci://ghcr.io/a?b",
            "oci://user@ghcr.io/a",
            "oci://ghcr.io/a@sha256:ab",
            &format!("oci://ghcr.io/a@sha256:{hex}"),
            &format!("oci://ghcr.io/a@sha512:{hex}{hex}"),
        ];
        each_row(rows, |text| {
            let error = text.parse::<Reference>().unwrap_err().to_string();
            assert!(error.contains("HOST/REPOSITORY"), "{text}: {error}");
        });
    }
}
