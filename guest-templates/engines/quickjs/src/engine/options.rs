//! What a program is run with, and what it gives.

/// How a program is run.
#[derive(Debug, Default)]
pub struct Options<'o> {
    /// JSON, which the program has as `input`.
    pub input: Option<&'o str>,
    /// Whether it sees what earlier programs of the session defined, and later ones see what it defines.
    pub session: bool,
    /// Whether it is run as the older engine did: `console` knows no levels and shows objects as `String` does.
    pub plain: bool,
}

/// What a program gave.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The value of its last expression as JSON; none when that is `undefined`.
    pub value: Option<String>,
    /// What it printed.
    pub output: String,
}
