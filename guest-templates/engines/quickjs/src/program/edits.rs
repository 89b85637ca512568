//! Changes of a text, and where each place of the changed text was before.

/// Replacements of ranges that do not overlap, in bytes of the original.
#[derive(Debug, Default)]
pub(crate) struct Edits(Vec<Edit>);

#[derive(Debug)]
struct Edit {
    start: usize,
    end: usize,
    text: String,
}

impl Edits {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn replace(&mut self, start: u32, end: u32, text: impl Into<String>) {
        self.0.push(Edit {
            start: start as usize,
            end: end as usize,
            text: text.into(),
        });
    }

    pub fn remove(&mut self, start: u32, end: u32) {
        self.replace(start, end, "");
    }

    pub fn insert(&mut self, at: u32, text: impl Into<String>) {
        self.replace(at, at, text);
    }

    /// Whether something that is removed ends here.
    pub fn removed_until(&self, end: u32) -> bool {
        let end = end as usize;
        // What ends here was removed last.
        let last = self.0.iter().rev().take(8);
        last.into_iter()
            .any(|edit| edit.end == end && edit.start < end && edit.text.is_empty())
    }

    /// Whether a word is in something that is changed.
    pub fn touch_word(&self, source: &str, word: &str) -> bool {
        self.0
            .iter()
            .any(|edit| has_word(&source[edit.start..edit.end], word))
    }

    /// Makes the changes. Of two that overlap, the one that begins first and reaches further is made.
    pub fn apply(mut self, source: &str) -> (String, Map) {
        // Stable: insertions at one place stay in the order in which they were made, before what is removed there.
        self.0
            .sort_by_key(|edit| (edit.start, edit.start != edit.end, usize::MAX - edit.end));
        let mut code = String::with_capacity(source.len());
        let mut parts = Vec::new();
        let mut at = 0;
        for edit in self.0 {
            if edit.start < at {
                continue;
            }
            if edit.start > at || parts.is_empty() {
                parts.push(Part::kept(code.len(), at));
                code += &source[at..edit.start];
            }
            if !edit.text.is_empty() {
                parts.push(Part {
                    is_inserted: true,
                    ..Part::kept(code.len(), edit.start)
                });
                code += &edit.text;
            }
            at = edit.end;
            parts.push(Part::kept(code.len(), at));
        }
        parts.push(Part::kept(code.len(), at));
        code += &source[at..];
        (code, Map { parts })
    }
}

/// Whether a text has a word by itself.
fn has_word(text: &str, word: &str) -> bool {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        !before.ends_with(is_letter) && !after.starts_with(is_letter)
    })
}

/// Where the parts of a changed text were.
#[derive(Debug, Default)]
pub(crate) struct Map {
    parts: Vec<Part>,
}

/// A part of a changed text: where it begins there, and in the original.
#[derive(Debug)]
struct Part {
    changed: usize,
    original: usize,
    is_inserted: bool,
}

impl Part {
    fn kept(changed: usize, original: usize) -> Self {
        Self {
            changed,
            original,
            is_inserted: false,
        }
    }
}

impl Map {
    /// The place in the original of an offset in the changed text; of inserted text where it was inserted.
    pub fn original(&self, offset: usize) -> usize {
        let next = self.parts.partition_point(|part| part.changed <= offset);
        match next.checked_sub(1).map(|index| &self.parts[index]) {
            Some(part) if part.is_inserted => part.original,
            Some(part) => part.original + (offset - part.changed),
            None => offset,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kept_byte_is_found_where_it_was() {
        let source = "const a: number = 1;\nlet b = a as string;\nreturn b";
        let cut = |text: &str| {
            let at = source.find(text).unwrap();
            (at as u32, (at + text.len()) as u32)
        };
        let mut edits = Edits::default();
        edits.insert(0, "L:{");
        for gone in [": number", " as string"] {
            let (start, end) = cut(gone);
            edits.remove(start, end);
        }
        let (start, end) = cut("return");
        edits.replace(start, end, "{(");
        let (code, map) = edits.apply(source);
        assert_eq!(code, "L:{const a = 1;\nlet b = a;\n{( b");
        for kept in ["const", "= 1", "let b", "= a", " b"] {
            let (changed, original) = (code.rfind(kept).unwrap(), source.rfind(kept).unwrap());
            assert_eq!(map.original(changed), original, "{kept}");
        }
    }
}
