//! The storage of a skill's cookies.

use std::io;

use luminarys_network::http::{Change, CookieStorage};
use luminarys_store::{Kind, StateStore};

/// The cookies of one skill in the state store of all skills.
pub(crate) struct KeptCookies {
    skill: String,
    state: StateStore,
}

impl KeptCookies {
    /// Returns the cookies of `skill` in `state`.
    pub fn new(skill: &str, state: StateStore) -> Self {
        Self {
            skill: skill.to_owned(),
            state,
        }
    }
}

impl CookieStorage for KeptCookies {
    fn read(&self) -> io::Result<Vec<u8>> {
        self.state.get(Kind::Cookies, &self.skill)
    }

    fn update(&self, change: Change<'_>) -> io::Result<()> {
        self.state.update(Kind::Cookies, &self.skill, change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concurrent_updates_lose_nothing_and_survive_restarts() {
        let directory = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for number in 0..8_u8 {
                let directory = directory.path();
                scope.spawn(move || {
                    // Each has its own store, like a skill that is being reloaded, or another process.
                    let state = StateStore::open(directory).unwrap();
                    let cookies = KeptCookies::new("s", state);
                    for letter in [0, 1, 2] {
                        let add = |mut bytes: Vec<u8>| {
                            bytes.push(number * 3 + letter);
                            Ok(bytes)
                        };
                        cookies.update(Box::new(add)).unwrap();
                    }
                });
            }
        });
        let state = StateStore::open(directory.path()).unwrap();
        let mut kept = KeptCookies::new("s", state.clone()).read().unwrap();
        kept.sort_unstable();
        assert_eq!(kept, (0..24).collect::<Vec<u8>>());
        assert!(KeptCookies::new("t", state).read().unwrap().is_empty());
    }
}
