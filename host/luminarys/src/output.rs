//! Prints results on standard output, everything else on standard error, colour and progress only on a
//! terminal. Secrets are redacted except in the result of a call, which the skill chose to return.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::LazyLock;
use std::time::Duration;

use anyhow::Context as _;
use clap::builder::styling::{AnsiColor, Style};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use luminarys_text::{redact, redact_json, visible, visible_lines};

/// The delay before a progress bar is shown.
const PROGRESS_DELAY: Duration = Duration::from_secs(1);

/// All progress bars; log lines are written past them.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Prints to standard output, redacted. A closed pipe, as with `head`, is not an error.
///
/// # Errors
/// The operating system's error, such as a full disk.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    print_result(&redact(text))
}

/// Prints a skill's result as it is.
///
/// # Errors
/// As [`print()`].
pub(crate) fn print_result(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("writing to standard output")
        }
        _ => Ok(()),
    }
}

/// Prints as indented JSON, whose strings are redacted before they are escaped.
///
/// # Errors
/// As [`print()`].
pub(crate) fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    let mut value = serde_json::to_value(value)?;
    redact_json(&mut value);
    print_result(&format!("{}\n", luminarys_text::to_json_pretty(&value)?))
}

/// Prints as JSON in one line, redacted in the same way.
///
/// # Errors
/// As [`print()`].
pub(crate) fn print_json_line(value: &impl serde::Serialize) -> anyhow::Result<()> {
    let mut value = serde_json::to_value(value)?;
    redact_json(&mut value);
    print_result(&format!("{}\n", luminarys_text::to_json(&value)?))
}

/// Prints a message, redacted, on standard error. Some of its text comes from packages, skills and registries, so
/// only its first line begins as the host's own messages do.
pub(crate) fn tell(text: impl Display) {
    let text = text.to_string();
    let text = format!("luminarys: {}\n", visible_lines(&redact(&text), "  "));
    // If standard error is closed, there is no one to tell.
    let _ = BARS.suspend(|| io::stderr().write_all(text.as_bytes()));
}

/// Colours for standard output if it is a terminal.
#[derive(Clone, Copy)]
pub(crate) struct Paint {
    on: bool,
}

impl Paint {
    pub fn new() -> Self {
        Self {
            on: io::stdout().is_terminal() && colour_is_wanted(),
        }
    }

    pub fn strong(self, text: impl Display) -> String {
        self.styled(Style::new().bold(), text)
    }

    pub fn good(self, text: impl Display) -> String {
        self.styled(AnsiColor::Green.on_default(), text)
    }

    pub fn bad(self, text: impl Display) -> String {
        self.styled(AnsiColor::Red.on_default().bold(), text)
    }

    pub fn doubtful(self, text: impl Display) -> String {
        self.styled(AnsiColor::Yellow.on_default(), text)
    }

    fn styled(self, style: Style, text: impl Display) -> String {
        let text = text.to_string();
        let text = visible(&text);
        if self.on {
            format!("{style}{text}{style:#}")
        } else {
            text.into_owned()
        }
    }
}

/// Whether the user accepts colour (<https://no-color.org>).
pub(crate) fn colour_is_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Returns a spinner that shows for how long it turns.
pub(crate) fn spinner() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})");
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Runs `work`, and shows a spinner on a terminal if it takes longer than a second.
pub(crate) async fn with_progress<T>(bar: &ProgressBar, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    tokio::select! {
        done = &mut work => done,
        () = tokio::time::sleep(PROGRESS_DELAY) => {
            // Drawn on standard error, if that is a terminal.
            let shown = BARS.add(bar.clone());
            shown.enable_steady_tick(Duration::from_millis(100));
            let done = work.await;
            shown.finish_and_clear();
            done
        }
    }
}

/// Standard error for log lines, which do not disturb the progress bar.
pub(crate) struct LogWriter;

impl io::Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        BARS.suspend(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_command_reaches_a_terminal() {
        assert_eq!(Paint { on: false }.bad("\x1b[0m\n"), "\\u{1b}[0m\\n");
        let painted = Paint { on: true }.good("y\x1b");
        assert!(
            painted.starts_with("\x1b[") && painted.contains("y\\u{1b}\x1b[0m"),
            "{painted:?}"
        );
    }
}
