//! Texts whose line ends stay as they are in the file.

/// A file's text with LF for every line end, and what each line end is in the file.
pub struct Lines {
    /// The text as it is searched and shown.
    pub text: String,
    ends: Vec<&'static str>,
}

impl Lines {
    /// Reads a file's text. Where it has no LF, a CR ends a line; elsewhere a lone CR is a character like others.
    pub fn new(file: &str) -> Self {
        let separator = if file.contains('\n') { "\n" } else { "\r" };
        let mut parts: Vec<&str> = file.split(separator).collect();
        let mut ends = vec![separator; parts.len() - 1];
        for (part, end) in parts.iter_mut().zip(&mut ends) {
            if let Some(line) = part.strip_suffix('\r') {
                (*part, *end) = (line, "\r\n");
            }
        }
        Self {
            text: parts.join("\n"),
            ends,
        }
    }

    /// Gives an argument the line ends of [`Self::text`].
    pub fn argument(&self, argument: &str) -> String {
        match self.ends.first() {
            None => argument.to_owned(),
            Some(&"\r") => argument.replace("\r\n", "\n").replace('\r', "\n"),
            Some(_) => argument.replace("\r\n", "\n"),
        }
    }

    /// Replaces `old` by `new` everywhere. Lines that both begin or end with keep their ends; other lines of `new`
    /// take those of the lines they replace, or of the line at that place.
    pub fn replace(&self, old: &str, new: &str) -> Self {
        let (old_lines, new_lines): (Vec<_>, Vec<_>) =
            (old.split('\n').collect(), new.split('\n').collect());
        let (removed, added) = (old_lines.len() - 1, new_lines.len() - 1);
        let same = |(a, b): &(&&str, &&str)| a == b;
        let shared = removed.min(added);
        let pairs = old_lines.iter().zip(&new_lines);
        let head = pairs.take_while(same).count().min(shared);
        let pairs = old_lines.iter().rev().zip(new_lines.iter().rev());
        let tail = pairs.take_while(same).count().min(shared - head);

        let parts: Vec<&str> = self.text.split(old).collect();
        let mut ends = Vec::new();
        let mut at = 0;
        for (position, part) in parts.iter().enumerate() {
            if position > 0 {
                let (first, last) = (at + head, at + removed - tail);
                let replaced = &self.ends[first..last];
                let here = replaced
                    .last()
                    .or_else(|| self.ends.get(first))
                    .or_else(|| self.ends[..first].last())
                    .unwrap_or(&"\n");
                ends.extend(&self.ends[at..first]);
                ends.extend(
                    (0..added - head - tail).map(|line| *replaced.get(line).unwrap_or(here)),
                );
                ends.extend(&self.ends[last..at + removed]);
                at += removed;
            }
            let next = at + part.matches('\n').count();
            ends.extend(&self.ends[at..next]);
            at = next;
        }
        Self {
            text: parts.join(new),
            ends,
        }
    }

    /// Gives the text back as the file has it.
    pub fn file(&self) -> String {
        let mut lines = self.text.split('\n');
        let mut file = lines.next().unwrap_or_default().to_owned();
        for (line, end) in lines.zip(&self.ends) {
            file += end;
            file += line;
        }
        file
    }
}

/// The line end of a file, as its last bytes tell: that of the last line that has one; LF where none has.
pub fn last_end(tail: &[u8]) -> &'static str {
    match tail.iter().rposition(|byte| *byte == b'\n') {
        Some(at) if tail[..at].ends_with(b"\r") => "\r\n",
        None if tail.contains(&b'\r') => "\r",
        _ => "\n",
    }
}
