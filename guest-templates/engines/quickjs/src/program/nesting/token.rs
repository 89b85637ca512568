//! Cuts a program into tokens, as far as counting its nesting needs.
//!
//! Whether `/` divides or begins a pattern depends on the grammar. Where the tokens before it do not tell, nothing that follows is
//! trusted to end anything: see [`Token::Doubt`].

use std::mem;

/// A token. Those that nothing depends on are [`Token::Binary`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// A name, or a word of the language.
    Word(&'t str),
    /// A number, a string or a pattern.
    Literal,
    /// A template without its first `${`, or all of it.
    Template,
    /// `(`, `[`, `{` or `${`.
    Open(u8),
    /// `)`, `]`, `}`, or the `}` of `${`, which is `$` here.
    Close(u8),
    Comma,
    Semicolon,
    Colon,
    Less,
    Greater,
    /// An operator that takes all that follows: `=>`, `=`, `?`, `**`, `...`, `@`.
    Prefix,
    /// An operator between two operands, or before one: `+`, `-`, `*`, `&`, `|`, …
    Binary,
    /// `!`, which is before an operand, or after one in TypeScript.
    Bang,
    /// `++` or `--`.
    Step,
    /// `.` or `?.`: a name follows.
    Dot,
    /// Something that has two readings.
    Doubt,
}

/// What stands before a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// An operator, a separator, an open bracket, a word that an operand follows, or nothing.
    Operator,
    /// A word that may be either: `of`, `yield`, …
    Either,
    /// The end of an operand.
    Operand,
    /// The `)` of `if (…)` and the like.
    Header,
    /// A `}`.
    Brace,
    /// A `>`.
    Angle,
}

/// Cuts a program into tokens.
pub(super) struct Tokens<'t> {
    text: &'t str,
    at: usize,
    /// Brackets that are open; `true` is the one of `${`.
    open: Vec<bool>,
    /// Whether a template goes on here: its `${…}` was closed.
    in_template: bool,
    /// Whether a line ended before the last token.
    pub newline: bool,
}

