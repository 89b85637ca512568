//! A client's identity and rights.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use luminarys_text::hexadecimal;
use tokio_util::sync::CancellationToken;

use crate::auth::rate::{Bucket, TooManyCalls};
use crate::auth::rule::ClientRule;

/// Bytes of a token's digest that identify a client.
const PREFIX: usize = 8;

/// An admitted client.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    /// Its name in the audit log and logs, and the account that its use is charged to.
    pub name: Arc<str>,
    /// The owner of its sessions; `None` if clients cannot be told apart.
    pub owner: Option<[u8; 32]>,
    /// Its rights.
    pub access: Arc<Access>,
    /// Counts its calls, if they are limited.
    bucket: Option<Arc<Bucket>>,
    /// When its token expires, if it does.
    expires: Option<Instant>,
}

/// The rights of the clients of one rule, until they are revoked.
#[derive(Debug)]
pub(crate) struct Access {
    pub rule: ClientRule,
    /// Cancelled when clients with this access are no longer admitted. An access that replaces another for the
    /// same clients shares its token.
    pub revoked: Arc<CancellationToken>,
}

impl Access {
    pub fn new(rule: ClientRule) -> Arc<Self> {
        Arc::new(Self {
            rule,
            revoked: Arc::default(),
        })
    }

    /// Creates the access of the same clients under another rule: their sessions go on.
    pub fn with_rule(&self, rule: ClientRule) -> Arc<Self> {
        let revoked = self.revoked.clone();
        Arc::new(Self { rule, revoked })
    }

    /// Tells whether both are for the same clients.
    pub fn is_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.revoked, &other.revoked)
    }
}

impl Client {
    /// Creates a client with the name of its rule, whose token has this SHA-256 digest.
    pub fn with_token(digest: [u8; 32], access: Arc<Access>, bucket: Option<Arc<Bucket>>) -> Self {
        Self {
            name: access.rule.name.as_str().into(),
            owner: Some(digest),
            access,
            bucket,
            expires: None,
        }
    }

    /// Creates a client with the name that an authorization server states.
    pub fn with_subject(
        name: String,
        owner: [u8; 32],
        access: Arc<Access>,
        bucket: Option<Arc<Bucket>>,
        expires: Instant,
    ) -> Self {
        Self {
            name: name.into(),
            owner: Some(owner),
            access,
            bucket,
            expires: Some(expires),
        }
    }

    /// Creates the client at an address, where no token is required.
    pub fn at(peer: IpAddr, access: Arc<Access>) -> Self {
        Self {
            name: format!("peer:{peer}").into(),
            owner: None,
            access,
            bucket: None,
            expires: None,
        }
    }

    /// Tells whether the client sees, and may call, the tool of this name.
    pub fn may_use(&self, tool: &str) -> bool {
        self.access.rule.tools.allows(tool)
    }

    /// Tells whether the client sees every tool.
    pub fn may_use_all(&self) -> bool {
        self.access.rule.tools.allows_all()
    }

    /// Counts a call of a tool.
    ///
    /// # Errors
    /// [`TooManyCalls`]
    pub fn count_call(&self) -> Result<(), TooManyCalls> {
        let bucket = self.bucket.as_ref();
        bucket.map_or(Ok(()), |bucket| bucket.take(Instant::now()))
    }

    /// Returns the bucket that limits its calls.
    pub fn bucket(&self) -> Option<&Arc<Bucket>> {
        self.bucket.as_ref()
    }

    /// Returns a future that waits until its token expires, for streams that otherwise have no end.
    pub fn expired(&self) -> impl Future<Output = ()> + Send + 'static {
        let expires = self.expires;
        async move {
            match expires {
                Some(expires) => tokio::time::sleep_until(expires.into()).await,
                None => std::future::pending().await,
            }
        }
    }

    /// Tells whether it is no longer admitted.
    pub fn is_revoked(&self) -> bool {
        self.access.revoked.is_cancelled()
    }
}

/// Returns the name of a client whose token has no name: a prefix of the token's digest.
pub(crate) fn nameless(digest: &[u8; 32]) -> String {
    format!("client:{}", hexadecimal(&digest[..PREFIX]))
}
