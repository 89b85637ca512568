//! The functions of `store`.

use std::sync::Arc;

use futures::future::BoxFuture;
use luminarys_grants::{Access, StoreGrants};
use luminarys_store::Change;

use super::places::{detached, local_name, tell_of_kept};
use super::state::StoreCapability;
use crate::bindings::luminarys::skill::store as wit;
use crate::bindings::luminarys::skill::types::Error;
use crate::environment::{View, exceeded};
use crate::shared_store::{Changes, PAIR, Page, SharedStore, SharedStoreError};

const MAX_KEY: usize = 512;
const MAX_VALUE: usize = 1 << 20;
const MAX_KEYS: u32 = 10_000;
/// A key and its value.
type Pair = (String, Vec<u8>);

/// Maximum number of expectations, and of changes, of one transaction.
const MAX_CHANGES: usize = 1_000;

/// A namespace, and what keeps it.
struct Namespace {
    name: String,
    store: Arc<dyn SharedStore>,
    /// Whether the host has put that in place of its own database.
    is_elsewhere: bool,
}

impl View<'_, StoreCapability> {
    /// Returns a namespace if access to it is allowed.
    async fn namespace(
        &mut self,
        namespace: Option<String>,
        access: Access,
    ) -> Result<Namespace, Error> {
        let local = self.state.local.clone();
        let Some(name) = namespace else {
            return Ok(Namespace {
                name: format!("skill/{}", self.shared.id),
                store: local,
                is_elsewhere: false,
            });
        };
        StoreGrants::check_namespace(&name).map_err(Error::Invalid)?;
        let shared = self.shared.clone();
        let decided = shared.grants.store.decide(&name, access);
        let rule = decided.map_err(|denial| self.denied(denial))?;
        let noted = self.audit().allowed("store", &name, rule);
        noted.map_err(|denial| self.denied(denial))?;
        let slot = &self.state.shared;
        let Some(store) = slot.get() else {
            return Ok(Namespace {
                name: local_name(&name),
                store: local,
                is_elsewhere: false,
            });
        };
        tell_of_kept(slot, &local, &*store, &name).await;
        Ok(Namespace {
            name,
            store,
            is_elsewhere: true,
        })
    }

    /// Waits for an operation on a namespace.
    async fn wait<T: Send + 'static>(
        &mut self,
        is_elsewhere: bool,
        operation: BoxFuture<'static, Result<T, SharedStoreError>>,
    ) -> Result<T, Error> {
        let done = match is_elsewhere {
            true => detached(self.shared.lane.clone(), operation).await,
            false => operation.await,
        };
        done.map_err(|error| match error {
            SharedStoreError::Full(text) => Error::LimitExceeded(text),
            SharedStoreError::Unavailable(text) => Error::Unavailable(text),
            SharedStoreError::Broken(text) => Error::Io(text),
        })
    }

    async fn change(
        &mut self,
        namespace: Option<String>,
        expected: Vec<Change>,
        changes: Vec<Change>,
    ) -> Result<Option<Vec<bool>>, Error> {
        let target = namespace.as_deref().unwrap_or("the skill's own namespace");
        self.may("apply", target)?;
        if expected.len() > MAX_CHANGES || changes.len() > MAX_CHANGES {
            let text = format!("a transaction has at most {MAX_CHANGES} expectations and changes");
            return Err(Error::TooLarge(text));
        }
        for (key, value) in expected.iter().chain(&changes) {
            check_key(key)?;
            let length = value.as_ref().map_or(0, Vec::len);
            if length > MAX_VALUE {
                let text = format!("a value of {length} bytes; at most {MAX_VALUE} are kept");
                return Err(Error::TooLarge(text));
            }
        }
        let sizes = expected.iter().chain(&changes);
        let sizes = sizes.map(|(key, value)| PAIR + key.len() + value.as_ref().map_or(0, Vec::len));
        let held = self.hold_bytes(sizes.sum())?;
        let place = self.namespace(namespace, Access::Write).await?;
        let most = self.shared.grants.store.max_bytes;
        let changes = Changes {
            expected,
            changes,
            held,
        };
        let applied = place.store.apply(place.name, most, changes);
        self.wait(place.is_elsewhere, applied).await
    }

    /// Reads a page: at most `limit` pairs within the output limit, and the key that the next page starts after.
    async fn page(
        &mut self,
        namespace: Option<String>,
        prefix: String,
        after: Option<String>,
        limit: u32,
        with_values: bool,
    ) -> Result<(Vec<Pair>, Option<String>), Error> {
        let place = self.namespace(namespace, Access::Read).await?;
        let most = self.shared.limits.max_output_bytes;
        let page = Page {
            prefix,
            after,
            limit: match limit {
                0 => MAX_KEYS as usize,
                asked => asked.min(MAX_KEYS) as usize,
            },
            most,
            with_values,
            answer: self.answer(),
            found: Vec::new(),
            bytes: 0,
            more: false,
            full: None,
        };
        let read = place.store.page(place.name, page);
        let Page {
            found, more, full, ..
        } = self.wait(place.is_elsewhere, read).await?;
        if let Some(exhausted) = full {
            return Err(exceeded(exhausted));
        }
        let next = found.last().map(|(key, _)| key.clone());
        match (more, next) {
            (false, _) => Ok((found, None)),
            (true, Some(next)) => Ok((found, Some(next))),
            (true, None) => Err(Error::TooLarge(format!(
                "the first one alone exceeds {most} bytes, the skill's runtime.max_output_bytes"
            ))),
        }
    }
}

