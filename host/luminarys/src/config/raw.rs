//! The configuration as written. Every value is text with its place: variables are replaced before it is
//! interpreted.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, de};
use serde_saphyr::Spanned;

/// A value and its place.
pub(super) type Text = Spanned<String>;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Raw {
    pub http: RawHttp,
    pub mcp: RawMcp,
    pub skills: Vec<Text>,
    pub runtime: RawRuntime,
    pub log: RawLog,
    pub audit: RawAudit,
    pub network: RawNetwork,
    pub llm: RawLlm,
    pub registry: RawRegistry,
    pub trust: Option<Spanned<RawTrust>>,
    pub cluster: Option<Spanned<RawCluster>>,
    pub data_dir: Option<Text>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawCluster {
    pub enabled: Option<Text>,
    pub id: Option<Text>,
    pub node: Option<Text>,
    pub nats: RawNats,
    pub file_transfer: RawFileTransfer,
    pub cluster_id: Option<Text>,
    pub node_id: Option<Text>,
    pub nats_url: Option<Text>,
    pub role: Option<Text>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawFileTransfer {
    pub allowed_nodes: Vec<Text>,
    pub dirs: Vec<Text>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawNats {
    pub urls: Vec<Text>,
    pub credentials: Option<Text>,
    pub nkey: Option<Text>,
    pub tls: Option<RawNatsTls>,
    pub replicas: Option<Text>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawNatsTls {
    pub ca: Option<Text>,
    pub certificate: Option<Text>,
    pub key: Option<Text>,
    pub first: Option<Text>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawHttp {
    pub addr: Option<Text>,
    pub tls: Option<RawTls>,
    pub auth: RawAuth,
    pub allowed_hosts: Vec<Text>,
    pub allowed_origins: Vec<Text>,
    pub max_request_bytes: Option<Text>,
    pub max_connections: Option<Text>,
    pub max_connections_per_peer: Option<Text>,
    pub max_sessions: Option<Text>,
    pub max_sessions_per_client: Option<Text>,
    pub max_requests_per_client: Option<Text>,
    pub max_inflight_mb: Option<Text>,
    pub timeouts: RawTimeouts,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawTls {
    pub cert: Option<Text>,
    pub key: Option<Text>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawTimeouts {
    pub handshake_ms: Option<Text>,
    pub head_ms: Option<Text>,
    pub body_ms: Option<Text>,
    pub idle_ms: Option<Text>,
    pub write_ms: Option<Text>,
    pub session_ms: Option<Text>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawAuth {
    pub tokens: Vec<Text>,
    pub clients: Vec<Spanned<RawClient>>,
    pub oauth: Option<Spanned<RawOAuth>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawOAuth {
    pub issuer: Option<Text>,
    pub resource: Option<Text>,
    pub audience: Option<Texts>,
    pub jwks_uri: Option<Text>,
    pub algorithms: Vec<Text>,
    pub scopes: Vec<Text>,
    pub clients: Vec<Spanned<RawTokenRule>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawTokenRule {
    pub name: Option<Text>,
    pub scopes: Vec<Text>,
    pub subjects: Vec<Text>,
    pub claims: BTreeMap<String, Texts>,
    pub tools: Option<Vec<Text>>,
    pub calls_per_minute: Option<Text>,
    pub metrics: Option<Text>,
}

impl RawTokenRule {
    pub fn rule(&self) -> RawRule<'_> {
        RawRule {
            name: self.name.as_ref(),
            tools: self.tools.as_deref(),
            calls_per_minute: self.calls_per_minute.as_ref(),
            metrics: self.metrics.as_ref(),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawClient {
    pub name: Option<Text>,
    pub token: Option<Text>,
    pub token_from_env: Option<Text>,
    pub token_from_file: Option<Text>,
    pub token_sha256: Option<Text>,
    pub tools: Option<Vec<Text>>,
    pub calls_per_minute: Option<Text>,
    pub metrics: Option<Text>,
}

/// The keys that all kinds of clients have.
pub(super) struct RawRule<'a> {
    pub name: Option<&'a Text>,
    pub tools: Option<&'a [Text]>,
    pub calls_per_minute: Option<&'a Text>,
    pub metrics: Option<&'a Text>,
}

impl RawClient {
    pub fn rule(&self) -> RawRule<'_> {
        RawRule {
            name: self.name.as_ref(),
            tools: self.tools.as_deref(),
            calls_per_minute: self.calls_per_minute.as_ref(),
            metrics: self.metrics.as_ref(),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawMcp {
    pub max_result_chars: Option<Text>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawRuntime {
    pub cache_dir: Option<Text>,
    pub cache_key: Option<Text>,
    pub memory_limit_mb: Option<Text>,
    pub max_held_mb: Option<Text>,
    pub max_guest_memory_mb: Option<Text>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawLog {
    pub level: Option<Text>,
    pub format: Option<Text>,
    pub skill_log: Option<Text>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawAudit {
    pub path: Option<Text>,
    pub decisions: Option<Text>,
    pub required: Option<Text>,
    pub max_mb: Option<Text>,
    pub keep: Option<Text>,
    pub keep_days: Option<Text>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawRegistry {
    pub plain_http: Vec<Text>,
    pub pull_timeout_seconds: Option<Text>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawNetwork {
    pub nameservers: Vec<Text>,
    pub proxy: Option<Text>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawLlm {
    pub url: Option<Text>,
    pub model: Option<Text>,
    pub api_key: Option<Text>,
}

/// A string, or a list of strings.
pub(super) struct Texts(pub Vec<Text>);

// By hand, since an untagged enum would lose the places.
impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;
        impl<'de> Visitor<'de> for Form {
            type Value = Vec<Text>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string or a list of strings; put a number in quotes")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<Text>, E> {
                let nowhere = serde_saphyr::Location::UNKNOWN;
                Ok(vec![Spanned::new(text.to_owned(), nowhere, nowhere)])
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Text>, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = list.next_element()? {
                    texts.push(text);
                }
                Ok(texts)
            }
        }
        let mut found: Spanned<Inner> = Spanned::deserialize(deserializer)?;
        struct Inner(Vec<Text>);
        impl<'de> Deserialize<'de> for Inner {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(Form).map(Inner)
            }
        }
        for text in &mut found.value.0 {
            // A single value has the place of the whole.
            if text.referenced.line() == 0 {
                text.referenced = found.referenced;
            }
        }
        Ok(Self(found.value.0))
    }
}

/// `any`, or public keys.
pub(super) enum RawTrust {
    Word(String),
    Keys(Vec<Text>),
}

// By hand, since an untagged enum would lose the places of the keys.
impl<'de> Deserialize<'de> for RawTrust {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;
        impl<'de> Visitor<'de> for Form {
            type Value = RawTrust;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("`any` or a list of public keys")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<RawTrust, E> {
                Ok(RawTrust::Word(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<RawTrust, A::Error> {
                let mut keys = Vec::new();
                while let Some(key) = list.next_element()? {
                    keys.push(key);
                }
                Ok(RawTrust::Keys(keys))
            }
        }
        deserializer.deserialize_any(Form)
    }
}
