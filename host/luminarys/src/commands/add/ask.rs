//! Asks the user at the terminal.

use std::io::{self, BufRead, IsTerminal as _, Write};

/// A terminal with a user who can be asked.
pub(super) struct Terminal<R, W> {
    answers: R,
    questions: W,
}

/// Returns the user's terminal; `None` if standard input or error is not one.
pub(super) fn terminal() -> Option<Terminal<io::StdinLock<'static>, io::Stderr>> {
    let is_there = io::stdin().is_terminal() && io::stderr().is_terminal();
    is_there.then(|| Terminal {
        answers: io::stdin().lock(),
        questions: io::stderr(),
    })
}

impl<R: BufRead, W: Write> Terminal<R, W> {
    /// Asks a yes-or-no question; anything but yes is no.
    ///
    /// # Errors
    /// Fails when the terminal does.
    pub fn confirm(&mut self, question: &str) -> io::Result<bool> {
        let answer = self.text(&format!("{question} [y/N]"))?;
        Ok(["y", "yes"].contains(&answer.to_ascii_lowercase().as_str()))
    }

    /// Asks for a line, and trims it.
    ///
    /// # Errors
    /// Fails when the terminal does.
    pub fn text(&mut self, question: &str) -> io::Result<String> {
        write!(self.questions, "{question} ")?;
        self.questions.flush()?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn only_yes_is_yes() {
        let rows = [
            ("y\n", true),
            ("YES\n", true),
            (" yes \r\n", true),
            ("\n", false),
            ("n\n", false),
            ("yep\n", false),
            ("", false),
        ];
        each_row(rows, |(typed, expected)| {
            let mut asked = Vec::new();
            let mut terminal = Terminal {
                answers: typed.as_bytes(),
                questions: &mut asked,
            };
            assert_eq!(terminal.confirm("Really?").unwrap(), expected, "{typed:?}");
            assert_eq!(asked, b"Really? [y/N] ");
        });
    }
}