fn check_key(key: &str) -> Result<(), Error> {
    if key.is_empty() || key.len() > MAX_KEY {
        let text = format!("a key of {} bytes; 1 to {MAX_KEY} are allowed", key.len());
        return Err(Error::Invalid(text));
    }
    Ok(())
}

impl wit::Host for View<'_, StoreCapability> {
    async fn get(
        &mut self,
        namespace: Option<String>,
        key: String,
    ) -> Result<Option<Vec<u8>>, Error> {
        check_key(&key)?;
        let place = self.namespace(namespace, Access::Read).await?;
        let found = place.store.get(place.name, key);
        let found = self.wait(place.is_elsewhere, found).await?;
        self.charge_answer(found.as_ref().map_or(0, Vec::len))?;
        Ok(found)
    }

    async fn set(
        &mut self,
        namespace: Option<String>,
        key: String,
        value: Vec<u8>,
    ) -> Result<(), Error> {
        let change = (key, Some(value));
        self.change(namespace, Vec::new(), vec![change])
            .await
            .map(drop)
    }

    async fn delete(&mut self, namespace: Option<String>, key: String) -> Result<bool, Error> {
        let before = self
            .change(namespace, Vec::new(), vec![(key, None)])
            .await?;
        Ok(before.is_some_and(|before| before.contains(&true)))
    }

    async fn keys(
        &mut self,
        namespace: Option<String>,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> Result<wit::KeyPage, Error> {
        let (found, next) = self.page(namespace, prefix, after, limit, false).await?;
        let keys = found.into_iter().map(|(key, _)| key);
        Ok(wit::KeyPage {
            keys: keys.collect(),
            next,
        })
    }

    async fn pairs(
        &mut self,
        namespace: Option<String>,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> Result<wit::PairPage, Error> {
        let (found, next) = self.page(namespace, prefix, after, limit, true).await?;
        let pairs = found
            .into_iter()
            .map(|(key, value)| wit::Pair { key, value });
        Ok(wit::PairPage {
            pairs: pairs.collect(),
            next,
        })
    }

    async fn apply(
        &mut self,
        namespace: Option<String>,
        expected: Vec<wit::Expectation>,
        changes: Vec<wit::Change>,
    ) -> Result<bool, Error> {
        let expected = expected
            .into_iter()
            .map(|one| (one.key, one.value))
            .collect();
        let changes = changes
            .into_iter()
            .map(|one| (one.key, one.value))
            .collect();
        Ok(self.change(namespace, expected, changes).await?.is_some())
    }

    async fn used(&mut self, namespace: Option<String>) -> Result<wit::Usage, Error> {
        let place = self.namespace(namespace, Access::Read).await?;
        let most = place.store.max_bytes();
        let used = place.store.usage(place.name);
        let used = self.wait(place.is_elsewhere, used).await?;
        Ok(wit::Usage {
            keys: used.keys,
            bytes: used.bytes,
            max_bytes: self.shared.grants.store.max_bytes.min(most),
        })
    }
}
