//! What is left out of an answer, in one line.

/// A note that grows.
#[derive(Default)]
pub struct Note(Vec<String>);

impl Note {
    /// Adds a clause.
    pub fn add(&mut self, clause: impl Into<String>) {
        self.0.push(clause.into());
    }

    /// Returns the text; `None` if nothing was added.
    pub fn text(self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.join("; "))
    }
}

/// Returns a number with its noun: `1 file`, `2 files`.
pub fn many(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::Note;

    #[test]
    fn clauses_are_joined() {
        assert_eq!(Note::default().text(), None);
        let mut note = Note::default();
        note.add("one");
        note.add("two");
        assert_eq!(note.text().as_deref(), Some("one; two"));
    }
}
