//! What an author declares of a method's effects: the hints that MCP clients are given.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One word of `@skill:hint`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hint {
    /// It changes nothing. Enforced by the host.
    ReadOnly,
    /// It may change or remove what is there.
    Destructive,
    /// It only adds to what is there.
    NonDestructive,
    /// Calling it again with the same arguments changes nothing more.
    Idempotent,
    /// It reaches nothing outside of the host. Enforced by the host.
    ClosedWorld,
}

impl Hint {
    /// Every hint, with what it says.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::ReadOnly, "calls change nothing; the host enforces it"),
        (
            Self::Destructive,
            "calls may change or remove what is there, as is assumed where nothing is declared",
        ),
        (Self::NonDestructive, "calls only add to what is there"),
        (
            Self::Idempotent,
            "a second call with the same arguments changes nothing more",
        ),
        (
            Self::ClosedWorld,
            "calls reach nothing outside of the host; the host enforces it",
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

    /// Whether the two cannot be true of one method.
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
/// What stands twice, or contradicts another.
pub fn check_hints(hints: &[Hint]) -> Result<(), String> {
    for (position, hint) in hints.iter().enumerate() {
        let before = &hints[..position];
        if before.contains(hint) {
            return Err(format!("the hint {hint} stands twice"));
        }
        if let Some(other) = before.iter().find(|other| hint.contradicts(**other)) {
            return Err(format!(
                "the hints {other} and {hint} contradict each other"
            ));
        }
    }
    Ok(())
}

/// What is to be expected of a method: of one that declares nothing, the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Effects {
    /// It changes nothing.
    pub read_only: bool,
    /// It may change or remove what is there.
    pub destructive: bool,
    /// A second call with the same arguments changes nothing more.
    pub idempotent: bool,
    /// It may reach what is outside of the host.
    pub open_world: bool,
}

impl Default for Effects {
    fn default() -> Self {
        Self::of(&[])
    }
}

impl Effects {
    /// Returns what `hints` leave to be expected. What changes nothing destroys nothing, and changes nothing more the second
    /// time.
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

    /// Returns what is to be expected of something that does either.
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

/// Makes a title of a method's name: `read_file` becomes `Read file`.
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
    use super::*;
    use Hint::{ClosedWorld, Destructive, Idempotent, NonDestructive, ReadOnly};

    #[test]
    fn words_are_those_of_the_descriptor() {
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
        for (hints, expected) in [
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
        ] {
            let found = Effects::of(hints);
            let found = [
                found.read_only,
                found.destructive,
                found.idempotent,
                found.open_world,
            ];
            assert_eq!(found, expected, "{hints:?}");
        }
        let reads = Effects::of(&[ReadOnly, ClosedWorld]);
        assert_eq!(reads.or(Effects::default()), Effects::default());
        assert_eq!(reads.or(reads), reads);
    }

    #[test]
    fn contradictions_are_refused() {
        for (hints, good) in [
            (&[ReadOnly, Idempotent, ClosedWorld][..], true),
            (&[ReadOnly, NonDestructive], true),
            (&[ReadOnly, Destructive], false),
            (&[Destructive, ReadOnly], false),
            (&[NonDestructive, Destructive], false),
            (&[Idempotent, Idempotent], false),
        ] {
            assert_eq!(check_hints(hints).is_ok(), good, "{hints:?}");
        }
    }

    #[test]
    fn titles() {
        for (name, title) in [("read_file", "Read file"), ("a", "A"), ("x_1_y", "X 1 y")] {
            assert_eq!(title_of(name), title);
        }
    }
}
