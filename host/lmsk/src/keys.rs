//! `lmsk keys`

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use luminarys_package::PublicKey;
use serde_json::{Value, json};

use crate::cli::Keys;
use crate::files;
use crate::report::Report;
use crate::ring::{self, Ring};

pub(crate) fn run(command: &Keys) -> anyhow::Result<Report> {
    match command {
        Keys::List { json } => list(*json),
        Keys::Trust { key, name } => trust(key, name.as_deref()),
        Keys::Revoke { which } => revoke(which),
    }
}

fn list(as_json: bool) -> anyhow::Result<Report> {
    let ring = Ring::own()?;
    let keys = ring.keys()?;
    let own = own_key();
    let is_own = |key: &PublicKey| own.as_ref() == Some(key);
    if as_json {
        let keys = keys.iter().map(|it| {
            json!({
                "name": it.name,
                "id": it.key.id(),
                "own": is_own(&it.key),
                "public_key": it.key.to_text().trim(),
                "file": it.path,
            })
        });
        return Ok(Report::json(&Value::Array(keys.collect())));
    }
    if keys.is_empty() {
        return Ok(Report::text(format!(
            "the key ring {} is empty; `lmsk keys trust FILE.pub` adds a key\n",
            ring.path().display()
        )));
    }
    let width = keys.iter().map(|it| it.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for it in &keys {
        let own = if is_own(&it.key) { "  (your own)" } else { "" };
        writeln!(text, "{:width$}  {}{own}", it.name, it.key.id())?;
    }
    Ok(Report::text(text))
}

fn trust(text: &str, name: Option<&str>) -> anyhow::Result<Report> {
    let key = ring::public_key(text)?;
    let name = match name {
        Some(name) => name.to_owned(),
        None if ring::is_text(text) => key.id(),
        None => {
            let stem = Path::new(text).file_stem();
            let stem = stem.and_then(|stem| stem.to_str());
            stem.with_context(|| format!("{text} does not give the key a name; use --name"))?
                .to_owned()
        }
    };
    let added = Ring::own()?.trust(&key, &name)?;
    let how = match added.was_there {
        true => "is trusted already, as",
        false => "is trusted, as",
    };
    Ok(Report::text(format!("{} {how} {}\n", key.id(), added.name)))
}

fn revoke(which: &str) -> anyhow::Result<Report> {
    let mut text = String::new();
    for it in Ring::own()?.revoke(which)? {
        writeln!(text, "{} ({}) is no longer trusted", it.key.id(), it.name)?;
    }
    Ok(Report::text(text))
}

/// Returns the public half of the default key.
fn own_key() -> Option<PublicKey> {
    let path = files::default_key().ok()?.with_extension("pub");
    PublicKey::from_text(&files::read_key(&path).ok()?).ok()
}
