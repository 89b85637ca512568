//! What comes in pages, as iterators.

use std::vec;

use super::filesystem::{self, Entry, ListOptions};
use super::store::{self, Pair};
use crate::error::Error;

/// The items of all pages, one after the other; a page is asked for when the one before is used up. Ends after an error.
#[derive(Debug)]
struct Pages<T, F> {
    items: vec::IntoIter<T>,
    /// What the next page comes after; none when there is none.
    next: Option<Option<String>>,
    read: F,
}

/// A page: its items, and what the next one comes after.
type Page<T> = (Vec<T>, Option<String>);

impl<T, F: FnMut(Option<&str>) -> Result<Page<T>, Error>> Iterator for Pages<T, F> {
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.items.next() {
                return Some(Ok(item));
            }
            let after = self.next.take()?;
            match (self.read)(after.as_deref()) {
                Ok((items, next)) => {
                    self.items = items.into_iter();
                    self.next = next.map(Some);
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

fn pages<T>(
    read: impl FnMut(Option<&str>) -> Result<Page<T>, Error>,
) -> impl Iterator<Item = Result<T, Error>> {
    Pages {
        items: Vec::new().into_iter(),
        next: Some(None),
        read,
    }
}

/// Iterates over the entries of a directory.
///
/// # Errors
/// Each item those of `filesystem::list`.
pub fn entries<'a>(
    path: &'a str,
    options: Option<&'a ListOptions>,
) -> impl Iterator<Item = Result<Entry, Error>> + 'a {
    pages(move |after| {
        let page = filesystem::list(path, after, options)?;
        Ok((page.entries, page.next))
    })
}

/// Lists all entries of a directory; `details` adds times and modes.
///
/// # Errors
/// Those of `filesystem::list`.
pub fn list_all(path: &str, details: bool) -> Result<Vec<Entry>, Error> {
    let options = ListOptions::new();
    options.set_details(details);
    entries(path, Some(&options)).collect()
}

/// Iterates over the keys that begin with `prefix`. A namespace of none is the skill's own.
///
/// # Errors
/// Each item those of `store::keys`.
pub fn keys<'a>(
    namespace: Option<&'a str>,
    prefix: &'a str,
) -> impl Iterator<Item = Result<String, Error>> + 'a {
    pages(move |after| {
        let page = store::keys(namespace, prefix, after, 0)?;
        Ok((page.keys, page.next))
    })
}

/// Iterates over the pairs whose key begins with `prefix`. A namespace of none is the skill's own.
///
/// # Errors
/// Each item those of `store::pairs`.
pub fn pairs<'a>(
    namespace: Option<&'a str>,
    prefix: &'a str,
) -> impl Iterator<Item = Result<Pair, Error>> + 'a {
    pages(move |after| {
        let page = store::pairs(namespace, prefix, after, 0)?;
        Ok((page.pairs, page.next))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_all_pages_are_returned_until_an_error() {
        let read = |broken: u32| {
            pages(move |after| {
                let first: u32 = after.map_or(0, |after| after.parse().unwrap());
                if first == broken {
                    return Err(Error::Io("gone".to_owned()));
                }
                // The second page is empty, the third the last.
                let items = if first == 2 {
                    vec![]
                } else {
                    vec![first, first + 1]
                };
                Ok((items, (first < 4).then(|| (first + 2).to_string())))
            })
        };
        let all: Result<Vec<u32>, Error> = read(9).collect();
        assert_eq!(all.unwrap(), [0, 1, 4, 5]);
        let some: Vec<Result<u32, Error>> = read(4).collect();
        assert_eq!(some, [Ok(0), Ok(1), Err(Error::Io("gone".to_owned()))]);
    }
}
