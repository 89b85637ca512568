//! The sources of programs and modules.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::program::{Place, Source};

/// Sources that are kept, and their bytes.
const MAX_SOURCES: usize = 100;
const MAX_SOURCE_BYTES: usize = 8 << 20;

/// The sources by the names that stacks have: of a long session the last ones.
#[derive(Default)]
pub(super) struct Sources(VecDeque<(String, Rc<Source>)>);

impl Sources {
    pub fn add(&mut self, name: &str, source: Source) -> Rc<Source> {
        let source = Rc::new(source);
        self.0.retain(|(other, _)| other != name);
        self.0.push_back((name.to_owned(), source.clone()));
        let bytes = |all: &VecDeque<(String, Rc<Source>)>| -> usize {
            all.iter().map(|(_, source)| source.original.len()).sum()
        };
        while self.0.len() > MAX_SOURCES || (self.0.len() > 1 && bytes(&self.0) > MAX_SOURCE_BYTES)
        {
            self.0.pop_front();
        }
        source
    }

    /// Whether one was compiled as written.
    pub fn is_any_unread(&self) -> bool {
        self.0.iter().any(|(_, source)| source.is_unread)
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The place in the original of a place in a stack, and its source.
    pub fn find(&self, file: &str, line: usize, column: usize) -> Option<(Place, &Source)> {
        let mut known = self.0.iter().rev();
        let (_, source) = known.find(|(name, _)| name == file)?;
        Some((source.original_place(line, column), source))
    }
}
