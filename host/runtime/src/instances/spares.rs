//! The prepared instances of all skills: they are given up when a call needs the room.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::Instances;

/// The skills that may have a prepared instance.
#[derive(Default)]
pub(crate) struct Spares(Mutex<Vec<Weak<Instances>>>);

impl Spares {
    /// Adds the skill with these instances, unless it is known.
    pub(super) fn add(&self, instances: &Arc<Instances>) {
        let instances = Arc::downgrade(instances);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|one| one.strong_count() > 0);
        if !known.iter().any(|one| one.ptr_eq(&instances)) {
            known.push(instances);
        }
    }

    /// Tries `charge` again, without the prepared instances of all skills, if it fails.
    ///
    /// # Errors
    /// That of `charge`.
    pub fn or_without<T, E>(&self, mut charge: impl FnMut() -> Result<T, E>) -> Result<T, E> {
        charge().or_else(|error| match self.give_up() {
            true => charge(),
            false => Err(error),
        })
    }

    /// Drops all prepared instances. Returns whether there was one.
    fn give_up(&self) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all: Vec<_> = known.iter().filter_map(Weak::upgrade).collect();
        drop(known);
        let waiting: Vec<_> = all.iter().filter_map(|one| one.ahead.take()).collect();
        !waiting.is_empty()
    }
}
