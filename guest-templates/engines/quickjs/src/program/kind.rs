//! What a text is run as.

/// What a text is run as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A program that is run once.
    Program,
    /// One whose names later programs see and may define again.
    Session,
    /// A module, which is imported.
    Module,
}
