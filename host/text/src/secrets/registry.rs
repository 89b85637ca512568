//! The registry of secrets.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::automaton::Automaton;
use super::{MARK, forms};

/// The number of latest secrets that are still replaced after they were unregistered: text with them may be on
/// its way, and a replaced secret is often valid for a while.
const RETIRED: usize = 64;

/// The maximum bytes of such secrets, unless the latest alone is longer: whenever a secret changes, the automaton is
/// rebuilt from all of them.
const RETIRED_BYTES: usize = 64 << 10;

/// Holds the secrets and replaces them in text. Cheap to clone.
#[derive(Clone, Default)]
pub struct Redactor(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    /// The number of registrations of each.
    secrets: BTreeMap<Arc<str>, usize>,
    /// Those that are no longer registered, the oldest first.
    retired: VecDeque<Arc<str>>,
    automaton: Option<Arc<Automaton>>,
    /// Whether `automaton` is up to date with `secrets`.
    current: bool,
}

impl Redactor {
    /// Returns the registry of this process, for logs, the audit log, servers and commands.
    pub fn process() -> &'static Self {
        static PROCESS: LazyLock<Redactor> = LazyLock::new(Redactor::default);
        &PROCESS
    }

    /// Registers `values` as secrets for as long as the returned guard, or a clone of it, lives. One that is too short
    /// is ignored: see [`super::is_too_short`].
    pub fn register<T: AsRef<str>>(&self, values: impl IntoIterator<Item = T>) -> Registered {
        let values: Vec<Arc<str>> = values
            .into_iter()
            .filter(|value| !forms::is_too_short(value.as_ref()))
            .map(|value| Arc::from(value.as_ref()))
            .collect();
        if values.is_empty() {
            return Registered::default();
        }
        self.known().add(&values);
        Registered(Some(Arc::new(Registration {
            redactor: self.clone(),
            values,
        })))
    }

    /// Replaces every form of every secret in `text`, in linear time.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let Some(automaton) = self.automaton() else {
            return Cow::Borrowed(text);
        };
        let mut search = automaton.search();
        search.feed(&automaton, text.as_bytes());
        if search.found().is_empty() {
            return Cow::Borrowed(text);
        }
        let mut out = Vec::with_capacity(text.len());
        let mut from = 0;
        for found in search.found() {
            let place = |at: u64| usize::try_from(at).unwrap_or(text.len());
            out.extend_from_slice(&text.as_bytes()[from..place(found.start)]);
            out.extend_from_slice(MARK.as_bytes());
            from = place(found.end);
        }
        out.extend_from_slice(&text.as_bytes()[from..]);
        // Forms begin and end with whole characters.
        Cow::Owned(String::from_utf8_lossy(&out).into_owned())
    }

    /// Replaces them in every string of `value`, including names of members.
    pub fn redact_json(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Cow::Owned(redacted) = self.redact(text) {
                    *text = redacted;
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.redact_json(item)),
            Value::Object(members) => {
                members.values_mut().for_each(|one| self.redact_json(one));
                if members
                    .keys()
                    .any(|name| matches!(self.redact(name), Cow::Owned(_)))
                {
                    *members = std::mem::take(members)
                        .into_iter()
                        .map(|(name, one)| (self.redact(&name).into_owned(), one))
                        .collect();
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Returns the automaton over all forms; `None` if there are no secrets.
    pub(super) fn automaton(&self) -> Option<Arc<Automaton>> {
        let mut known = self.known();
        if !known.current {
            let mut all = BTreeSet::new();
            known
                .secrets
                .keys()
                .for_each(|one| forms::add(&mut all, one));
            if !all.is_empty() {
                // So that a secret contained in the replacement is not found in it.
                all.insert(MARK.as_bytes().to_vec());
            }
            known.automaton = Automaton::new(&all).map(Arc::new);
            known.current = true;
        }
        known.automaton.clone()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn add(&mut self, values: &[Arc<str>]) {
        for value in values {
            match self.secrets.get_mut(value) {
                Some(count) => *count += 1,
                None => {
                    self.secrets.insert(value.clone(), 1);
                    self.current = false;
                }
            }
            self.retired.retain(|retired| retired != value);
        }
    }

    fn retire(&mut self, values: &[Arc<str>]) {
        for value in values {
            if let Some(count) = self.secrets.get_mut(value) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    self.retired.push_back(value.clone());
                }
            }
        }
        let mut bytes: usize = self.retired.iter().map(|retired| retired.len()).sum();
        while self.retired.len() > RETIRED || (self.retired.len() > 1 && bytes > RETIRED_BYTES) {
            bytes -= self.retired.front().map_or(0, |oldest| oldest.len());
            if let Some(oldest) = self.retired.pop_front() {
                self.secrets.remove(&oldest);
                self.current = false;
            }
        }
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Redactor({} secrets)",
            self.known().secrets.len()
        )
    }
}

/// Keeps secrets registered while it or a clone of it lives. The default holds none.
#[derive(Clone, Default)]
pub struct Registered(Option<Arc<Registration>>);

struct Registration {
    redactor: Redactor,
    values: Vec<Arc<str>>,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.redactor.known().retire(&self.values);
    }
}

impl fmt::Debug for Registered {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.as_ref().map_or(0, |it| it.values.len());
        write!(formatter, "{count} secrets")
    }
}

#[cfg(test)]
#[path = "registry_tests.rs"]
mod tests;
