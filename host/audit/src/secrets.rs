//! Secrets that text cannot be searched for.

use luminarys_grants::Grants;
use luminarys_text::{SHORTEST, is_too_short};

/// Returns a warning for each secret in the environment that is too short to be found in text.
pub fn unprotected(grants: &Grants) -> impl Iterator<Item = String> {
    let secrets = grants.env.secret_names().iter();
    let short = secrets.filter(|name| grants.env.get(*name).is_some_and(|it| is_too_short(it)));
    short.map(|name| {
        format!(
            "env.{name}: the secret has fewer than {SHORTEST} characters, so logs and errors may show it"
        )
    })
}
