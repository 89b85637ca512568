//! `permissions.http` and `permissions.tcp`: the part of their decisions that looks at names. Addresses are decided
//! where they are resolved.

use crate::denial::{Denial, quoted};
use crate::manifest::{Entry, HttpSection, TcpSection};
use crate::pattern::Pattern;

/// Patterns with the places they stand at.
pub(crate) fn compile(entries: &[Entry]) -> Vec<(Pattern, String)> {
    // The manifest's parser has compiled each of them once, so none is lost here.
    let compiled = entries
        .iter()
        .filter_map(|entry| Some((Pattern::new(&entry.pattern).ok()?, entry.rule.clone())));
    compiled.collect()
}

/// `permissions.http`, ready to decide.
#[derive(Clone, Debug, Default)]
pub struct HttpGrants {
    /// Whether any request may be made.
    pub enabled: bool,
    /// Whether WebSockets may be opened.
    pub websocket: bool,
    /// The largest response body kept, in bytes.
    pub max_response_bytes: u64,
    pub(crate) allowlist: Vec<(Pattern, String)>,
}

impl HttpGrants {
    pub(crate) fn new(section: &HttpSection) -> Self {
        Self {
            enabled: section.enabled,
            websocket: section.allow_websocket,
            max_response_bytes: section.max_response_bytes.unwrap_or(1 << 20),
            allowlist: compile(&section.allowlist),
        }
    }

    /// Whether the list covers `url` (normalised: lower-case scheme and host, no default port, no fragment); the
    /// place of the entry that does.
    ///
    /// # Errors
    /// [`Denial`] when no entry does; an empty list covers nothing.
    pub fn decide_url(&self, url: &str) -> Result<&str, Denial> {
        decide("http", self.enabled, &self.allowlist, url)
    }
}

/// `permissions.tcp`, ready to decide.
#[derive(Clone, Debug, Default)]
pub struct TcpGrants {
    /// Whether any connection may be made.
    pub enabled: bool,
    pub(crate) allowlist: Vec<(Pattern, String)>,
}

impl TcpGrants {
    pub(crate) fn new(section: &TcpSection) -> Self {
        Self {
            enabled: section.enabled,
            allowlist: compile(&section.allowlist),
        }
    }

    /// Whether only private addresses may be reached, by any name: an enabled section with an empty list.
    pub fn private_only(&self) -> bool {
        self.enabled && self.allowlist.is_empty()
    }

    /// Whether the list covers `address`, `host:port`; the place of the entry that does.
    ///
    /// # Errors
    /// [`Denial`] when no entry does.
    pub fn decide_address(&self, address: &str) -> Result<&str, Denial> {
        decide("tcp", self.enabled, &self.allowlist, address)
    }
}

fn decide<'a>(
    section: &str,
    enabled: bool,
    list: &'a [(Pattern, String)],
    target: &str,
) -> Result<&'a str, Denial> {
    let found = list
        .iter()
        .find(|(pattern, _)| enabled && pattern.matches(target));
    found.map(|(_, rule)| rule.as_str()).ok_or_else(|| {
        let rule = format!("permissions.{section}.allowlist: [{}]", quoted(target));
        if enabled {
            Denial::new(
                section,
                target,
                format!("no entry of permissions.{section}.allowlist matches"),
                rule,
            )
        } else {
            let reason = format!("permissions.{section} is not enabled");
            Denial::new(
                section,
                target,
                reason,
                format!("permissions.{section}.enabled: true, {rule}"),
            )
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(pattern: &str) -> Entry {
        Entry {
            pattern: pattern.to_owned(),
            rule: "m.yaml:1".to_owned(),
        }
    }

    #[test]
    fn lists_decide() {
        let section = HttpSection {
            enabled: true,
            allowlist: vec![entry("https://a.test/**")],
            ..Default::default()
        };
        let http = HttpGrants::new(&section);
        assert_eq!(http.decide_url("https://a.test/x/y").unwrap(), "m.yaml:1");
        let denial = http.decide_url("https://b.test/").unwrap_err();
        assert_eq!(
            denial.rule,
            r#"permissions.http.allowlist: ["https://b.test/"]"#
        );
        let closed = HttpGrants::new(&HttpSection {
            enabled: false,
            ..section
        });
        assert!(
            closed
                .decide_url("https://a.test/x")
                .unwrap_err()
                .rule
                .contains("enabled: true")
        );
        assert!(
            HttpGrants::new(&HttpSection {
                enabled: true,
                ..Default::default()
            })
            .decide_url("http://a/")
            .is_err()
        );
        let tcp = TcpGrants::new(&TcpSection {
            enabled: true,
            allowlist: vec![entry("*:5432")],
        });
        assert!(
            tcp.decide_address("db:5432").is_ok()
                && tcp.decide_address("db:80").is_err()
                && !tcp.private_only()
        );
        assert!(
            TcpGrants::new(&TcpSection {
                enabled: true,
                allowlist: vec![]
            })
            .private_only()
        );
    }
}
