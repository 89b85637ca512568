//! Authenticated requests to one registry.

use std::sync::{Mutex, PoisonError};

use http_auth::ChallengeRef;
use luminarys_text::{Redactor, Registered, redact};
use reqwest::header::{HeaderValue, WWW_AUTHENTICATE};
use reqwest::{Method, Response, StatusCode};
use serde::Deserialize;
use url::{Host, Url};

use crate::transport::{self, Request, Transport, authority};
use crate::{Credentials, Options, Reference, RegistryError};

const MAX_ANSWER_BYTES: u64 = 1 << 20;
const MAX_REASON: usize = 300;

/// The access needed to a repository.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Pull,
    Push,
}

/// One repository of one registry.
pub(crate) struct Session {
    pub transport: Transport,
    repository: String,
    access: Access,
    credentials: Option<Credentials>,
    authorization: Mutex<Option<HeaderValue>>,
    /// Hides the token.
    token: Mutex<Registered>,
}

impl Session {
    pub fn new(
        options: Options,
        reference: &Reference,
        access: Access,
        credentials: Option<Credentials>,
    ) -> Result<Self, RegistryError> {
        // Docker's own registry has another host name.
        let host = match reference.registry() {
            "docker.io" | "index.docker.io" => "registry-1.docker.io",
            host => host,
        };
        Ok(Self {
            transport: Transport::new(options, host)?,
            repository: reference.repository().to_owned(),
            access,
            credentials,
            authorization: Mutex::default(),
            token: Mutex::default(),
        })
    }

    /// Returns the URL of a path in the repository.
    pub fn url(&self, path: &str) -> Result<Url, RegistryError> {
        let joined = format!("v2/{}/{path}", self.repository);
        let url = self.transport.registry().join(&joined);
        url.map_err(|error| RegistryError::Setup(format!("{joined:?}: {error}")))
    }

    /// Sends a request, with credentials if the registry asks for them.
    pub async fn send(&self, request: Request, what: &str) -> Result<Response, RegistryError> {
        let lock = || {
            let held = self.authorization.lock();
            held.unwrap_or_else(PoisonError::into_inner)
        };
        let mut request = request;
        request.authorization = lock().clone();
        let response = self.transport.send(request.clone()).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        let Some(authorization) = self.authorize(&response).await? else {
            return Err(self.unauthorized(what, response).await);
        };
        request.authorization = Some(authorization.clone());
        *lock() = Some(authorization);
        let response = self.transport.send(request).await?;
        match response.status() {
            StatusCode::UNAUTHORIZED => Err(self.unauthorized(what, response).await),
            _ => Ok(response),
        }
    }

