//! Finds the id of a request in text that need not be JSON, so that an error can be sent under it.

use rmcp::model::RequestId;

/// The longest key or id that is considered, in bytes.
const LONGEST: usize = 512;

/// Searches text that arrives in parts for the member `id` of the outermost object. Buffers one key or id at most.
#[derive(Debug, Default)]
pub(crate) struct IdSearch {
    depth: usize,
    in_string: bool,
    /// The next byte is part of an escape.
    escaped: bool,
    /// The next string in the outermost object is a key.
    at_key: bool,
    /// The value that is being read belongs to the key `id`.
    in_id: bool,
    /// The key or the id that is being read.
    token: Vec<u8>,
    is_too_long: bool,
    /// The number of ids found: with two, neither is used.
    count: u32,
    found: Option<RequestId>,
    /// The message is a response to the host: its id is one of the host's.
    is_response: bool,
}

impl IdSearch {
    /// Searches the next part of the text.
    pub fn add(&mut self, part: &[u8]) {
        part.iter().for_each(|byte| self.next(*byte));
    }

    /// Returns the id if there is exactly one and the message is not a response.
    pub fn found(mut self) -> Option<RequestId> {
        self.end_value();
        self.found.filter(|_| self.count == 1 && !self.is_response)
    }

    fn next(&mut self, byte: u8) {
        if self.in_string {
            self.keep(byte);
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return;
        }
        match byte {
            b'{' | b'[' => {
                self.keep(byte);
                self.depth += 1;
                self.at_key = self.depth == 1 && byte == b'{';
            }
            b'}' | b']' => {
                if self.depth == 1 {
                    self.end_value();
                }
                self.depth = self.depth.saturating_sub(1);
            }
            b',' if self.depth == 1 => {
                self.end_value();
                self.at_key = true;
            }
            b':' if self.depth == 1 && self.at_key => {
                self.at_key = false;
                let key: Option<String> = serde_json::from_slice(&self.take()).ok();
                self.in_id = key.as_deref() == Some("id");
                self.is_response |= matches!(key.as_deref(), Some("result" | "error"));
            }
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => {
                self.in_string = byte == b'"';
                self.keep(byte);
            }
        }
    }

    fn keep(&mut self, byte: u8) {
        if self.depth != 1 || !(self.at_key || self.in_id) {
            return;
        }
        self.is_too_long |= self.token.len() == LONGEST;
        if !self.is_too_long {
            self.token.push(byte);
        }
    }

    /// Returns the key or id that has been read; `None` if it was too long.
    fn take(&mut self) -> Vec<u8> {
        let token = std::mem::take(&mut self.token);
        match std::mem::take(&mut self.is_too_long) {
            true => Vec::new(),
            false => token,
        }
    }

    fn end_value(&mut self) {
        let token = self.take();
        if std::mem::take(&mut self.in_id) {
            self.count += 1;
            self.found = serde_json::from_slice(&token).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn the_id_is_found_at_any_place() {
        let long = "x".repeat(LONGEST);
        let cases = [
            (r#"{"id":7}"#.to_owned(), "7"),
            (
                r#"{"a":[{"id":1}],"id" : "a\"b","b":{"id":2}}"#.to_owned(),
                r#""a\"b""#,
            ),
            (r#"{"\u0069d":7,"s":"\",\"id\":9"}"#.to_owned(), "7"),
            // What comes after it, or before, need not be JSON.
            (r#"{"id":7,"method":"#.to_owned(), "7"),
            (r#"{"id":7"#.to_owned(), "7"),
            (r#"{"x":"\ud800","id":7}"#.to_owned(), "7"),
            (r#"{"x" 5 nonsense,"id":7}"#.to_owned(), "7"),
            (format!(r#"{{"{long}":"{long}","id":7}}"#), "7"),
            // Neither of two ids is used, nor one of the host's, nor an invalid one.
            (r#"{"id":7,"id":7}"#.to_owned(), ""),
            (r#"{"id":7} {"id":8}"#.to_owned(), ""),
            (r#"{"id":7,"result":{}}"#.to_owned(), ""),
            (r#"{"id":[7]}"#.to_owned(), ""),
            (r#"{"id":{"id":7}}"#.to_owned(), ""),
            (r#"{"id":null}"#.to_owned(), ""),
            (r#"{"id":1e400}"#.to_owned(), ""),
            (format!(r#"{{"id":"{long}"}}"#), ""),
            (r#"[{"id":7}]"#.to_owned(), ""),
            (r#"{"a":{"id":7}}"#.to_owned(), ""),
            ("id: 7".to_owned(), ""),
            (String::new(), ""),
        ];
        for (text, expected) in cases {
            let rows = [1, 3, text.len().max(1)];
            each_row(rows, |parts| {
                let mut search = IdSearch::default();
                text.as_bytes()
                    .chunks(parts)
                    .for_each(|part| search.add(part));
                let expected: Option<RequestId> = serde_json::from_str(expected).ok();
                assert_eq!(search.found(), expected, "{text}");
            });
        }
    }
}
