//! Which URLs may be requested.

use url::Url;

use super::section::HttpSection;
use crate::capabilities::filesystem::FilesystemGrants;
use crate::capabilities::network::{NameGrant, NetworkGrants};
use crate::denial::Denial;
use crate::open_error::OpenError;
use crate::url_pattern::{self, UrlPattern};

/// The compiled grants of `permissions.http`.
#[derive(Clone, Debug, Default)]
pub struct HttpGrants {
    /// Whether any request may be made.
    pub enabled: bool,
    /// Whether WebSockets may be opened.
    pub websocket: bool,
    /// The manifest's maximum size of a response body, in bytes.
    pub max_response_bytes: Option<u64>,
    /// The manifest's maximum size of a download to a file, in bytes.
    pub max_download_bytes: Option<u64>,
    /// The rules for connections.
    pub network: NetworkGrants,
    pub(crate) allowlist: Vec<(UrlPattern, String)>,
}

impl HttpGrants {
    /// Compiles the patterns of `section`, and reads its certificates.
    ///
    /// # Errors
    /// [`OpenError`] for invalid certificates.
    pub(crate) fn open(section: &HttpSection, _: &FilesystemGrants) -> Result<Self, OpenError> {
        let allowlist = section
            .allowlist
            .iter()
            .filter_map(|entry| Some((UrlPattern::new(&entry.pattern).ok()?, entry.rule.clone())));
        Ok(Self {
            enabled: section.enabled,
            websocket: section.allow_websocket,
            max_response_bytes: section.max_response_bytes,
            max_download_bytes: section.max_download_bytes,
            network: NetworkGrants::open("http", &section.network)?,
            allowlist: allowlist.collect(),
        })
    }

    /// Decides whether the list covers `url`. An entry that names the host literally is preferred, as it is more
    /// specific. A WebSocket's URL is also covered by an entry for the same URL with `http` or `https`.
    ///
    /// # Errors
    /// [`Denial`] when no entry does; an empty list covers nothing.
    pub fn decide_url(&self, url: &Url) -> Result<NameGrant, Denial> {
        let target = shown(url);
        let websocket = matches!(url.scheme(), "ws" | "wss");
        if self.enabled && websocket && !self.websocket {
            let reason = "permissions.http.allow_websocket is off";
            let rule = "permissions.http.allow_websocket: true";
            return Err(Denial::new("websocket", &target, reason, rule));
        }
        let twin = websocket.then(|| {
            let text = url.as_str();
            Url::parse(&text.replacen("ws", "http", 1)).ok()
        });
        let covers = |pattern: &UrlPattern| {
            let twin = twin.as_ref().and_then(Option::as_ref);
            pattern.matches(url) || twin.is_some_and(|twin| pattern.matches(twin))
        };
        let covering = || self.allowlist.iter().filter(|(pattern, _)| covers(pattern));
        let literal = covering().find(|(pattern, _)| pattern.names_host(url));
        let found = literal.or_else(|| covering().next());
        if let Some((_, rule)) = found.filter(|_| self.enabled) {
            return Ok(NameGrant {
                rule: rule.clone(),
                literal: literal.is_some(),
                host: url_pattern::host(url),
                private: false,
            });
        }
        Err(Denial::closed(
            "http",
            self.enabled,
            &target,
            &url_pattern::covering(url),
        ))
    }
}

/// Returns a URL for messages: without the query, which may hold a key, and the fragment, which is never sent.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}
