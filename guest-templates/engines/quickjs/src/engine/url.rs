//! URLs as browsers read them.

use rquickjs::function::Func;
use rquickjs::{Object, Result};
use url::form_urlencoded::{self, Serializer};
use url::{Url, quirks};

/// `native.parseUrl(text, base)`: the parts, or null; `native.changeUrl(url, part, value)`: the new URL, or null;
/// `native.parseQuery(text)` and `native.formatQuery(pairs)`.
pub(super) fn install(native: &Object) -> Result<()> {
    native.set(
        "parseUrl",
        Func::from(|text: String, base: Option<String>| parse(&text, base.as_deref())),
    )?;
    native.set(
        "changeUrl",
        Func::from(|url: String, part: String, value: String| change(&url, &part, &value)),
    )?;
    let parse_query = |text: String| -> Vec<Vec<String>> {
        let pairs = form_urlencoded::parse(text.as_bytes());
        pairs
            .map(|(name, value)| vec![name.into_owned(), value.into_owned()])
            .collect()
    };
    native.set("parseQuery", Func::from(parse_query))?;
    let format_query = |pairs: Vec<Vec<String>>| -> String {
        let mut serializer = Serializer::new(String::new());
        for pair in &pairs {
            if let [name, value] = pair.as_slice() {
                serializer.append_pair(name, value);
            }
        }
        serializer.finish()
    };
    native.set("formatQuery", Func::from(format_query))
}

fn parse(text: &str, base: Option<&str>) -> Option<Vec<String>> {
    let base = match base {
        Some(base) => Some(Url::parse(base).ok()?),
        None => None,
    };
    let url = Url::options().base_url(base.as_ref()).parse(text).ok()?;
    let parts = [
        quirks::href(&url),
        quirks::protocol(&url),
        quirks::username(&url),
        quirks::password(&url),
        quirks::host(&url),
        quirks::hostname(&url),
        quirks::port(&url),
        quirks::pathname(&url),
        quirks::search(&url),
        quirks::hash(&url),
    ];
    let origin = quirks::origin(&url);
    Some(
        parts
            .map(str::to_owned)
            .into_iter()
            .chain([origin])
            .collect(),
    )
}

fn change(url: &str, part: &str, value: &str) -> Option<String> {
    let mut url = Url::parse(url).ok()?;
    // What is invalid changes nothing.
    match part {
        "protocol" => drop(quirks::set_protocol(&mut url, value)),
        "username" => drop(quirks::set_username(&mut url, value)),
        "password" => drop(quirks::set_password(&mut url, value)),
        "host" => drop(quirks::set_host(&mut url, value)),
        "hostname" => drop(quirks::set_hostname(&mut url, value)),
        "port" => drop(quirks::set_port(&mut url, value)),
        "pathname" => quirks::set_pathname(&mut url, value),
        "search" => quirks::set_search(&mut url, value),
        "hash" => quirks::set_hash(&mut url, value),
        _ => return None,
    }
    Some(url.into())
}
