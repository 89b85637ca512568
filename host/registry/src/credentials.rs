//! Credentials for registries.

use std::collections::HashMap;
use std::fmt;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use luminarys_text::{Redactor, Registered};
use reqwest::header::HeaderValue;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::RegistryError;

const MAX_BYTES: u64 = 1 << 20;

/// A user and a password, never printed: not in a registry's error messages either.
#[derive(Clone)]
pub struct Credentials {
    user: String,
    password: Zeroizing<String>,
    _secret: Registered,
}

impl Credentials {
    /// As given.
    pub fn new(user: String, password: String) -> Self {
        Self {
            user,
            _secret: Redactor::process().register([&password]),
            password: Zeroizing::new(password),
        }
    }

    /// Reads `auths` of Docker's configuration for `registry`: `config.json` in `$DOCKER_CONFIG` or `~/.docker`.
    /// Credential helpers are not run.
    ///
    /// # Errors
    /// [`RegistryError::Credentials`] for an existing file that cannot be read.
    pub fn of_docker(registry: &str) -> Result<Option<Self>, RegistryError> {
        let named = std::env::var_os("DOCKER_CONFIG").filter(|path| !path.is_empty());
        let beneath_home = || Some(std::env::home_dir()?.join(".docker"));
        match named.map(PathBuf::from).or_else(beneath_home) {
            Some(directory) => Self::of_file(&directory.join("config.json"), registry),
            None => Ok(None),
        }
    }

    fn of_file(path: &Path, registry: &str) -> Result<Option<Self>, RegistryError> {
        let failed = |reason: String| RegistryError::Credentials {
            path: path.to_owned(),
            reason,
        };
        let file = match luminarys_files::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error.to_string())),
        };
        let mut text = Zeroizing::new(Vec::new());
        let read = file.take(MAX_BYTES + 1).read_to_end(&mut text);
        let size = read.map_err(|error| failed(error.to_string()))? as u64;
        if size > MAX_BYTES {
            return Err(failed(format!("it is over {MAX_BYTES} bytes")));
        }
        // The parser's message may contain a secret.
        let config: DockerConfig = serde_json::from_slice(&text)
            .map_err(|error| failed(format!("line {} is not valid", error.line())))?;
        for key in keys(registry) {
            if let Some(entry) = config.auths.get(&key) {
                let found = entry.credentials();
                return found.map_err(|reason| failed(format!("auths.{key:?}: {reason}")));
            }
        }
        Ok(None)
    }

    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    /// Returns the value of an `Authorization` header.
    pub(crate) fn basic(&self) -> Option<HeaderValue> {
        let pair = Zeroizing::new(format!("{}:{}", self.user, self.password.as_str()));
        let value = Zeroizing::new(format!("Basic {}", BASE64.encode(pair.as_bytes())));
        let mut value = HeaderValue::from_str(&value).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Credentials({})", self.user)
    }
}

/// Returns the names of a registry in Docker's configuration, in the order of precedence.
fn keys(registry: &str) -> Vec<String> {
    let mut keys = vec![
        registry.to_owned(),
        format!("https://{registry}"),
        format!("https://{registry}/"),
        format!("http://{registry}"),
    ];
    if registry == "docker.io" || registry.ends_with(".docker.io") {
        keys.push("https://index.docker.io/v1/".to_owned());
    }
    keys
}

#[derive(Deserialize)]
struct DockerConfig {
    #[serde(default)]
    auths: HashMap<String, Entry>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    auth: Option<Zeroizing<String>>,
    username: Option<String>,
    password: Option<Zeroizing<String>>,
}

impl Entry {
    /// `None` if a credential helper has them.
    fn credentials(&self) -> Result<Option<Credentials>, String> {
        if let (Some(user), Some(password)) = (&self.username, &self.password) {
            return Ok(Some(Credentials::new(user.clone(), password.to_string())));
        }
        let Some(auth) = self.auth.as_ref().filter(|auth| !auth.is_empty()) else {
            return Ok(None);
        };
        let wrong = || "`auth` is not user:password in base64".to_owned();
        let pair = Zeroizing::new(BASE64.decode(auth.as_bytes()).map_err(|_| wrong())?);
        let pair = std::str::from_utf8(&pair).map_err(|_| wrong())?;
        let (user, password) = pair.split_once(':').ok_or_else(wrong)?;
        Ok(Some(Credentials::new(user.to_owned(), password.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    fn found(config: &str, registry: &str) -> Result<Option<(String, String)>, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.json");
        std::fs::write(&path, config).unwrap();
        let found = Credentials::of_file(&path, registry);
        let found = found.map_err(|error| error.to_string())?;
        Ok(found.map(|it| (it.user.clone(), it.password.to_string())))
    }

    #[test]
    fn docker_configurations_are_read() {
        let pair = |user: &str, password: &str| Ok(Some((user.to_owned(), password.to_owned())));
        // a:b:c
        let auth = r#"{"auths": {"h.io": {"auth": "YTpiOmM="}}, "credsStore": "x"}"#;
        assert_eq!(found(auth, "h.io"), pair("a", "b:c"));
        assert_eq!(found(auth, "evil-h.io"), Ok(None));
        let url = r#"{"auths": {"https://h.io:5000": {"username": "a", "password": "p"}}}"#;
        assert_eq!(found(url, "h.io:5000"), pair("a", "p"));
        let docker = r#"{"auths": {"https://index.docker.io/v1/": {"auth": "YTpiOmM="}}}"#;
        assert_eq!(found(docker, "docker.io"), pair("a", "b:c"));
        assert_eq!(found(r#"{"auths": {"h.io": {}}}"#, "h.io"), Ok(None));
        assert_eq!(found("{}", "h.io"), Ok(None));
        let missing = Credentials::of_file(Path::new("/nonexistent/config.json"), "h.io");
        assert!(missing.unwrap().is_none());
    }

    #[test]
    fn invalid_ones_cause_errors_that_do_not_show_them() {
        let rows = [
            r#"{"auths": {"h.io": {"auth": "hunter2"}}}"#,
            r#"{"auths": {"h.io": "hunter2"}}"#,
            r#"hunter2"#,
        ];
        each_row(rows, |config| {
            let error = found(config, "h.io").unwrap_err();
            assert!(error.contains("config.json"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        });
        let shown = format!(
            "{:?}",
            Credentials::new("me".to_owned(), "hunter2".to_owned())
        );
        assert_eq!(shown, "Credentials(me)");
    }
}