    /// Makes the error for an unexpected response.
    pub async fn refused(&self, what: &str, response: Response) -> RegistryError {
        match response.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                self.unauthorized(what, response).await
            }
            status => RegistryError::Answer {
                registry: self.transport.name(),
                what: what.to_owned(),
                status: status.as_u16(),
                outcome: reason(response).await,
            },
        }
    }

    async fn unauthorized(&self, what: &str, response: Response) -> RegistryError {
        let credentials = self.credentials.as_ref();
        let who = credentials.map(|it| format!("the user {}", it.user()));
        RegistryError::Unauthorized {
            registry: self.transport.name(),
            who: who.unwrap_or_else(|| "anonymous users".to_owned()),
            what: what.to_owned(),
            outcome: reason(response).await,
        }
    }

    /// Returns the answer to the challenge in `response`; `None` if there is none.
    async fn authorize(&self, response: &Response) -> Result<Option<HeaderValue>, RegistryError> {
        let texts = response.headers().get_all(WWW_AUTHENTICATE);
        let texts: Vec<&str> = texts.iter().filter_map(|it| it.to_str().ok()).collect();
        let challenges = texts
            .iter()
            .filter_map(|text| http_auth::parse_challenges(text).ok())
            .flatten();
        let challenges: Vec<ChallengeRef<'_>> = challenges.collect();
        let find = |scheme: &str| {
            let is = |it: &&ChallengeRef<'_>| it.scheme.eq_ignore_ascii_case(scheme);
            challenges.iter().find(is)
        };
        // A challenge from another host is not the registry's.
        if !self.transport.is_registry(response.url()) {
            return Ok(None);
        }
        if let Some(challenge) = find("bearer") {
            return self.token(challenge).await.map(Some);
        }
        if find("basic").is_some() {
            return Ok(self.credentials.as_ref().and_then(Credentials::basic));
        }
        Ok(None)
    }

    async fn token(&self, challenge: &ChallengeRef<'_>) -> Result<HeaderValue, RegistryError> {
        let get = |name: &str| {
            let mut params = challenge.params.iter();
            let found = params.find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.to_unescaped())
        };
        let realm = get("realm").unwrap_or_default();
        let mut url = Url::parse(&realm)
            .map_err(|error| self.challenge(format!("its realm {realm:?} is no URL: {error}")))?;
        if self.credentials.is_some() {
            self.check_realm(&url)?;
        }
        let actions = match self.access {
            Access::Pull => "pull",
            Access::Push => "pull,push",
        };
        let scope = format!("repository:{}:{actions}", self.repository);
        if let Some(service) = get("service") {
            url.query_pairs_mut().append_pair("service", &service);
        }
        url.query_pairs_mut().append_pair("scope", &scope);
        let mut request = Request::new(Method::GET, url);
        request.authorization = self.credentials.as_ref().and_then(Credentials::basic);
        let response = self.transport.send(request).await?;
        if !response.status().is_success() {
            return Err(self.unauthorized("ask for a token", response).await);
        }
        let body = transport::read(response, "the token", MAX_ANSWER_BYTES).await?;
        let token: Token = serde_json::from_slice(&body)
            .map_err(|error| self.challenge(format!("its token's line {}", error.line())))?;
        let token = token.token.or(token.access_token).unwrap_or_default();
        let registered = Redactor::process().register([&token]);
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = registered;
        let value = HeaderValue::from_str(&format!("Bearer {token}"));
        let mut value = value.map_err(|_| self.challenge("its token".to_owned()))?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// Checks the host: credentials go to the registry, or with TLS to another host of the same registered domain.
    fn check_realm(&self, realm: &Url) -> Result<(), RegistryError> {
        let registry = self.transport.registry();
        let same = |one: &Url, other: &Url| match (one.host(), other.host()) {
            (Some(Host::Domain(one)), Some(Host::Domain(other))) => {
                let registered = |name| psl::domain_str(name).filter(|it| it.contains('.'));
                registered(one).is_some() && registered(one) == registered(other)
            }
            _ => false,
        };
        if self.transport.is_registry(realm) || realm.scheme() == "https" && same(registry, realm) {
            return Ok(());
        }
        Err(RegistryError::ForeignRealm {
            registry: self.transport.name(),
            realm: authority(realm),
        })
    }

    fn challenge(&self, reason: String) -> RegistryError {
        RegistryError::Challenge {
            registry: self.transport.name(),
            reason,
        }
    }
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

#[derive(Deserialize)]
struct Envelope {
    errors: Vec<ErrorEntry>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorEntry {
    code: String,
    message: String,
}

/// Returns the printable part of the registry's reason: `: CODE: message`, or nothing.
async fn reason(response: Response) -> String {
    let Ok(body) = transport::read(response, "an error", MAX_ANSWER_BYTES).await else {
        return String::new();
    };
    let Ok(envelope) = serde_json::from_slice::<Envelope>(&body) else {
        return String::new();
    };
    let parts = envelope.errors.into_iter().take(3);
    let text = parts.map(|it| format!(": {}: {}", it.code, it.message));
    let text: String = text.collect();
    // The original text: with characters removed, a secret of several lines would not be found.
    let text = redact(&text);
    let visible = text.chars().filter(|character| !character.is_control());
    visible.take(MAX_REASON).collect()
}
