//! The command-line words for HTTP and WebSockets, what a package can require, and the operator's questions.

use super::grants::HttpGrants;
use crate::capability::{
    About, Capability, Interface, Key, Place, Required, ValueKind, past_the_proxy,
};
use crate::explain::{Asked, ExplainError, Explained, INSECURE, Outside, Question, Target};
use crate::requirement::{RequirementVerdict, listed};

const SECTION: &[&str] = &["permissions", "http"];

pub(crate) static ABOUT: About = About {
    interfaces: &[
        Interface {
            name: "http",
            what: "HTTP",
            key: "http",
            is_asked_for: true,
        },
        Interface {
            name: "websocket",
            what: "WebSockets",
            key: "ws",
            is_asked_for: true,
        },
    ],
    keys: &[
        Key {
            name: "http",
            form: "URL",
            help: "URLs, optionally with wildcards",
            example: "'https://api.example.com/**'",
            value: ValueKind::Text,
            place: Place::switched(SECTION, Some("allowlist")),
            shown: "http",
            requirement: Some(Required {
                form: "URL, optionally with wildcards",
                example: "http https://api.example.com/**",
            }),
        },
        Key {
            name: "ws",
            form: "URL",
            help: "URLs, and WebSocket connections to all granted URLs",
            example: "'wss://stream.example.com/**'",
            value: ValueKind::Text,
            place: Place {
                section: SECTION,
                list: Some("allowlist"),
                switches: &["enabled", "allow_websocket"],
                also: Some("http: WebSockets too"),
            },
            shown: "http",
            requirement: Some(Required {
                form: "URL, optionally with wildcards",
                example: "ws wss://stream.example.com/**",
            }),
        },
    ],
    questions: &[
        Question {
            name: "http",
            help: "Requests to a URL; its host is resolved now, unless a proxy resolves it",
            target: Target::Needed("a URL"),
            flags: &[],
        },
        Question {
            name: "websocket",
            help: "WebSocket connections to a URL (ws or wss); its host is resolved now",
            target: Target::Needed("a URL"),
            flags: &[INSECURE],
        },
    ],
};

impl Capability for HttpGrants {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn requirement(&self, key: &str, pattern: &str, _: Option<&str>) -> RequirementVerdict {
        if key == "ws" && self.enabled && !self.websocket {
            return RequirementVerdict::unmet(
                "permissions.http.allow_websocket is off",
                "permissions.http.allow_websocket: true".to_owned(),
            );
        }
        let entries = self.allowlist.iter();
        let entries = entries.map(|(pattern, rule)| (pattern.as_str(), rule));
        listed(self.enabled, entries, "http", pattern)
    }

    fn explain(&self, question: &str, asked: &Asked) -> Result<Explained, ExplainError> {
        let url = asked.target().to_owned();
        Ok(Explained::Outside(match question {
            "websocket" => Outside::WebSocket {
                url,
                insecure: asked.has(&INSECURE),
            },
            _ => Outside::Request { url },
        }))
    }

    fn reaches_out(&self) -> bool {
        self.enabled
    }

    fn proxy_warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.enabled {
            warnings.push(
                "permissions.http: the proxy (network.proxy) looks names up, so permissions.http.addresses decides on URLs with \
                 an address only; a name that leads to a private address is refused only where it says so, such as localhost \
                 or *.internal. Have the proxy refuse such addresses"
                    .to_owned(),
            );
        }
        if self.enabled && self.websocket {
            warnings.push(past_the_proxy(
                "permissions.http.allow_websocket",
                "WebSockets",
            ));
        }
        warnings
    }
}
