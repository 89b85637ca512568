//! One decision as it is logged. Text that skills and clients choose is bounded.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The longest target kept, in bytes.
pub(crate) const MAX_TARGET: usize = 4 << 10;
/// The longest rule kept, in bytes.
pub(crate) const MAX_RULE: usize = 1 << 10;
/// The longest identity shown as it is, in bytes.
const MAX_IDENTITY: usize = 64;
/// The prefix of an identity that is shown as its digest.
const DIGEST: &str = "sha256:";

/// Whether a decision allowed or denied its target.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Allowed by the manifest's line `rule`.
    Allowed,
    /// Denied; `rule` would allow it.
    Denied,
}

/// One decision, or several equal ones.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct AuditRecord {
    /// The time of the last decision counted: RFC 3339, UTC, with milliseconds.
    pub time: String,
    /// The instance id.
    pub skill: String,
    /// The called method.
    pub method: String,
    /// The client: its token's name or digest prefix, or its address; `cli` for the command line; empty for the host's own
    /// calls.
    #[serde(default)]
    pub client: String,
    /// The client's session, as [`identity`] shows it; empty for the command line.
    pub session: String,
    /// The id of the call.
    pub request: String,
    /// The id shared by all calls that one outer request caused.
    pub trace: String,
    /// The instance id of the skill that made the call; empty when a client made it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub caller: String,
    /// The `request` of the call in which that skill made it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub parent: String,
    /// `filesystem`, `http`, …
    pub capability: String,
    /// What was asked for: a resolved path, a URL, a command, a method of another skill.
    pub target: String,
    /// The decision.
    pub verdict: Verdict,
    /// The manifest's line that allowed it, or would allow it.
    pub rule: String,
    /// How many decisions this line stands for, not counting those of other lines.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub count: u64,
}

fn one() -> u64 {
    1
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_one(count: &u64) -> bool {
    *count == 1
}

/// Returns an identity that a client chose in a form that is safe to log: unchanged when it is at most 64 visible ASCII
/// characters, otherwise as the beginning of its SHA-256, so that it cannot forge log text.
pub fn identity(text: &str) -> Cow<'_, str> {
    let plain = text.len() <= MAX_IDENTITY && text.bytes().all(|byte| byte.is_ascii_graphic());
    // A client must not choose the text that another client is shown as.
    if plain && !text.starts_with(DIGEST) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{DIGEST}{}", digest(text)))
}

/// Returns `text` cut to at most `limit` bytes; the length and digest of the whole text follow where it is cut.
pub(crate) fn bounded(mut text: String, limit: usize) -> String {
    let length = text.len();
    if length > limit {
        let cut = format!("… ({length} bytes, {DIGEST}{})", digest(&text));
        text.truncate(text.floor_char_boundary(limit));
        text.push_str(&cut);
    }
    text
}

/// Returns the first 64 bits of the SHA-256, in hexadecimal.
fn digest(text: &str) -> String {
    let digest = Sha256::digest(text);
    luminarys_text::hexadecimal(&digest[..8])
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn identities_are_short_and_cannot_be_chosen() {
        let rows = ["", "4c9a1f", "a-b_c.d", &"x".repeat(64)];
        each_row(rows, |text| {
            assert_eq!(identity(text), text);
        });
        let rows = [
            "a b",
            "a\nb",
            "é",
            "\u{202e}",
            &"x".repeat(65),
            &"x".repeat(60_000),
            "sha256:0123",
        ];
        each_row(rows, |text| {
            let shown = identity(text);
            assert!(shown.starts_with(DIGEST) && shown.len() == 23, "{shown}");
            assert_ne!(identity(&shown), shown);
        });
    }

    #[test]
    fn texts_cut_at_the_same_place_differ() {
        assert_eq!(bounded("é".repeat(2), 4), "éé");
        let (one, other) = (
            bounded("é".repeat(10) + "a", 3),
            bounded("é".repeat(10) + "b", 3),
        );
        assert!(one.starts_with("é… (21 bytes, sha256:"), "{one}");
        assert_ne!(one, other);
    }

    #[test]
    fn lines_without_client_and_count_are_read() {
        let line = r#"{"time":"t","skill":"s","method":"m","session":"","request":"1","trace":"1","capability":"c",
            "target":"t","verdict":"denied","rule":"r"}"#;
        let record: AuditRecord = serde_json::from_str(line).unwrap();
        assert_eq!((record.client.as_str(), record.count), ("", 1));
        let written = serde_json::to_string(&record).unwrap();
        for absent in ["count", "caller", "parent"] {
            assert!(!written.contains(absent), "{written}");
        }
    }
}
