//! A text that was parsed.

use std::rc::Rc;

use tree_sitter::Tree;

use crate::clock::Clock;
use crate::language::Language;
use crate::problems::Problems;
use crate::symbols::Symbols;

/// A text and its tree.
#[derive(Clone)]
pub struct Parsed {
    /// The file, where several are read.
    pub path: Option<String>,
    pub language: &'static Language,
    pub text: Rc<str>,
    pub tree: Tree,
    /// What was wrong with the file before it was parsed.
    pub remark: Option<String>,
}

impl Parsed {
    /// Returns what does not fit the grammar.
    pub fn problems(&self, most: usize) -> Problems {
        let mut problems = Problems::of(self.language, &self.text, &self.tree, most);
        if let Some(remark) = &self.remark {
            problems.problem = Some(match problems.problem {
                None => remark.clone(),
                Some(problem) => format!("{problem}; {remark}"),
            });
        }
        problems
    }

    /// Returns the symbols.
    ///
    /// # Errors
    /// Fails when time is up.
    pub fn symbols(&self, clock: &mut Clock) -> Result<Symbols, String> {
        Symbols::of(self.language, &self.text, &self.tree, clock)
    }
}
