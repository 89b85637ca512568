//! An authorization server, and what those may do who come with its tokens.

use luminarys_orchestrator::{NetworkOptions, is_secure};
use serde_json::{Map, Value};
use thiserror::Error;
use url::Url;

use super::algorithm::Algorithm;
use super::token::{Claims, texts};
use crate::auth::rule::ClientRule;

/// The path of MCP.
const PATH: &str = "/mcp";

/// Where metadata about a server of resources is (RFC 9728).
pub(crate) const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// Tokens of an authorization server.
#[derive(Clone, Debug, PartialEq)]
pub struct OAuthOptions {
    /// The authorization server, exactly as its tokens name it.
    pub issuer: String,
    /// The address that clients know this server's MCP endpoint by.
    pub resource: Url,
    /// What tokens must be for, any of which is enough.
    pub audience: Vec<String>,
    /// Where the keys are; else where the issuer's metadata says.
    pub jwks_uri: Option<Url>,
    /// The algorithms that are taken.
    pub algorithms: Vec<Algorithm>,
    /// The scopes that every token must have.
    pub scopes: Vec<String>,
    /// What clients may do: the first that fits counts. Whom none fits is refused.
    pub rules: Vec<TokenRule>,
    /// How the keys are fetched.
    pub network: NetworkOptions,
}

/// Whom a rule is for: those that fit everything that it names.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenRule {
    /// What they are called, each followed by its own subject, and may do.
    pub rule: ClientRule,
    /// Scopes of which a token must have all.
    pub scopes: Vec<String>,
    /// Subjects of which it must have one; none named fits all.
    pub subjects: Vec<String>,
    /// Claims, and the values of which each must have one.
    pub claims: Vec<(String, Vec<String>)>,
}

/// A URL that clients or keys must not depend on.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum UrlError {
    /// It is none.
    #[error("is not a URL such as https://login.example.com")]
    Malformed,
    /// It may be changed on the way.
    #[error("must begin with https://, or name this machine, such as http://127.0.0.1:8080")]
    Insecure,
    /// It says too much.
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
    /// Returns the paths that the metadata is at.
    pub(crate) fn metadata_paths(&self) -> [String; 3] {
        let own = self.resource.path().trim_end_matches('/');
        [
            WELL_KNOWN.to_owned(),
            format!("{WELL_KNOWN}{PATH}"),
            format!("{WELL_KNOWN}{own}"),
        ]
    }

    /// Returns the address that clients are told to look for the metadata at.
    pub(crate) fn metadata_url(&self) -> Url {
        let mut url = self.resource.clone();
        let [.., path] = self.metadata_paths();
        url.set_path(&path);
        url
    }
}

/// Which rule a token fits.
#[derive(Debug, PartialEq)]
pub(crate) enum Fit<'a> {
    /// This one.
    Rule(&'a TokenRule),
    /// None, but one would with these scopes.
    Scopes(String),
    /// None.
    Nothing,
}

impl OAuthOptions {
    /// Finds what a token that was checked lets its holder do.
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
    /// Tells whether the rule is for the holder of a token, whatever its scopes.
    fn is_for(&self, claims: &Claims) -> bool {
        let is_subject = self.subjects.is_empty() || self.subjects.contains(&claims.subject);
        let has = |(name, values): &(String, Vec<String>)| {
            claim(&claims.all, name).is_some_and(|claim| has_one(claim, values))
        };
        is_subject && self.claims.iter().all(has)
    }
}

/// Returns a claim by its name, or by the names of the objects that it is in, with dots between.
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
