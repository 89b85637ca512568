//! What the texts look like that patterns of each kind are matched against. An entry that matches none of them is a
//! mistake, and no manifest that holds one is used.

use std::sync::OnceLock;

use crate::automaton::{Automaton, has_text};
use crate::pattern::{Pattern, PatternError};

/// A kind of text. Each is described rather too wide than too narrow: an entry that matches something is never refused.
pub(crate) struct Kind {
    expression: fn() -> String,
    advice: &'static str,
    compile: fn(&str) -> Result<Pattern, PatternError>,
    set: OnceLock<Option<Automaton>>,
}

/// An absolute path with every link and `..` resolved.
pub(crate) static PATH: Kind = Kind::compiled_by(
    Pattern::path,
    || format!("/|(?:/{NAME})+"),
    "a path is absolute and has neither `.` nor `..` nor an empty name in it; write it as `/srv/data`",
);

/// A name of a path but `.` and `..`.
const NAME: &str = r"(?:[^/.\x00][^/\x00]*|\.[^/.\x00][^/\x00]*|\.\.[^/\x00]+)";

impl Kind {
    /// A kind whose texts match `expression` as a whole; `advice` says what such a text looks like, as the operator has to
    /// write it.
    pub const fn new(expression: fn() -> String, advice: &'static str) -> Self {
        Self::compiled_by(Pattern::new, expression, advice)
    }

    const fn compiled_by(
        compile: fn(&str) -> Result<Pattern, PatternError>,
        expression: fn() -> String,
        advice: &'static str,
    ) -> Self {
        Self {
            expression,
            advice,
            compile,
            set: OnceLock::new(),
        }
    }

    /// The set of the texts of this kind.
    pub fn automaton(&'static self) -> Option<&'static Automaton> {
        let set = || Automaton::new(&[format!("^(?:{})$", (self.expression)())]);
        self.set.get_or_init(set).as_ref()
    }

    /// Whether a pattern matches some text of this kind; true where that cannot be determined.
    pub fn has_match(&'static self, pattern: &Pattern) -> bool {
        let sets = Automaton::new(&[pattern.source().to_owned()]).zip(self.automaton());
        let found = sets.and_then(|(set, kind)| has_text(&set, &set, kind, |own, _| own));
        found != Some(false)
    }

    /// Compiles a pattern that must match some text of this kind.
    ///
    /// # Errors
    /// [`PatternError`] for a pattern that cannot be used, or matches nothing; it says what to write.
    pub fn pattern(&'static self, text: &str) -> Result<Pattern, PatternError> {
        let pattern = (self.compile)(text)?;
        if self.has_match(&pattern) {
            return Ok(pattern);
        }
        Err(PatternError {
            pattern: text.to_owned(),
            reason: format!("can match nothing: {}", self.advice()),
        })
    }

    /// What such a text looks like, as the operator has to write it.
    pub fn advice(&self) -> &'static str {
        self.advice
    }
}
