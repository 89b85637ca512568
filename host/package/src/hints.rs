//! The declared effects of a method: the hints for MCP clients.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A word of `@skill:hint`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hint {
    /// It changes nothing. Enforced by the host.
    ReadOnly,
    /// It may change or remove existing data.
    Destructive,
    /// It only adds data.
    NonDestructive,
    /// Repeated calls with the same arguments have no further effect.
    Idempotent,
    /// It reaches no external systems. Enforced by the host.
    ClosedWorld,
}

impl Hint {
    /// Every hint with its meaning.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::ReadOnly, "calls change nothing; enforced by the host"),
        (
            Self::Destructive,
            "calls may change or remove existing data; the default",
        ),
        (Self::NonDestructive, "calls only add data"),
        (
            Self::Idempotent,
            "repeated calls with the same arguments have no further effect",
        ),
        (
            Self::ClosedWorld,
            "calls reach no external systems; enforced by the host",
        ),
    ];

    /// Returns the hint's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::Destructive => "destructive",
            Self::NonDestructive => "non-destructive",
            Self::Idempotent => "idempotent",
            Self::ClosedWorld => "closed-world",
        }
    }

    /// Returns the hint that `word` names.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().map(|(hint, _)| *hint);
        all.find(|hint| hint.word() == word)
    }

    /// Whether the two contradict each other.
    fn contradicts(self, other: Self) -> bool {
        use Hint::{Destructive, NonDestructive, ReadOnly};
        let pair = [self, other];
        pair.contains(&Destructive) && (pair.contains(&NonDestructive) || pair.contains(&ReadOnly))
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// Checks the hints of one method.
///
/// # Errors
/// Fails for hints that are repeated or contradict each other.
pub fn check_hints(hints: &[Hint]) -> Result<(), String> {
    for (position, hint) in hints.iter().enumerate() {
        let before = &hints[..position];
        if before.contains(hint) {
            return Err(format!("the hint {hint} is repeated"));
        }
        if let Some(other) = before.iter().find(|other| hint.contradicts(**other)) {
            return Err(format!(
                "the hints {other} and {hint} contradict each other"
            ));
        }
    }
    Ok(())
}

/// The possible effects of a method; without declarations, all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Effects {
    /// It changes nothing.
    pub read_only: bool,
    /// It may change or remove existing data.
    pub destructive: bool,
    /// Repeated calls with the same arguments have no further effect.
    pub idempotent: bool,
    /// It may reach external systems.
    pub open_world: bool,
}

impl Default for Effects {
    fn default() -> Self {
        Self::of(&[])
    }
}

impl Effects {
    /// Returns the effects that `hints` leave possible. A method that changes nothing is neither destructive nor
    /// non-idempotent.
    #[must_use]
    pub fn of(hints: &[Hint]) -> Self {
        let has = |hint| hints.contains(&hint);
        let read_only = has(Hint::ReadOnly);
        Self {
            read_only,
            destructive: !read_only && !has(Hint::NonDestructive),
            idempotent: read_only || has(Hint::Idempotent),
            open_world: !has(Hint::ClosedWorld),
        }
    }

    /// Returns the union of both effects.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            read_only: self.read_only && other.read_only,
            destructive: self.destructive || other.destructive,
            idempotent: self.idempotent && other.idempotent,
            open_world: self.open_world || other.open_world,
        }
    }
}

/// Makes a title from a method's name: `read_file` becomes `Read file`.
#[must_use]
pub fn title_of(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut characters = words.trim().chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;
    use Hint::{ClosedWorld, Destructive, Idempotent, NonDestructive, ReadOnly};

    #[test]
    fn hints_have_the_same_words_in_the_descriptor() {
        for (hint, _) in Hint::ALL {
            assert_eq!(Hint::of_word(hint.word()), Some(hint));
            let json = serde_json::to_value(hint).unwrap();
            assert_eq!(json, hint.word());
        }
        assert_eq!(Hint::of_word("readonly"), None);
    }

    #[test]
    fn effects_of_hints() {
        // read only, destructive, idempotent, open world
        let rows = [
            (&[][..], [false, true, false, true]),
            (&[Destructive], [false, true, false, true]),
            (&[NonDestructive], [false, false, false, true]),
            (&[Idempotent], [false, true, true, true]),
            (&[ReadOnly], [true, false, true, true]),
            (&[ReadOnly, ClosedWorld], [true, false, true, false]),
            (
                &[ReadOnly, NonDestructive, Idempotent],
                [true, false, true, true],
            ),
            (&[ClosedWorld], [false, true, false, false]),
        ];
        each_row(rows, |(hints, expected)| {
            let found = Effects::of(hints);
            let found = [
                found.read_only,
                found.destructive,
                found.idempotent,
                found.open_world,
            ];
            assert_eq!(found, expected, "{hints:?}");
        });
        let reads = Effects::of(&[ReadOnly, ClosedWorld]);
        assert_eq!(reads.or(Effects::default()), Effects::default());
        assert_eq!(reads.or(reads), reads);
    }

    #[test]
    fn contradictions_are_refused() {
        let rows = [
            (&[ReadOnly, Idempotent, ClosedWorld][..], true),
            (&[ReadOnly, NonDestructive], true),
            (&[ReadOnly, Destructive], false),
            (&[Destructive, ReadOnly], false),
            (&[NonDestructive, Destructive], false),
            (&[Idempotent, Idempotent], false),
        ];
        each_row(rows, |(hints, good)| {
            assert_eq!(check_hints(hints).is_ok(), good, "{hints:?}");
        });
    }

    #[test]
    fn titles() {
        let rows = [("read_file", "Read file"), ("a", "A"), ("x_1_y", "X 1 y")];
        each_row(rows, |(name, title)| {
            assert_eq!(title_of(name), title);
        });
    }
}
