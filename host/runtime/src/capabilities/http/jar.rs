//! The cookies of one skill, kept across calls and restarts.

use std::cmp::Reverse;
use std::io::BufReader;
use std::sync::{Mutex, PoisonError};

use cookie_store::{CookieStore, RawCookie};
use url::Url;

use crate::state::{Kind, StateStore};

/// Cookies of one skill.
const MAX_COOKIES: usize = 1_000;
/// Bytes of one cookie's name and value.
const MAX_COOKIE: usize = 4 << 10;

pub(crate) struct Jar {
    skill: String,
    state: StateStore,
    /// Read when it is first asked for.
    cookies: Mutex<Option<CookieStore>>,
}

impl Jar {
    pub fn new(skill: &str, state: StateStore) -> Self {
        Self {
            skill: skill.to_owned(),
            state,
            cookies: Mutex::default(),
        }
    }

    /// Names and values to send to `url`, those of longer paths first (RFC 6265, 5.4). Blocking, the first time.
    pub fn cookies(&self, url: &Url) -> Vec<(String, String)> {
        self.with(|cookies| {
            let mut found = cookies.matches(url);
            found.sort_by_key(|cookie| {
                let path: &str = cookie.path.as_ref();
                (Reverse(path.len()), cookie.name().to_owned())
            });
            let values = found.into_iter().map(|cookie| cookie.name_value());
            values
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect()
        })
    }

    /// Keeps what an answer from `url` sets. Blocking.
    ///
    /// # Errors
    /// The operating system's, when the jar cannot be written.
    pub fn keep(&self, url: &Url, set: Vec<RawCookie<'static>>) -> std::io::Result<()> {
        let fit = set.into_iter().filter(|cookie| {
            cookie.name().len() + cookie.value().len() <= MAX_COOKIE && !is_too_wide(cookie)
        });
        let fit: Vec<_> = fit.collect();
        if fit.is_empty() {
            return Ok(());
        }
        let text = self.with(|cookies| {
            for cookie in fit {
                if cookies.iter_unexpired().count() < MAX_COOKIES {
                    // One that is not for this host is none.
                    let _ = cookies.insert_raw(&cookie, url);
                }
            }
            let mut text = Vec::new();
            let saved =
                cookie_store::serde::json::save_incl_expired_and_nonpersistent(cookies, &mut text);
            saved
                .map(|()| text)
                .map_err(|error| std::io::Error::other(error.to_string()))
        })?;
        self.state.set(Kind::Cookies, &self.skill, &text)
    }

    fn with<T>(&self, work: impl FnOnce(&mut CookieStore) -> T) -> T {
        let mut slot = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        let cookies = slot.get_or_insert_with(|| {
            let text = self.state.get(Kind::Cookies, &self.skill).unwrap_or_default();
            if text.is_empty() {
                return CookieStore::default();
            }
            let read = cookie_store::serde::json::load_all(BufReader::new(text.as_slice()));
            read.unwrap_or_else(|error| {
                tracing::warn!(skill = %self.skill, "the cookies kept cannot be read and are forgotten: {error}");
                CookieStore::default()
            })
        });
        work(cookies)
    }
}

/// Whether it would be sent to all that have their names under one public suffix, such as `co.uk`.
fn is_too_wide(cookie: &RawCookie<'_>) -> bool {
    let Some(domain) = cookie.domain() else {
        return false;
    };
    let domain = domain.trim_start_matches('.').to_lowercase();
    psl::suffix_str(&domain).is_some_and(|suffix| suffix == domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> Vec<RawCookie<'static>> {
        vec![RawCookie::parse(text.to_owned()).unwrap()]
    }

    #[test]
    fn cookies_are_kept_for_their_hosts_and_across_restarts() {
        let directory = tempfile::tempdir().unwrap();
        let state = StateStore::open(directory.path()).unwrap();
        let (a, b) = ("https://x.a.co.uk/p/q", "https://y.a.co.uk/p/");
        let (a, b) = (Url::parse(a).unwrap(), Url::parse(b).unwrap());
        let jar = Jar::new("s", state.clone());
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
        assert_eq!(names(&Jar::new("s", state.clone()), &a), "clear host wide");
        assert_eq!(names(&Jar::new("other", state.clone()), &a), "");
        jar.keep(&a, set("host=; Max-Age=0")).unwrap();
        assert_eq!(names(&jar, &a), "clear wide");
        state.set(Kind::Cookies, "s", b"{broken").unwrap();
        assert_eq!(names(&Jar::new("s", state), &a), "");
    }
}