impl<'t> Tokens<'t> {
    pub fn new(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            open: Vec::new(),
            in_template: false,
            newline: false,
        }
    }

    fn rest(&self) -> &'t [u8] {
        &self.text.as_bytes()[self.at..]
    }

    /// Passes over the bytes up to the first that `is_end` of, and returns it.
    fn skip_to(&mut self, is_end: impl Fn(u8) -> bool) -> Option<u8> {
        let rest = self.rest();
        let length = rest.iter().position(|byte| is_end(*byte));
        self.at += length.unwrap_or(rest.len());
        self.rest().first().copied()
    }

    /// The next token after what `before` says. None at the end.
    pub fn next(&mut self, before: Before) -> Option<Token<'t>> {
        if mem::take(&mut self.in_template) {
            return Some(self.template());
        }
        self.blanks();
        let word = self.word();
        if let Some(first) = word.bytes().next() {
            return Some(match first {
                // A name with an escape, which may have braces of its own.
                _ if word.contains('\\') => Token::Doubt,
                b'0'..=b'9' => Token::Literal,
                _ => Token::Word(word),
            });
        }
        let rest = self.rest();
        let first = *rest.first()?;
        let (token, length) = match (first, rest.get(1), rest.get(2)) {
            (b'"' | b'\'', ..) => {
                self.string(first);
                return Some(Token::Literal);
            }
            (b'`', ..) => {
                self.at += 1;
                return Some(self.template());
            }
            (b'}', ..) if self.open.last() == Some(&true) => {
                self.open.pop();
                self.in_template = true;
                (Token::Close(b'$'), 1)
            }
            (b'(' | b'[' | b'{', ..) => {
                self.open.push(false);
                (Token::Open(first), 1)
            }
            (b')' | b']' | b'}', ..) => {
                self.open.pop();
                (Token::Close(first), 1)
            }
            (b'/', ..) => return Some(self.slash(before)),
            // A comment, or two operators.
            (b'<', Some(b'!'), Some(b'-')) | (b'-', Some(b'-'), Some(b'>')) => (Token::Doubt, 1),
            (b',', ..) => (Token::Comma, 1),
            (b';', ..) => (Token::Semicolon, 1),
            (b':', ..) => (Token::Colon, 1),
            (b'=', Some(b'='), Some(b'=')) | (b'!', Some(b'='), Some(b'=')) => (Token::Binary, 3),
            (b'=' | b'!', Some(b'='), _) => (Token::Binary, 2),
            (b'=', Some(b'>'), _) => (Token::Prefix, 2),
            (b'=' | b'@', ..) => (Token::Prefix, 1),
            (b'.', Some(b'.'), Some(b'.')) => (Token::Prefix, 3),
            (b'.', Some(digit), _) if digit.is_ascii_digit() => (Token::Literal, 1),
            (b'.', ..) => (Token::Dot, 1),
            (b'?', Some(b'.'), digit) if !digit.is_some_and(u8::is_ascii_digit) => (Token::Dot, 2),
            (b'?', Some(b'?'), _) => (Token::Binary, 2),
            (b'?', ..) => (Token::Prefix, 1),
            (b'*', Some(b'*'), _) => (Token::Prefix, 2),
            (b'+', Some(b'+'), _) | (b'-', Some(b'-'), _) => (Token::Step, 2),
            (b'&', Some(b'&'), _) | (b'|', Some(b'|'), _) => (Token::Binary, 2),
            (b'!', ..) => (Token::Bang, 1),
            (b'<', Some(b'='), _) => (Token::Binary, 2),
            (b'<', ..) => (Token::Less, 1),
            (b'>', ..) => (Token::Greater, 1),
            _ => (Token::Binary, 1),
        };
        self.at += length;
        Some(token)
    }

    /// Takes a word; an empty one where none is.
    fn word(&mut self) -> &'t str {
        let rest = &self.text[self.at..];
        let word = &rest[..rest.find(|letter| !is_word(letter)).unwrap_or(rest.len())];
        self.at += word.len();
        word
    }

    fn blanks(&mut self) {
        self.newline = false;
        loop {
            match self.rest() {
                [b'\n' | b'\r', ..] => {
                    self.newline = true;
                    self.at += 1;
                }
                [byte, ..] if byte.is_ascii_whitespace() || *byte == 0x0B => self.at += 1,
                [0x80..=0xFF, ..] => {
                    let letter = self.text[self.at..].chars().next();
                    let Some(blank) = letter.filter(|letter| is_blank(*letter)) else {
                        return;
                    };
                    self.newline |= matches!(blank, '\u{2028}' | '\u{2029}');
                    self.at += blank.len_utf8();
                }
                [b'/', b'/', ..] => {
                    self.skip_to(|byte| byte == b'\n' || byte == b'\r');
                }
                [b'/', b'*', ..] => {
                    let rest = &self.text[self.at + 2..];
                    let end = rest.find("*/").map_or(rest.len(), |end| end + 2);
                    self.newline |= rest[..end].contains(['\n', '\r']);
                    self.at += 2 + end;
                }
                [b'#', b'!', ..] if self.at == 0 => {
                    self.skip_to(|byte| byte == b'\n' || byte == b'\r');
                }
                _ => return,
            }
        }
    }

    fn string(&mut self, quote: u8) {
        self.at += 1;
        while let Some(end) = self.skip_to(|byte| byte == quote || byte == b'\\' || byte == b'\n') {
            self.at += 1;
            match end {
                b'\\' => self.escape(),
                _ => return,
            }
        }
    }

    /// Passes over the character after a backslash.
    fn escape(&mut self) {
        let next = self.text[self.at..].chars().next();
        self.at += next.map_or(0, char::len_utf8);
    }

    fn template(&mut self) -> Token<'t> {
        while let Some(end) = self.skip_to(|byte| matches!(byte, b'`' | b'\\' | b'$')) {
            self.at += 1;
            match end {
                b'`' => return Token::Template,
                b'\\' => self.escape(),
                _ if self.rest().first() == Some(&b'{') => {
                    self.at += 1;
                    self.open.push(true);
                    return Token::Open(b'$');
                }
                _ => {}
            }
        }
        Token::Template
    }

    /// A `/` that begins no comment.
    fn slash(&mut self, before: Before) -> Token<'t> {
        match before {
            Before::Operand => {
                self.at += 1;
                Token::Binary
            }
            Before::Operator | Before::Header => self.pattern(),
            Before::Either | Before::Brace | Before::Angle => {
                self.at += 1;
                Token::Doubt
            }
        }
    }

    fn pattern(&mut self) -> Token<'t> {
        self.at += 1;
        let mut in_class = false;
        while let Some(end) =
            self.skip_to(|byte| matches!(byte, b'/' | b'\\' | b'[' | b']' | b'\n'))
        {
            self.at += 1;
            match end {
                b'\\' => self.escape(),
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if in_class => {}
                b'/' => {
                    self.word();
                    return Token::Literal;
                }
                _ => return Token::Doubt,
            }
        }
        Token::Doubt
    }
}

/// Whether a character can be part of a word, or of a number; the backslash of an escaped one can.
fn is_word(letter: char) -> bool {
    match letter {
        '_' | '$' | '#' | '\\' => true,
        letter if letter.is_ascii() => letter.is_ascii_alphanumeric(),
        letter => !is_blank(letter),
    }
}

fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || letter == '\u{FEFF}'
}
