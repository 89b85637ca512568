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
    /// A module whose file's name says that it is JavaScript.
    JavaScript,
}

impl Kind {
    /// What the file of this name is run as.
    pub fn of_file(name: &str) -> Self {
        match [".js", ".mjs", ".json"]
            .iter()
            .any(|end| name.ends_with(end))
        {
            true => Self::JavaScript,
            false => Self::Module,
        }
    }

    pub fn is_module(self) -> bool {
        matches!(self, Self::Module | Self::JavaScript)
    }
}
