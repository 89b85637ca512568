//! What skills hold ready for their next call: it is given up when a call needs the room.

use std::sync::{Arc, Mutex, PoisonError, Weak};

/// A skill that may hold something ready.
pub(crate) trait Spare: Send + Sync {
    /// Gives up what is ready. Returns whether there was anything.
    fn give_up(&self) -> bool;
}

/// All of them.
#[derive(Default)]
pub(crate) struct Spares(Mutex<Vec<Weak<dyn Spare>>>);

impl Spares {
    /// Adds a skill, unless it is known.
    pub fn add<S: Spare + 'static>(&self, spare: &Arc<S>) {
        let spare = Arc::downgrade(spare);
        let spare: Weak<dyn Spare> = spare;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|one| one.strong_count() > 0);
        if !known.iter().any(|one| one.ptr_eq(&spare)) {
            known.push(spare);
        }
    }

    /// Tries `charge` again once everything is given up, if it fails.
    ///
    /// # Errors
    /// That of `charge`.
    pub fn or_without<T, E>(&self, mut charge: impl FnMut() -> Result<T, E>) -> Result<T, E> {
        charge().or_else(|error| match self.give_up() {
            true => charge(),
            false => Err(error),
        })
    }

    fn give_up(&self) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all: Vec<Arc<dyn Spare>> = known.iter().filter_map(Weak::upgrade).collect();
        // What is given up is dropped outside of the lock.
        drop(known);
        all.iter().filter(|one| one.give_up()).count() > 0
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// How much it holds.
    struct Holding(AtomicU32);

    impl Spare for Holding {
        fn give_up(&self) -> bool {
            self.0.swap(0, Ordering::Relaxed) > 0
        }
    }

    #[test]
    fn everything_is_given_up_before_a_charge_fails() {
        let spares = Spares::default();
        let all = [0, 1, 2].map(|count| Arc::new(Holding(AtomicU32::new(count))));
        all.iter().chain(&all).for_each(|one| spares.add(one));
        assert_eq!(spares.0.lock().unwrap().len(), all.len());
        let held = || {
            all.iter()
                .map(|one| one.0.load(Ordering::Relaxed))
                .sum::<u32>()
        };
        let charge = |most: u32| spares.or_without(|| (held() <= most).then_some(()).ok_or(held()));
        assert_eq!((charge(3), held()), (Ok(()), 3));
        assert_eq!((charge(2), held()), (Ok(()), 0));
        let mut tries = 0;
        let never: Result<(), u8> = spares.or_without(|| {
            tries += 1;
            Err(7)
        });
        assert_eq!((never, tries), (Err(7), 1));
        drop(all);
        assert!(!spares.give_up());
    }
}
