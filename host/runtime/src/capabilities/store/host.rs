//! The functions of `store`.

use luminarys_accounts::Exhausted;
use luminarys_grants::{Access, StoreGrants};
use luminarys_store::{Change, StoreDatabase, StoreError};

use super::state::StoreCapability;
use crate::bindings::luminarys::skill::store as wit;
use crate::bindings::luminarys::skill::types::Error;
use crate::environment::{View, exceeded};

const MAX_KEY: usize = 512;
const MAX_VALUE: usize = 1 << 20;
const MAX_KEYS: u32 = 10_000;
/// A key and its value.
type Pair = (String, Vec<u8>);

/// The memory of a pair in addition to its bytes.
const PAIR: usize = 64;
/// Maximum number of expectations, and of changes, of one transaction.
const MAX_CHANGES: usize = 1_000;

impl View<'_, StoreCapability> {
    /// Returns the name of a namespace in the database if access to it is allowed.
    fn namespace(&mut self, namespace: Option<String>, access: Access) -> Result<String, Error> {
        let Some(name) = namespace else {
            return Ok(format!("skill/{}", self.shared.id));
        };
        StoreGrants::check_namespace(&name).map_err(Error::Invalid)?;
        let shared = self.shared.clone();
        let decided = shared.grants.store.decide(&name, access);
        let rule = decided.map_err(|denial| self.denied(denial))?;
        let noted = self.audit().allowed("store", &name, rule);
        noted.map_err(|denial| self.denied(denial))?;
        Ok(format!("shared/{name}"))
    }

    async fn in_store<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&StoreDatabase) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Error> {
        let store = self.state.database.clone();
        let done = self.shared.lane.run(move || work(&store)).await;
        let done = done.map_err(|error| Error::Io(error.to_string()))?;
        done.map_err(|error| match error {
            StoreError::TooLarge { .. } => Error::LimitExceeded(error.to_string()),
            StoreError::Busy => Error::Unavailable(error.to_string()),
            StoreError::Database(_) => Error::Io(error.to_string()),
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
        let namespace = self.namespace(namespace, Access::Write)?;
        let most = self.shared.grants.store.max_bytes;
        self.in_store(move |store| {
            let applied = store.apply(&namespace, most, &expected, &changes);
            drop(held);
            applied
        })
        .await
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
        let namespace = self.namespace(namespace, Access::Read)?;
        let limit = match limit {
            0 => MAX_KEYS as usize,
            asked => asked.min(MAX_KEYS) as usize,
        };
        let most = self.shared.limits.max_output_bytes;
        let mut room = most;
        let answer = self.answer();
        let read = self.in_store(move |store| {
            let mut full: Option<Exhausted> = None;
            let mut more = false;
            let mut found: Vec<Pair> = Vec::new();
            store.each(&namespace, &prefix, after.as_deref(), &mut |key, value| {
                let value = if with_values { value } else { &[] };
                let size = (key.len() + value.len()) as u64;
                if found.len() >= limit || size > room {
                    more = true;
                    return true;
                }
                room -= size;
                let held = most - room + (found.len() * PAIR) as u64;
                if let Err(exhausted) = answer.reach(held) {
                    full = Some(exhausted);
                    return true;
                }
                found.push((key.to_owned(), value.to_vec()));
                false
            })?;
            Ok(full.map_or(Ok((found, more)), Err))
        });
        let (found, more) = read.await?.map_err(exceeded)?;
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
        let namespace = self.namespace(namespace, Access::Read)?;
        let found = self
            .in_store(move |store| store.get(&namespace, &key))
            .await?;
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
        let namespace = self.namespace(namespace, Access::Read)?;
        let used = self.in_store(move |store| store.usage(&namespace)).await?;
        Ok(wit::Usage {
            keys: used.keys,
            bytes: used.bytes,
            max_bytes: self.shared.grants.store.max_bytes,
        })
    }
}
