//! A command's output, without secrets, and its exit code.

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use luminarys_package::{Descriptor, Method, Visibility};
use luminarys_text::{redact, redact_json, visible_json, visible_lines, visible_text};

/// A command that ran to its end.
pub(crate) struct Report {
    /// For standard output.
    text: String,
    /// Why a package is not trusted: printed on standard error, with exit code 1.
    problem: Option<String>,
}

impl Report {
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            problem: None,
        }
    }

    pub fn json(value: &serde_json::Value) -> Self {
        let mut value = value.clone();
        redact_json(&mut value);
        Self::text(format!("{}\n", visible_json(&format!("{value:#}"))))
    }

    /// What it prints.
    pub fn shown(&self) -> &str {
        &self.text
    }

    pub fn with_problem(mut self, problem: Option<String>) -> Self {
        self.problem = problem;
        self
    }
}

/// Returns `3 methods`: the number of methods that others than the skill itself can call.
pub(crate) fn methods(descriptor: &Descriptor) -> String {
    let callable = |method: &&Method| method.visibility != Visibility::Callback;
    match descriptor.methods.iter().filter(callable).count() {
        1 => "1 method".to_owned(),
        count => format!("{count} methods"),
    }
}

/// Prints a message on standard error. Text from others in it must be indented already.
pub(crate) fn say(text: &str) {
    // If standard error is closed, there is no one to tell.
    _ = writeln!(
        std::io::stderr(),
        "{}",
        visible_text(&redact(text.trim_end()))
    );
}

/// Returns a progress bar with this many steps, shown on a terminal only.
pub(crate) fn bar(steps: usize) -> ProgressBar {
    let bar = if std::io::stderr().is_terminal() {
        ProgressBar::new(steps as u64)
    } else {
        ProgressBar::hidden()
    };
    let style = ProgressStyle::with_template("{bar:20} {pos}/{len} {msg}");
    style
        .map(|style| bar.clone().with_style(style))
        .unwrap_or(bar)
}

/// Returns a spinner with a text, shown on a terminal only, until it is dropped.
pub(crate) fn progress(text: &str) -> Spinner {
    let spinner = if std::io::stderr().is_terminal() {
        ProgressBar::new_spinner()
    } else {
        ProgressBar::hidden()
    };
    spinner.set_message(text.to_owned());
    spinner.enable_steady_tick(Duration::from_millis(100));
    Spinner(spinner)
}

pub(crate) struct Spinner(ProgressBar);

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Prints the output with secrets redacted; text from others is one line, or indented already. A closed pipe, as with
/// `head`, is not an error.
pub(crate) fn print(result: anyhow::Result<Report>) -> ExitCode {
    let report = match result {
        Ok(report) => report,
        Err(error) => return complain(&format!("{error:#}"), 2),
    };
    let mut out = std::io::stdout().lock();
    let written = out
        .write_all(visible_text(&redact(&report.text)).as_bytes())
        .and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            complain(&format!("writing to standard output: {error}"), 2)
        }
        _ => match report.problem {
            Some(problem) => complain(&problem, 1),
            None => ExitCode::SUCCESS,
        },
    }
}

fn complain(text: &str, code: u8) -> ExitCode {
    // If standard error is closed, there is no one to tell.
    _ = writeln!(
        std::io::stderr(),
        "lmsk: {}",
        visible_lines(&redact(text), "  ")
    );
    ExitCode::from(code)
}
