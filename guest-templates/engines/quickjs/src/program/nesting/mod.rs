//! Bounds how deep a program is nested, before a parser that is recursive reads it.
//!
//! The count is of what is open at one place: brackets, and between them all that takes what follows it: `=>`, `?`, `:`, `else`,
//! `!`, `<`, … It is never below what a parser has open there, and may be above it. What ends is known where nothing can go on:
//! at a comma an expression ends, at a semicolon a statement does, and where a line ends between two operands.

#[cfg(test)]
pub(crate) mod tests;
mod token;

use token::{Before, Token, Tokens};

/// What a bracket counts.
const BRACKET: usize = 3;

/// Words before a statement that is part of theirs.
const STATEMENTS: [&str; 6] = ["do", "else", "for", "if", "while", "with"];
/// Words before the parentheses of a statement.
const HEADERS: [&str; 6] = ["catch", "for", "if", "switch", "while", "with"];
/// Words that go on with what is before them.
const GOING_ON: [&str; 12] = [
    "as",
    "catch",
    "else",
    "extends",
    "finally",
    "from",
    "implements",
    "in",
    "instanceof",
    "is",
    "of",
    "satisfies",
];
/// Words that something follows, and that are never names.
const PREFIXES: [&str; 26] = [
    "case",
    "catch",
    "class",
    "const",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "export",
    "extends",
    "finally",
    "for",
    "function",
    "if",
    "import",
    "in",
    "instanceof",
    "new",
    "return",
    "switch",
    "throw",
    "try",
    "typeof",
    "var",
    "void",
];
/// Words that something may follow, and that may be names.
const EITHER: [&str; 36] = [
    "abstract",
    "accessor",
    "as",
    "asserts",
    "async",
    "await",
    "constructor",
    "declare",
    "defer",
    "from",
    "get",
    "global",
    "implements",
    "infer",
    "interface",
    "is",
    "keyof",
    "let",
    "module",
    "namespace",
    "of",
    "out",
    "override",
    "package",
    "private",
    "protected",
    "public",
    "readonly",
    "satisfies",
    "set",
    "source",
    "static",
    "type",
    "unique",
    "using",
    "yield",
];

/// Words that begin a statement, and nothing else.
const BEGINNINGS: [&str; 11] = [
    "const", "do", "enum", "export", "for", "if", "return", "switch", "throw", "try", "var",
];

/// How deep a program is nested at most.
pub(super) fn nesting(text: &str) -> usize {
    let mut count = Count::default();
    let mut tokens = Tokens::new(text);
    while let Some(token) = tokens.next(count.before()) {
        count.token(token, tokens.newline);
    }
    count.deepest
}

/// What is open between two brackets.
#[derive(Default)]
struct Frame {
    /// The open bracket; none at the top.
    bracket: Option<u8>,
    /// Whether it is the parenthesis of `if (…)` and the like.
    is_header: bool,
    /// Statements within statements.
    statements: usize,
    /// Expressions and types within others.
    expressions: usize,
    /// Of these, those that a comma does not end: it may be one between `<` and `>`.
    kept: usize,
    angles: Vec<Angle>,
}

/// A `<`.
struct Angle {
    /// The expressions that were open before it, and that a comma did not end.
    before: (usize, usize),
    /// The expressions that are open after it.
    after: usize,
    /// Whether an operand follows its `>`: `<T>a`.
    is_prefix: bool,
}

impl Frame {
    fn clear(&mut self) {
        *self = Self {
            bracket: self.bracket,
            is_header: self.is_header,
            ..Self::default()
        };
    }

    /// Whether statements or members are in it.
    fn has_statements(&self) -> bool {
        matches!(self.bracket, None | Some(b'{'))
    }

    fn open(&self) -> usize {
        self.statements + self.expressions
    }
}

#[derive(Default)]
struct Count {
    frame: Frame,
    outer: Vec<Frame>,
    /// What is open in the outer frames.
    outside: usize,
    deepest: usize,
    before: Option<Before>,
    /// Whether the last token is a word that may be a label.
    is_label: bool,
    /// Whether a statement may begin here.
    at_start: bool,
    /// Whether the last token ended a statement, unless `else` or `while` follows.
    is_ended: bool,
    /// Whether the next parenthesis is the one of `if (…)` and the like.
    is_header: bool,
    after_dot: bool,
    /// Whether the last tokens are a name after `namespace`, which is as deep as it has parts.
    in_namespace: bool,
    /// Whether something had two readings: nothing ends any more.
    in_doubt: bool,
}

impl Count {
    fn before(&self) -> Before {
        self.before.unwrap_or(Before::Operator)
    }

