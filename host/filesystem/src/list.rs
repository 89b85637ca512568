//! `list`: a directory, a page at a time.

use std::collections::BTreeMap;

use luminarys_grants::Access;

use crate::error::FsError;
use crate::filesystem::Filesystem;
use crate::model::{Entry, ListOptions, Page};
use crate::place::LastLink;
use crate::read::describe;
use crate::sys;

/// What one entry of a listing costs beside its name, in bytes.
const ENTRY_COST: u64 = 64;

impl Filesystem {
    /// Lists the entries of a directory whose names come after `after`, in byte order of their names, as many as the options
    /// and the output limit allow. Reads the whole directory, and holds no more than the page.
    ///
    /// # Errors
    /// [`FsError::Invalid`] for anything but a directory, [`FsError::TooLarge`] when the output limit has no room for one
    /// entry, or as [`Filesystem::read`].
    pub fn list(
        &self,
        path: &str,
        after: Option<&str>,
        options: ListOptions,
    ) -> Result<Page, FsError> {
        let resolved = self.resolve(path, LastLink::Follow, Access::Read)?;
        let directory = resolved.directory()?;
        let what = format!("the list of {}", resolved.path);
        let failed = |error| FsError::system(&resolved.path, error);
        let mut window = Window::new(options.limit, self.max_output_bytes);
        for name in sys::names(&directory).map_err(failed)? {
            let name = name.map_err(failed)?;
            if matches!(name.file_name().to_bytes(), b"." | b"..") {
                continue;
            }
            let shown = name.file_name().to_string_lossy();
            if after.is_some_and(|after| *shown <= *after) || !window.wants(&shown) {
                continue;
            }
            // What vanishes while it is listed is not listed.
            let Ok(stat) = sys::status(&directory, name.file_name()) else {
                continue;
            };
            window.add(describe(shown.into_owned(), &stat, options.details));
            self.hold(window.cost, &what)?;
        }
        window.page().ok_or_else(|| self.too_large(&what))
    }
}

/// The first entries, by name, that fit.
struct Window {
    most_entries: usize,
    most_cost: u64,
    /// Names that are not UTF-8 can look alike.
    entries: BTreeMap<String, Vec<Entry>>,
    count: usize,
    cost: u64,
    /// The first name that does not fit.
    cut: Option<String>,
}

impl Window {
    fn new(limit: u32, most_cost: u64) -> Self {
        Self {
            most_entries: match limit {
                0 => usize::MAX,
                limit => limit as usize,
            },
            most_cost,
            entries: BTreeMap::new(),
            count: 0,
            cost: 0,
            cut: None,
        }
    }

    /// Returns whether an entry of this name can be on the page.
    fn wants(&self, name: &str) -> bool {
        self.cut.as_deref().is_none_or(|cut| name < cut)
    }

    fn add(&mut self, entry: Entry) {
        self.count += 1;
        self.cost += cost(&entry);
        let alike = self.entries.entry(entry.name.clone()).or_default();
        alike.push(entry);
        // All of one name, since the next page begins after a name; and one name even if it is too often there.
        while self.cost > self.most_cost
            || (self.count > self.most_entries && self.entries.len() > 1)
        {
            let Some((name, dropped)) = self.entries.pop_last() else {
                return;
            };
            self.count -= dropped.len();
            self.cost -= dropped.iter().map(cost).sum::<u64>();
            self.cut = Some(name);
        }
    }

    /// Returns the page, or none when there are entries and no room for the first.
    fn page(self) -> Option<Page> {
        let last = self.entries.last_key_value().map(|(name, _)| name.clone());
        let next = match (self.cut, last) {
            (None, _) => None,
            (Some(_), Some(last)) => Some(last),
            (Some(_), None) => return None,
        };
        Some(Page {
            entries: self.entries.into_values().flatten().collect(),
            next,
        })
    }
}

fn cost(entry: &Entry) -> u64 {
    ENTRY_COST + entry.name.len() as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::FileKind;

    fn entry(name: &str) -> Entry {
        Entry {
            name: name.to_owned(),
            kind: FileKind::File,
            size: 0,
            details: None,
        }
    }

    /// Reads all pages as a guest does, from names in any order.
    fn pages(names: &[String], limit: u32, most_cost: u64) -> Option<Vec<Vec<String>>> {
        let mut pages = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let mut window = Window::new(limit, most_cost);
            for name in names {
                if after.as_ref().is_none_or(|after| name > after) && window.wants(name) {
                    window.add(entry(name));
                }
            }
            let page = window.page()?;
            pages.push(page.entries.into_iter().map(|entry| entry.name).collect());
            match page.next {
                Some(next) => after = Some(next),
                None => return Some(pages),
            }
        }
    }

    proptest! {
        #[test]
        fn every_entry_is_on_exactly_one_page(
            mut names in proptest::collection::hash_set("[a-f]{1,3}", 0..40),
            limit in 0_u32..9,
            room in 1_u64..9,
        ) {
            let given: Vec<String> = names.drain().collect();
            let pages = pages(&given, limit, room * (ENTRY_COST + 3)).unwrap();
            let mut sorted = given;
            sorted.sort();
            for (index, page) in pages.iter().enumerate() {
                prop_assert!(limit == 0 || page.len() <= limit as usize, "{pages:?}");
                prop_assert!(!page.is_empty() || pages.len() == 1, "page {index} of {pages:?}");
            }
            prop_assert_eq!(pages.concat(), sorted);
        }
    }

    #[test]
    fn names_that_look_alike_stay_together() {
        let names = ["a", "\u{fffd}", "\u{fffd}", "b"].map(str::to_owned);
        let found = pages(&names, 3, u64::MAX).unwrap();
        let expected = [vec!["a", "b"], vec!["\u{fffd}", "\u{fffd}"]];
        assert_eq!(found, expected);
        let found = pages(&names, 1, u64::MAX).unwrap();
        let expected = [vec!["a"], vec!["b"], vec!["\u{fffd}", "\u{fffd}"]];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_limit_without_room_for_one_entry_is_too_small() {
        assert!(pages(&["a".to_owned()], 0, ENTRY_COST).is_none());
        assert_eq!(pages(&[], 0, 0), Some(vec![vec![]]));
    }
}
