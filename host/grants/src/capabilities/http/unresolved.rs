//! Hosts that a proxy resolves: the host process does not see their addresses, so the names alone decide.

use url::Url;

use super::grants::HttpGrants;
use crate::capabilities::network::NameGrant;
use crate::denial::{Denial, quoted};
use crate::url_pattern::{covering, host};

/// What a name implies about its addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Implied {
    /// Nothing.
    Nothing,
    /// This machine, or a network that is not the internet.
    Private,
    /// A cloud's metadata service, which hands credentials to any caller.
    Metadata,
}

/// Host names of Google's and Amazon's metadata services.
const METADATA: [&str; 5] = [
    "metadata",
    "metadata.goog",
    "metadata.google.internal",
    "instance-data",
    "instance-data.ec2.internal",
];

/// Domains that no public name server serves: RFC 6761, 6762, 8375 and 9476, ICANN's `internal`, and names that routers
/// use.
const PRIVATE: [&str; 11] = [
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "home.arpa",
    "alt",
];

fn implied_by(host: &str) -> Implied {
    let lower = host.trim_end_matches('.').to_ascii_lowercase();
    let beneath = |domain: &str| {
        let rest = lower.strip_suffix(domain);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    if METADATA.into_iter().any(beneath) {
        return Implied::Metadata;
    }
    // A name without a dot belongs to the proxy's own network.
    if !lower.contains('.') || PRIVATE.into_iter().any(beneath) {
        return Implied::Private;
    }
    Implied::Nothing
}

impl HttpGrants {
    /// Decides whether a request for `url`, which `name` allows, may go to a host whose addresses are not checked here.
    /// A private name needs an entry that names it literally; a metadata service is granted by its address only.
    ///
    /// # Errors
    /// [`Denial`] for a private name without a literal entry, and for every metadata service.
    pub fn decide_unresolved(&self, url: &Url, name: &NameGrant) -> Result<(), Denial> {
        let shown = host(url);
        let (reason, rule) = match implied_by(&shown) {
            Implied::Private if !name.literal => (
                format!(
                    "{shown:?} is the name of a private host, which the proxy would look up, and no entry of permissions.http.allowlist names it"
                ),
                format!("permissions.http.allowlist: [{}]", quoted(&covering(url))),
            ),
            Implied::Metadata => (
                format!(
                    "{shown:?} is the name of a metadata service, which is granted by its address only"
                ),
                "none: a metadata service is never reached by name through a proxy".to_owned(),
            ),
            Implied::Private | Implied::Nothing => return Ok(()),
        };
        let mut target = url.clone();
        target.set_query(None);
        Err(Denial::new("http", target.as_str(), reason, rule))
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;
    use proptest::prelude::*;

    use super::*;
    use crate::{Grants, Manifest};

    fn grants(allowlist: &str) -> Grants {
        let text = format!(
            "id: a\npath: b\npermissions: {{ http: {{ enabled: true, allowlist: [{allowlist}] }} }}\n"
        );
        Grants::open(&Manifest::parse("m.yaml", &text, &|_| None).unwrap()).unwrap()
    }

    fn decide(grants: &Grants, url: &str) -> Result<(), Denial> {
        let url = Url::parse(url).unwrap();
        let name = grants.http.decide_url(&url)?;
        grants.http.decide_unresolved(&url, &name)
    }

    #[test]
    fn private_names_need_a_literal_entry() {
        let any = grants("'**'");
        let rows = [
            ("a.test", true),
            ("internal.test", true),
            ("mylocalhost.test", true),
            ("notinternal", false),
            ("localhost", false),
            ("LOCALHOST.", false),
            ("a.b.localhost", false),
            ("localhost.localdomain", false),
            ("db.internal", false),
            ("printer.local.", false),
            ("router.lan", false),
            ("x.home.arpa", false),
            ("intranet", false),
            ("metadata", false),
            ("metadata.google.internal", false),
            ("Metadata.Google.Internal.", false),
            ("x.metadata.goog", false),
        ];
        each_row(rows, |(host, open)| {
            let decided = decide(&any, &format!("http://{host}/x?key=1"));
            assert_eq!(decided.is_ok(), open, "{host}: {decided:?}");
            if let Err(denial) = decided
                && denial.rule.starts_with("permissions")
            {
                // The line that the denial offers allows exactly that.
                let entry = denial.rule.split_once('[').unwrap().1;
                let entry = entry.strip_suffix(']').unwrap();
                let named = grants(&format!("'**', {entry}"));
                decide(&named, &format!("http://{host}/x?key=1")).unwrap();
            }
        });
        let named = grants("'http://metadata.google.internal/**'");
        let denial = decide(&named, "http://metadata.google.internal/x").unwrap_err();
        assert!(denial.rule.starts_with("none"), "{denial}");
    }

    #[test]
    fn connections_that_bypass_the_proxy_are_reported() {
        let rows = [
            ("", &[][..]),
            ("http: {enabled: true}", &["permissions.http:"]),
            (
                "http: {enabled: true, allow_websocket: true}",
                &["permissions.http:", "permissions.http.allow_websocket:"],
            ),
            ("http: {allow_websocket: true}", &[]),
            ("tcp: {enabled: true}", &["permissions.tcp:"]),
            ("shell: {enabled: true}", &["permissions.shell.network:"]),
            ("shell: {enabled: true, network: false}", &[]),
        ];
        each_row(rows, |(permissions, expected)| {
            let text = format!("id: a\npath: b\npermissions: {{ {permissions} }}\n");
            let manifest = Manifest::parse("m.yaml", &text, &|_| None).unwrap();
            let warnings = Grants::open(&manifest).unwrap().proxy_warnings();
            let keys: Vec<&str> = warnings
                .iter()
                .filter_map(|warning| warning.split_inclusive(':').next())
                .collect();
            assert_eq!(keys, expected, "{permissions}");
        });
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        /// A private name is recognised in every spelling and with any subdomain.
        #[test]
        fn every_spelling_is_recognised(
            prefix in "([a-z0-9-]{1,8}\\.){0,3}",
            which in 0_usize..(PRIVATE.len() + METADATA.len()),
            upper in any::<bool>(),
            dot in any::<bool>(),
        ) {
            let (domain, expected) = match which.checked_sub(PRIVATE.len()) {
                None => (PRIVATE[which], Implied::Private),
                Some(which) => (METADATA[which], Implied::Metadata),
            };
            let mut name = format!("{prefix}{domain}");
            if upper {
                name = name.to_uppercase();
            }
            if dot {
                name.push('.');
            }
            let implied = implied_by(&name);
            prop_assert!(implied == expected || implied == Implied::Metadata, "{name}: {implied:?}");
        }
    }
}