    fn token(&mut self, token: Token, newline: bool) {
        let before = self.before();
        let (after_dot, is_label, is_header) = (self.after_dot, self.is_label, self.is_header);
        let at_start = self.at_start || self.before.is_none();
        (self.after_dot, self.is_label, self.is_header, self.at_start) =
            (false, false, false, false);
        let word = match token {
            Token::Word(word) if !after_dot => word,
            _ => "",
        };
        self.in_namespace &= matches!(token, Token::Word(_) | Token::Dot);
        self.in_namespace |= word == "namespace" || word == "module";
        if std::mem::take(&mut self.is_ended) && !["else", "while"].contains(&word) {
            self.end();
        }
        self.before = Some(match token {
            Token::Word(_) if after_dot => Before::Operand,
            Token::Word(word) => self.word(word, before, newline, at_start, is_header),
            Token::Literal => {
                self.operand("", before, newline);
                Before::Operand
            }
            Token::Template => Before::Operand,
            Token::Open(bracket) => {
                self.open(bracket, is_header && bracket == b'(');
                self.at_start = bracket == b'{';
                Before::Operator
            }
            Token::Close(bracket) => self.close(bracket),
            Token::Comma => {
                if !self.in_doubt {
                    self.frame.expressions = self.frame.kept;
                }
                Before::Operator
            }
            Token::Semicolon => {
                self.is_ended = self.frame.has_statements() || self.frame.is_header;
                self.at_start = true;
                Before::Operator
            }
            Token::Colon => {
                match is_label {
                    true => self.frame.statements += 1,
                    false => self.frame.expressions += 1,
                }
                self.at_start = true;
                Before::Operator
            }
            Token::Less => {
                self.less(before);
                Before::Operator
            }
            Token::Greater => self.greater(),
            Token::Prefix => {
                self.frame.expressions += 1;
                Before::Operator
            }
            Token::Binary => {
                self.frame.expressions += usize::from(before == Before::Operator);
                Before::Operator
            }
            Token::Bang | Token::Step if before == Before::Operand && !newline => before,
            Token::Bang | Token::Step => {
                self.frame.expressions += 1;
                match before {
                    Before::Operator | Before::Operand => Before::Operator,
                    _ => Before::Either,
                }
            }
            Token::Dot => {
                self.after_dot = true;
                self.frame.expressions += usize::from(self.in_namespace);
                before
            }
            Token::Doubt => {
                self.in_doubt = true;
                self.frame.expressions += 1;
                Before::Either
            }
        });
        let open = self.outside + self.frame.open();
        self.deepest = self.deepest.max(open);
    }

    /// Ends the statement that is open.
    fn end(&mut self) {
        if !self.in_doubt {
            self.frame.clear();
        }
    }

    /// Ends the statement before an operand that cannot go on with it.
    fn operand(&mut self, word: &str, before: Before, newline: bool) -> bool {
        let goes_on = GOING_ON.contains(&word) || word == "while";
        let is_other = match before {
            Before::Operand => newline && !goes_on,
            Before::Brace => !goes_on,
            Before::Angle => newline && BEGINNINGS.contains(&word),
            _ => false,
        };
        let ends = is_other && self.frame.has_statements();
        if ends {
            self.end();
        }
        ends
    }

    fn word(
        &mut self,
        word: &str,
        before: Before,
        newline: bool,
        at_start: bool,
        is_header: bool,
    ) -> Before {
        let ends = self.operand(word, before, newline);
        self.is_label = at_start || ends || before == Before::Header;
        self.is_header = HEADERS.contains(&word) || (is_header && word == "await");
        if STATEMENTS.contains(&word) {
            self.frame.statements += 1;
            self.at_start = true;
            return Before::Operator;
        }
        if PREFIXES.contains(&word) {
            self.frame.expressions += 1;
            return Before::Operator;
        }
        // Two words without an operator: the first one is something that is not known here.
        let is_second = !ends && matches!(before, Before::Operand | Before::Brace | Before::Angle);
        if EITHER.contains(&word) || is_second {
            self.frame.expressions += 1;
        }
        match EITHER.contains(&word) {
            true => Before::Either,
            false => Before::Operand,
        }
    }

    fn open(&mut self, bracket: u8, is_header: bool) {
        let frame = Frame {
            bracket: Some(bracket),
            is_header,
            ..Frame::default()
        };
        let outer = std::mem::replace(&mut self.frame, frame);
        self.outside += outer.open() + BRACKET;
        self.outer.push(outer);
    }

    fn close(&mut self, bracket: u8) -> Before {
        let is_header = self.frame.is_header;
        if !self.in_doubt
            && let Some(outer) = self.outer.pop()
        {
            self.outside -= outer.open() + BRACKET;
            self.frame = outer;
        }
        match bracket {
            b')' if is_header => {
                self.at_start = true;
                Before::Header
            }
            b'}' => {
                self.at_start = true;
                Before::Brace
            }
            _ => Before::Operand,
        }
    }

    fn less(&mut self, before: Before) {
        let frame = &mut self.frame;
        let angle = Angle {
            before: (frame.expressions, frame.kept),
            after: frame.expressions + 1,
            is_prefix: before != Before::Operand,
        };
        frame.expressions += 1;
        frame.kept = frame.expressions;
        frame.angles.push(angle);
    }

    fn greater(&mut self) -> Before {
        let frame = &mut self.frame;
        // With something open since, it may be a comparison.
        let closed = frame
            .angles
            .pop_if(|angle| angle.after == frame.expressions && !self.in_doubt);
        if let Some(angle) = closed {
            let (expressions, kept) = angle.before;
            frame.kept = kept;
            if !angle.is_prefix {
                frame.expressions = expressions;
            }
        }
        Before::Angle
    }
}
