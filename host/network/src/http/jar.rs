//! The cookies of one skill, which survive calls and restarts.

use std::cmp::Reverse;
use std::io::{self, BufReader};

use cookie_store::{CookieStore, RawCookie};
use url::Url;

/// The most cookies of one skill.
const MAX_COOKIES: usize = 1_000;
/// The most bytes of one cookie's name and value.
const MAX_COOKIE: usize = 4 << 10;

/// Where the bytes of one skill's jar are kept. Blocking.
pub trait CookieStorage: Send + Sync {
    /// Returns the bytes, or an empty list when nothing is kept.
    ///
    /// # Errors
    /// The operating system's.
    fn read(&self) -> io::Result<Vec<u8>>;

    /// Replaces the bytes by what `change` makes of them, without losing a concurrent change.
    ///
    /// # Errors
    /// The operating system's, or that of `change`.
    fn update(&self, change: Change<'_>) -> io::Result<()>;
}

/// Makes the new bytes of a jar out of the old ones.
pub type Change<'a> = Box<dyn FnOnce(Vec<u8>) -> io::Result<Vec<u8>> + 'a>;

/// The jar of one skill. It is read for each request and updated by each response, since an older instance of the skill, or
/// another process, may have changed it.
pub struct Jar {
    skill: String,
    storage: Box<dyn CookieStorage>,
}

impl Jar {
    /// Returns the jar of `skill`.
    pub fn new(skill: &str, storage: impl CookieStorage + 'static) -> Self {
        Self {
            skill: skill.to_owned(),
            storage: Box::new(storage),
        }
    }

    /// Returns the names and values to send to `url`, those of longer paths first (RFC 6265, section 5.4). Blocking.
    pub(crate) fn cookies(&self, url: &Url) -> Vec<(String, String)> {
        let kept = self.storage.read();
        let cookies = self.read(&kept.unwrap_or_default());
        let mut found = cookies.matches(url);
        found.sort_by_key(|cookie| {
            let path: &str = cookie.path.as_ref();
            (Reverse(path.len()), cookie.name().to_owned())
        });
        let values = found.into_iter().map(|cookie| cookie.name_value());
        values
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// Stores the cookies that a response from `url` sets. Blocking.
    ///
    /// # Errors
    /// The operating system's, when the jar cannot be written.
    pub(crate) fn keep(&self, url: &Url, set: Vec<RawCookie<'static>>) -> io::Result<()> {
        let fit = set.into_iter().filter(|cookie| {
            cookie.name().len() + cookie.value().len() <= MAX_COOKIE && !is_too_wide(cookie)
        });
        let fit: Vec<_> = fit.collect();
        if fit.is_empty() {
            return Ok(());
        }
        self.storage.update(Box::new(|kept| {
            let mut cookies = self.read(&kept);
            for cookie in fit {
                if cookies.iter_unexpired().count() < MAX_COOKIES {
                    // A cookie for another host is ignored.
                    let _ = cookies.insert_raw(&cookie, url);
                }
            }
            let mut text = Vec::new();
            let saved =
                cookie_store::serde::json::save_incl_expired_and_nonpersistent(&cookies, &mut text);
            saved
                .map(|()| text)
                .map_err(|error| io::Error::other(error.to_string()))
        }))
    }

    fn read(&self, kept: &[u8]) -> CookieStore {
        if kept.is_empty() {
            return CookieStore::default();
        }
        let read = cookie_store::serde::json::load_all(BufReader::new(kept));
        read.unwrap_or_else(|error| {
            tracing::warn!(skill = %self.skill, "the stored cookies cannot be read and are discarded: {error}");
            CookieStore::default()
        })
    }
}

/// Returns whether the cookie would be sent to all hosts under a public suffix, such as `co.uk`.
fn is_too_wide(cookie: &RawCookie<'_>) -> bool {
    let Some(domain) = cookie.domain() else {
        return false;
    };
    let domain = domain.trim_start_matches('.').to_lowercase();
    psl::suffix_str(&domain).is_some_and(|suffix| suffix == domain)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    fn set(text: &str) -> Vec<RawCookie<'static>> {
        vec![RawCookie::parse(text.to_owned()).unwrap()]
    }

    /// Storage in memory; clones share the bytes.
    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl CookieStorage for Memory {
        fn read(&self) -> io::Result<Vec<u8>> {
            Ok(self.0.lock().unwrap().clone())
        }

        fn update(&self, change: Change<'_>) -> io::Result<()> {
            let mut bytes = self.0.lock().unwrap();
            *bytes = change(std::mem::take(&mut bytes))?;
            Ok(())
        }
    }

    #[test]
    fn cookies_are_sent_to_their_hosts_only() {
        let (storage, other) = (Memory::default(), Memory::default());
        let (a, b) = ("https://x.a.co.uk/p/q", "https://y.a.co.uk/p/");
        let (a, b) = (Url::parse(a).unwrap(), Url::parse(b).unwrap());
        let jar = Jar::new("s", storage.clone());
        jar.keep(&a, set("host=1")).unwrap();
        jar.keep(&a, set("wide=2; Domain=a.co.uk; Path=/")).unwrap();
        jar.keep(&a, set("widest=3; Domain=co.uk")).unwrap();
        jar.keep(&a, set("foreign=4; Domain=b.test")).unwrap();
        jar.keep(&a, set(&format!("long={}", "x".repeat(5000))))
            .unwrap();
        jar.keep(&a, set("clear=5; Secure")).unwrap();
        let names = |jar: &Jar, url: &Url| {
            let mut names: Vec<_> = jar.cookies(url).into_iter().map(|(name, _)| name).collect();
            names.sort();
            names.join(" ")
        };
        assert_eq!(names(&jar, &a), "clear host wide");
        assert_eq!(names(&jar, &b), "wide");
        assert_eq!(
            names(&jar, &Url::parse("http://x.a.co.uk/p/q").unwrap()),
            "host wide"
        );
        assert_eq!(
            names(&Jar::new("s", storage.clone()), &a),
            "clear host wide"
        );
        assert_eq!(names(&Jar::new("other", other), &a), "");
        jar.keep(&a, set("host=; Max-Age=0")).unwrap();
        assert_eq!(names(&jar, &a), "clear wide");
        *storage.0.lock().unwrap() = b"{broken".to_vec();
        assert_eq!(names(&Jar::new("s", storage), &a), "");
    }
}
