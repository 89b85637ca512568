//! What the texts look like that patterns of each kind are matched against. An entry that matches none of them is a
//! mistake, and no manifest that holds one is used.

use std::sync::LazyLock;

use crate::automaton::{Automaton, has_text};
use crate::pattern::{Pattern, PatternError};

/// The expression for a host as a URL's parser gives it: a name in lower case and punycode, or an address.
fn host() -> String {
    let excluded = r"A-Z\x00-\x20#%./:<>?@\[\\\]^|\x7f-\x{10ffff}";
    let domain = DOMAIN
        .replace('L', &format!("[^{excluded}]"))
        .replace('N', &format!("[^0-9{excluded}]"));
    format!(r"(?:{domain}|{}|\[[0-9a-f:.]+\])", IPV4.replace('O', OCTET))
}

/// A kind of text. Each is described rather too wide than too narrow: an entry that matches something is never refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An absolute path with every link and `..` resolved.
    Path,
    /// The scheme of a URL that may be asked for.
    Scheme,
    /// The host of such a URL, and its port.
    Authority,
    /// What follows: the path and the query.
    PathAndQuery,
    /// A host and a port.
    Endpoint,
    /// A command's words, quoted as `command::join` does.
    Command,
    /// An event's topic.
    Topic,
    /// A shared namespace of the store.
    Namespace,
    /// A node of a cluster.
    Node,
}

/// A name of a path but `.` and `..`.
const NAME: &str = r"(?:[^/.\x00][^/\x00]*|\.[^/.\x00][^/\x00]*|\.\.[^/\x00]+)";
/// An address of four numbers in its usual form.
const IPV4: &str = r"(?:O\.O\.O\.O)";
/// A number of such an address.
const OCTET: &str = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
/// A character of a name in a host: `L` of any label, `N` but a digit. What ends in a number is an address.
const DOMAIN: &str = r"(?:(?:L*\.)*(?:N|[0-9]+N)L*)";
/// A port that can be connected to.
const PORT: &str =
    "(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";
/// A name in a URL's path but `.` and `..`, which the parser resolves: `T` is a character, `S` one but a dot.
const SEGMENT: &str = r"(?:|(?:S|\.S|\.\.T)T*)";
/// A word of a command, quoted as far as a shell needs it.
const WORD: &str = r#"(?:[-+./:@\]_0-9A-Za-z]|'[^'\\]*'|"(?:\\.|[^"\\$`!^])*")+"#;

impl Kind {
    const ALL: [Self; 9] = [
        Self::Path,
        Self::Scheme,
        Self::Authority,
        Self::PathAndQuery,
        Self::Endpoint,
        Self::Command,
        Self::Topic,
        Self::Namespace,
        Self::Node,
    ];

    /// The expression that each text of this kind matches as a whole.
    fn expression(self) -> String {
        let host = host();
        let inside = match self {
            Self::Path => format!("/|(?:/{NAME})+"),
            Self::Scheme => "https?|wss?".to_owned(),
            Self::Authority => format!("{host}(?::{PORT})?"),
            Self::PathAndQuery => {
                let class = r##"[^\x00-\x20"#<>?`{}\\/\x7f-\x{10ffff}]"##;
                let undotted = r##"[^\x00-\x20"#<>?`{}\\/.\x7f-\x{10ffff}]"##;
                let segment = SEGMENT.replace('S', undotted).replace('T', class);
                format!(r##"(?:/{segment})+(?:\?[^\x00-\x20"#<>'\x7f-\x{{10ffff}}]*)?"##)
            }
            Self::Endpoint => format!("{host}:{PORT}"),
            Self::Command => format!("{WORD}(?: {WORD})*"),
            Self::Topic => r"[^\x00-\x1f\x7f-\x9f*?\[\]{}\\]+".to_owned(),
            Self::Namespace => r"[^\x00-\x1f\x7f-\x9f]+".to_owned(),
            Self::Node => ".+".to_owned(),
        };
        format!("^(?:{inside})$")
    }

    /// The set of the texts of this kind.
    pub fn automaton(self) -> Option<&'static Automaton> {
        static SETS: LazyLock<Vec<(Kind, Option<Automaton>)>> = LazyLock::new(|| {
            let sets = Kind::ALL.into_iter();
            sets.map(|kind| (kind, Automaton::new(&[kind.expression()])))
                .collect()
        });
        let set = SETS.iter().find(|(kind, _)| *kind == self);
        set?.1.as_ref()
    }

    /// Whether a pattern matches some text of this kind; true where that cannot be determined.
    pub fn has_match(self, pattern: &Pattern) -> bool {
        let sets = Automaton::new(&[pattern.source().to_owned()]).zip(self.automaton());
        let found = sets.and_then(|(set, kind)| has_text(&set, &set, kind, |own, _| own));
        found != Some(false)
    }

    /// Compiles a pattern that must match some text of this kind.
    ///
    /// # Errors
    /// [`PatternError`] for a pattern that cannot be used, or matches nothing; it says what to write.
    pub fn pattern(self, text: &str) -> Result<Pattern, PatternError> {
        let pattern = match self {
            Self::Path => Pattern::path(text)?,
            _ => Pattern::new(text)?,
        };
        if self.has_match(&pattern) {
            return Ok(pattern);
        }
        Err(PatternError {
            pattern: text.to_owned(),
            reason: format!("can match nothing: {}", self.advice()),
        })
    }

    /// What such a text looks like, as the operator has to write it.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Path => {
                "a path is absolute and has neither `.` nor `..` nor an empty name in it; write it as `/srv/data`"
            }
            Self::Scheme => "the scheme of a URL is `http`, `https`, `ws` or `wss`",
            Self::Authority => {
                "a host is a name or an address without blanks or a dot at its end, with a port from 1 to 65535 or none; write \
                 `https://example.com/**` or `https://example.com:8443/**`"
            }
            Self::PathAndQuery => {
                "a URL is matched as it is sent: without a fragment (`#…`), with `.` and `..` resolved, and with blanks and \
                 letters outside ASCII written as `%20` and the like"
            }
            Self::Endpoint => {
                "an entry is a host and a port from 1 to 65535; write `db.example.com:5432`, or `db.example.com:*` for any \
                 port"
            }
            Self::Command => {
                "a command is matched as words with one blank between them; a word with other characters than a-z, \
                 A-Z, 0-9 and + - . / : @ ] _ stands in quotes"
            }
            Self::Topic => {
                "a topic has at least one character, and no control characters, brackets, braces, stars, question marks or \
                 backslashes"
            }
            Self::Namespace => "a namespace has at least one character, and no control characters",
            Self::Node => "a node has a name",
        }
    }
}

#[cfg(test)]
#[path = "kind_tests.rs"]
mod tests;
