//! Interprets `http.auth.oauth`: the authorization server.

use luminarys_grants::yaml::YamlError;
use luminarys_mcp::{Algorithm, ClientRule, OAuthOptions, TokenRule, UrlError, read_url};
use luminarys_orchestrator::{NetworkOptions, ProxyUrl};
use serde_saphyr::{Location, Spanned};

use super::raw::{RawOAuth, RawRule, RawTokenRule, Text, Texts};
use super::reader::Reader;

/// The name of clients with a token if no rule is configured.
const ANYONE: &str = "oauth";

/// Reads the rule of a client from its key, place and content.
type ReadRule<'a> = dyn FnMut(&str, Location, &RawRule<'_>) -> Result<ClientRule, YamlError> + 'a;

/// Reads the section `http.auth.oauth`; adds to `notes` what is probably a mistake.
///
/// # Errors
/// [`YamlError`] with file, line and column.
pub(super) fn read(
    reader: &Reader<'_>,
    raw: &Spanned<RawOAuth>,
    network: &NetworkOptions,
    notes: &mut Vec<String>,
    rule: &mut ReadRule<'_>,
) -> Result<OAuthOptions, YamlError> {
    let (place, raw) = (raw.referenced, &raw.value);
    let key = |name: &str| format!("http.auth.oauth.{name}");
    let url = |name: &str, text: Option<&Text>| -> Result<Option<(String, ProxyUrl)>, YamlError> {
        let Some(written) = reader.text(&key(name), text)? else {
            return Ok(None);
        };
        let read = read_url(&written);
        let read = read.map_err(|error: UrlError| {
            let place = text.map_or(place, |text| text.referenced);
            reader.at(place, format!("{}: {written:?} {error}", key(name)))
        })?;
        Ok(Some((written, read)))
    };
    let needed =
        |name: &str, what: &str| reader.at(place, format!("{} is needed: {what}", key(name)));
    let (issuer, _) = url("issuer", raw.issuer.as_ref())?.ok_or_else(|| {
        let what =
            "the authorization server as named in its tokens, such as https://login.example.com";
        needed("issuer", what)
    })?;
    let (written, resource) = url("resource", raw.resource.as_ref())?.ok_or_else(|| {
        let what =
            "the URL under which clients reach this host, such as https://tools.example.com/mcp";
        needed("resource", what)
    })?;
    let audience = match &raw.audience {
        // Clients may write it with or without a trailing slash.
        None if written == resource.as_str() => vec![written],
        None => vec![resource.to_string(), written],
        Some(Texts(texts)) if texts.is_empty() => {
            let message = format!(
                "{} is empty; leave it out to accept tokens for `resource`",
                key("audience")
            );
            return Err(reader.at(place, message));
        }
        Some(Texts(texts)) => reader.list(&key("audience"), texts, |_| Ok(()))?,
    };
    let names = reader.list(&key("algorithms"), &raw.algorithms, |name| {
        let parsed = name.parse::<Algorithm>().map(drop);
        parsed.map_err(|error| format!("is {name:?}, which {error}"))
    })?;
    let algorithms: Vec<Algorithm> = names.iter().filter_map(|name| name.parse().ok()).collect();
    let mut options = OAuthOptions {
        issuer,
        resource,
        audience,
        jwks_uri: url("jwks_uri", raw.jwks_uri.as_ref())?.map(|(_, url)| url),
        algorithms: match algorithms.is_empty() {
            true => Algorithm::ALL.to_vec(),
            false => algorithms,
        },
        scopes: scopes(reader, &key("scopes"), &raw.scopes)?,
        rules: Vec::new(),
        network: network.clone(),
    };
    for (index, one) in raw.clients.iter().enumerate() {
        let key = format!("{}[{index}]", key("clients"));
        let read = token_rule(reader, &key, one, rule)?;
        options.rules.push(read);
    }
    if options.rules.is_empty() {
        if options.scopes.is_empty() {
            let note = format!(
                "http.auth.oauth: every client with a token of {} for {} may call every tool; name `scopes` that they need, or \
                 who they are in `clients`",
                options.issuer,
                options.audience.join(" or ")
            );
            notes.push(reader.at(place, note).to_string());
        }
        options.rules.push(TokenRule {
            rule: ClientRule::new(ANYONE),
            scopes: Vec::new(),
            subjects: Vec::new(),
            claims: Vec::new(),
        });
    }
    Ok(options)
}

fn token_rule(
    reader: &Reader<'_>,
    key: &str,
    raw: &Spanned<RawTokenRule>,
    rule: &mut ReadRule<'_>,
) -> Result<TokenRule, YamlError> {
    let (place, raw) = (raw.referenced, &raw.value);
    let mut claims = Vec::new();
    for (name, Texts(values)) in &raw.claims {
        let key = format!("{key}.claims.{name}");
        if values.is_empty() {
            let message = format!("{key} is empty, which no token matches; name a value");
            return Err(reader.at(place, message));
        }
        claims.push((name.clone(), reader.list(&key, values, |_| Ok(()))?));
    }
    Ok(TokenRule {
        rule: rule(key, place, &raw.rule())?,
        scopes: scopes(reader, &format!("{key}.scopes"), &raw.scopes)?,
        subjects: reader.list(&format!("{key}.subjects"), &raw.subjects, |_| Ok(()))?,
        claims,
    })
}

/// Reads scopes, which are sent in headers (RFC 6749, section 3.3).
fn scopes(reader: &Reader<'_>, key: &str, texts: &[Text]) -> Result<Vec<String>, YamlError> {
    reader.list(key, texts, |scope| {
        let usable = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\');
        match scope.chars().all(usable) {
            true => Ok(()),
            false => Err(format!(
                "is {scope:?}: a scope has visible ASCII characters without blanks, quotes and backslashes"
            )),
        }
    })
}
