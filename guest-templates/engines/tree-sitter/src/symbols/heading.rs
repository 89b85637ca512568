//! Names of headings.

use tree_sitter::Node;

use crate::position;
use crate::walk::{self, Next, Visit};

/// The longest name that is kept, in bytes; longer ones are cut off where they are shown.
const LONGEST: usize = 2 * position::SHOWN;

/// Returns the text of a heading without its markup, or the markup if the heading has no text.
pub fn name(source: &str, heading: Node<'_>) -> String {
    let mut words = Words {
        source,
        text: String::new(),
        mark: "",
    };
    walk::from(heading, &mut words);
    match words.text.trim().is_empty() {
        true => words.mark.to_owned(),
        false => words.text,
    }
}

struct Words<'a> {
    source: &'a str,
    text: String,
    mark: &'a str,
}

impl<'tree> Visit<'tree> for Words<'_> {
    fn enter(&mut self, node: Node<'tree>, depth: usize) -> Next {
        if self.text.len() > LONGEST {
            return Next::Stop;
        }
        match node.kind() {
            "tag_name" if depth == 2 && self.mark.is_empty() => {
                self.mark = position::text(self.source, node);
            }
            "text" | "entity" => {
                let gap = self.text.len();
                self.text += position::text(self.source, node);
                // The blanks between nodes are in none of them.
                let before = position::slice(self.source, 0, node.start_byte());
                if gap > 0 && before.ends_with(char::is_whitespace) {
                    self.text.insert(gap, ' ');
                }
            }
            _ => {}
        }
        Next::Enter
    }
}
