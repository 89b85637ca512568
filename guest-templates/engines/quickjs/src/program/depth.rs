//! How deep a walk through a program is.

/// Levels of a walk. What is on the left of calls and members in a row is as deep as they are many.
const LEVELS: usize = 2_000;

/// Counts the levels of a walk.
#[derive(Debug, Default)]
pub(super) struct Depth {
    levels: usize,
    /// Whether there were too many: then no more is visited.
    pub is_over: bool,
}

impl Depth {
    /// Enters a level. False when it must not be entered.
    pub fn enter(&mut self) -> bool {
        self.is_over |= self.levels >= LEVELS;
        self.levels += usize::from(!self.is_over);
        !self.is_over
    }

    /// Leaves the level that was entered last.
    pub fn leave(&mut self) {
        self.levels -= 1;
    }
}
