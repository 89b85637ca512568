//! The kinds of strings that patterns are matched against. An entry that matches no string of its kind is a mistake,
//! and a manifest that contains one is rejected.

use std::sync::OnceLock;

use crate::automaton::{Automaton, has_text};
use crate::pattern::{Pattern, PatternError};

/// A kind of string, described too widely rather than too narrowly: an entry that matches something is never rejected.
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

/// A component of a path except `.` and `..`.
const NAME: &str = r"(?:[^/.\x00][^/\x00]*|\.[^/.\x00][^/\x00]*|\.\.[^/\x00]+)";

impl Kind {
    /// Creates a kind whose strings match `expression` in full; `advice` tells the operator how to write one.
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

    /// Returns the set of strings of this kind.
    pub fn automaton(&'static self) -> Option<&'static Automaton> {
        let set = || Automaton::new(&[format!("^(?:{})$", (self.expression)())]);
        self.set.get_or_init(set).as_ref()
    }

    /// Returns whether a pattern matches some string of this kind; true if that cannot be determined.
    pub fn has_match(&'static self, pattern: &Pattern) -> bool {
        let sets = Automaton::new(&[pattern.source().to_owned()]).zip(self.automaton());
        let found = sets.and_then(|(set, kind)| has_text(&set, &set, kind, |own, _| own));
        found != Some(false)
    }

    /// Compiles a pattern that must match some string of this kind.
    ///
    /// # Errors
    /// [`PatternError`] for a pattern that is invalid or matches nothing; the message suggests what to write.
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

    /// Returns the advice that tells the operator how to write one.
    pub fn advice(&self) -> &'static str {
        self.advice
    }
}
