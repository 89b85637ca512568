//! The cookies of one skill, kept across calls and restarts.

use std::cmp::Reverse;
use std::io::BufReader;

use cookie_store::{CookieStore, RawCookie};
use luminarys_store::{Kind, StateStore};
use url::Url;

/// Cookies of one skill.
const MAX_COOKIES: usize = 1_000;
/// Bytes of one cookie's name and value.
const MAX_COOKIE: usize = 4 << 10;

/// The jar of one skill: a file that is read for each request and changed by each answer, since an older instance of the
/// skill, or another process, may have changed it.
pub(crate) struct Jar {
    skill: String,
    state: StateStore,
}

impl Jar {
    pub fn new(skill: &str, state: StateStore) -> Self {
        Self {
            skill: skill.to_owned(),
            state,
        }
    }

    /// Names and values to send to `url`, those of longer paths first (RFC 6265, 5.4). Blocking.
    pub fn cookies(&self, url: &Url) -> Vec<(String, String)> {
        let kept = self.state.get(Kind::Cookies, &self.skill);
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

    /// Keeps what an answer from `url` sets, beside what others keep at the same time. Blocking.
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
        self.state.update(Kind::Cookies, &self.skill, |kept| {
            let mut cookies = self.read(&kept);
            for cookie in fit {
                if cookies.iter_unexpired().count() < MAX_COOKIES {
                    // One that is not for this host is none.
                    let _ = cookies.insert_raw(&cookie, url);
                }
            }
            let mut text = Vec::new();
            let saved =
                cookie_store::serde::json::save_incl_expired_and_nonpersistent(&cookies, &mut text);
            saved
                .map(|()| text)
                .map_err(|error| std::io::Error::other(error.to_string()))
        })
    }

    fn read(&self, kept: &[u8]) -> CookieStore {
        if kept.is_empty() {
            return CookieStore::default();
        }
        let read = cookie_store::serde::json::load_all(BufReader::new(kept));
        read.unwrap_or_else(|error| {
            tracing::warn!(skill = %self.skill, "the cookies kept cannot be read and are forgotten: {error}");
            CookieStore::default()
        })
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
    fn answers_side_by_side_lose_no_cookie() {
        let directory = tempfile::tempdir().unwrap();
        let url = Url::parse("https://a.test/").unwrap();
        std::thread::scope(|scope| {
            for number in 0..8 {
                let (directory, url) = (directory.path(), &url);
                scope.spawn(move || {
                    // Another jar each, as that of a skill that is being reloaded.
                    let jar = Jar::new("s", StateStore::open(directory).unwrap());
                    for letter in ["a", "b", "c"] {
                        jar.keep(url, set(&format!("{letter}{number}=1"))).unwrap();
                    }
                });
            }
        });
        let jar = Jar::new("s", StateStore::open(directory.path()).unwrap());
        assert_eq!(jar.cookies(&url).len(), 24);
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
