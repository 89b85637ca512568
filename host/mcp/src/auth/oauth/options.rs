//! An authorization server, and what clients with its tokens may do.

use luminarys_orchestrator::{NetworkOptions, is_secure};
use serde_json::{Map, Value};
use thiserror::Error;
use url::Url;

use super::algorithm::Algorithm;
use super::token::{Claims, texts};
use crate::auth::rule::ClientRule;

/// The path of the MCP endpoint.
const PATH: &str = "/mcp";

/// The path prefix of protected resource metadata (RFC 9728).
pub(crate) const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// Tokens of an authorization server.
#[derive(Clone, Debug, PartialEq)]
pub struct OAuthOptions {
    /// The authorization server, exactly as its tokens name it.
    pub issuer: String,
    /// The URL of this server's MCP endpoint as clients know it.
    pub resource: Url,
    /// Accepted audiences: a token must name one of them.
    pub audience: Vec<String>,
    /// The URL of the keys; by default the one in the issuer's metadata.
    pub jwks_uri: Option<Url>,
    /// The accepted algorithms.
    pub algorithms: Vec<Algorithm>,
    /// The scopes that every token must have.
    pub scopes: Vec<String>,
    /// What clients may do: the first rule that matches applies. A token that matches none is refused.
    pub rules: Vec<TokenRule>,
    /// How the keys are fetched.
    pub network: NetworkOptions,
}

/// A rule applies to the tokens that satisfy all of its conditions.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenRule {
    /// The clients' name, which is followed by the token's subject, and their rights.
    pub rule: ClientRule,
    /// Scopes, all of which a token must have.
    pub scopes: Vec<String>,
    /// Subjects, one of which it must have; an empty list matches all.
    pub subjects: Vec<String>,
    /// Claims, each with the values of which it must have one.
    pub claims: Vec<(String, Vec<String>)>,
}

/// A URL that is not safe to use.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum UrlError {
    /// It is not a URL.
    #[error("is not a URL such as https://login.example.com")]
    Malformed,
    /// Others could tamper with the connection.
    #[error("must begin with https://, or name this machine, such as http://127.0.0.1:8080")]
    Insecure,
    /// It has parts that it must not have.
    #[error("has a user, a query or a fragment, which it must not have")]
    Decorated,
}

/// Reads the URL of an authorization server, of its keys, or of this server.
///
/// # Errors
/// [`UrlError`]
pub fn read_url(text: &str) -> Result<Url, UrlError> {
    let url: Url = text.parse().map_err(|_| UrlError::Malformed)?;
    if !url.has_host() {
        return Err(UrlError::Malformed);
    }
    if !is_secure(&url) {
        return Err(UrlError::Insecure);
    }
    let has_user = !url.username().is_empty() || url.password().is_some();
    match has_user || url.query().is_some() || url.fragment().is_some() {
        true => Err(UrlError::Decorated),
        false => Ok(url),
    }
}

impl OAuthOptions {
    /// Returns the paths of the metadata.
    pub(crate) fn metadata_paths(&self) -> [String; 3] {
        let own = self.resource.path().trim_end_matches('/');
        [
            WELL_KNOWN.to_owned(),
            format!("{WELL_KNOWN}{PATH}"),
            format!("{WELL_KNOWN}{own}"),
        ]
    }

    /// Returns the URL of the metadata for the `WWW-Authenticate` challenge.
    pub(crate) fn metadata_url(&self) -> Url {
        let mut url = self.resource.clone();
        let [.., path] = self.metadata_paths();
        url.set_path(&path);
        url
    }
}

/// The rule that a token matches.
#[derive(Debug, PartialEq)]
pub(crate) enum Fit<'a> {
    /// This one.
    Rule(&'a TokenRule),
    /// None, but one would match with these scopes.
    Scopes(String),
    /// None.
    Nothing,
}

impl OAuthOptions {
    /// Finds the rule for a verified token.
    pub(crate) fn fit(&self, claims: &Claims) -> Fit<'_> {
        if !has_all(&claims.scopes, &self.scopes) {
            return Fit::Scopes(self.scopes.join(" "));
        }
        let mut missing = None;
        for rule in self.rules.iter().filter(|rule| rule.is_for(claims)) {
            if has_all(&claims.scopes, &rule.scopes) {
                return Fit::Rule(rule);
            }
            missing.get_or_insert(rule);
        }
        let scopes = missing.map(|rule| self.scopes.iter().chain(&rule.scopes));
        match scopes {
            Some(scopes) => {
                let scopes: Vec<&str> = scopes.map(String::as_str).collect();
                Fit::Scopes(scopes.join(" "))
            }
            None => Fit::Nothing,
        }
    }
}

fn has_all(given: &[String], wanted: &[String]) -> bool {
    wanted.iter().all(|scope| given.contains(scope))
}

impl TokenRule {
    /// Tells whether the rule matches the holder of a token, regardless of scopes.
    fn is_for(&self, claims: &Claims) -> bool {
        let is_subject = self.subjects.is_empty() || self.subjects.contains(&claims.subject);
        let has = |(name, values): &(String, Vec<String>)| {
            claim(&claims.all, name).is_some_and(|claim| has_one(claim, values))
        };
        is_subject && self.claims.iter().all(has)
    }
}

/// Returns a claim by its name, or by a path of names joined with dots.
fn claim<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    if let Some(found) = claims.get(name) {
        return Some(found);
    }
    let (first, rest) = name.split_once('.')?;
    claim(claims.get(first)?.as_object()?, rest)
}

fn has_one(claim: &Value, values: &[String]) -> bool {
    match claim {
        Value::Bool(_) | Value::Number(_) => values.contains(&claim.to_string()),
        _ => texts(Some(claim))
            .into_iter()
            .any(|text| values.iter().any(|value| value == text)),
    }
}

#[cfg(test)]
#[path = "options_tests.rs"]
mod tests;
