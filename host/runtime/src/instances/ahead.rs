//! The place of one thing that is made before it is needed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The place. What is taken out must be dropped outside of it.
pub(super) struct Ahead<T>(Arc<Mutex<Place<T>>>);

enum Place<T> {
    Empty,
    /// One is being made.
    Making,
    Ready(T),
    /// None is made any more.
    Closed,
}

impl<T> Ahead<T> {
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(Place::Empty)))
    }

    fn lock(&self) -> MutexGuard<'_, Place<T>> {
        lock(&self.0)
    }

    /// Returns what is ready, and leaves the place empty.
    pub fn take(&self) -> Option<T> {
        let mut place = self.lock();
        match &*place {
            Place::Ready(_) => match std::mem::replace(&mut *place, Place::Empty) {
                Place::Ready(ready) => Some(ready),
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns the right to fill the place, or `None` if it is not empty.
    pub fn make(&self) -> Option<Making<T>> {
        let mut place = self.lock();
        match *place {
            Place::Empty => {
                *place = Place::Making;
                Some(Making(self.0.clone()))
            }
            _ => None,
        }
    }

    /// Closes the place, and returns what was ready.
    pub fn close(&self) -> Option<T> {
        match std::mem::replace(&mut *self.lock(), Place::Closed) {
            Place::Ready(ready) => Some(ready),
            _ => None,
        }
    }
}

fn lock<T>(place: &Mutex<Place<T>>) -> MutexGuard<'_, Place<T>> {
    place.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The right to fill a place. When dropped, the place is empty again unless it was filled.
pub(super) struct Making<T>(Arc<Mutex<Place<T>>>);

impl<T> Making<T> {
    /// Fills the place, unless it was closed meanwhile: then returns `made`.
    pub fn put(self, made: T) -> Option<T> {
        let mut place = lock(&self.0);
        match *place {
            Place::Making => {
                *place = Place::Ready(made);
                None
            }
            _ => Some(made),
        }
    }

    /// Closes the place.
    pub fn close(self) {
        *lock(&self.0) = Place::Closed;
    }
}

impl<T> Drop for Making<T> {
    fn drop(&mut self) {
        let mut place = lock(&self.0);
        if matches!(*place, Place::Making) {
            *place = Place::Empty;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_made_at_once_and_taken_once() {
        let ahead = Ahead::new();
        assert_eq!(ahead.take(), None);
        let making = ahead.make().unwrap();
        assert!(ahead.make().is_none() && ahead.take().is_none());
        assert_eq!(making.put(1), None);
        assert!(ahead.make().is_none(), "one is ready");
        assert_eq!((ahead.take(), ahead.take()), (Some(1), None));
        drop(ahead.make().unwrap());
        assert!(ahead.make().is_some(), "the right was dropped");
    }

    #[test]
    fn nothing_enters_a_closed_place() {
        let ahead = Ahead::new();
        let making = ahead.make().unwrap();
        assert_eq!(ahead.close(), None);
        assert_eq!(making.put(1), Some(1));
        assert!(ahead.take().is_none() && ahead.make().is_none());

        let ahead = Ahead::new();
        assert_eq!(ahead.make().unwrap().put(2), None);
        assert_eq!(ahead.close(), Some(2));

        let ahead = Ahead::<u8>::new();
        ahead.make().unwrap().close();
        assert!(ahead.make().is_none());
    }
}
