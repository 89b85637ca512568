//! Errors and warnings about a source, with their places.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::SourceFile;

/// An error or a warning.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    warning: bool,
    unreadable: bool,
    message: String,
    label: String,
    help: Option<String>,
    file: usize,
    range: Range<usize>,
}

impl Diagnostic {
    pub(crate) fn error(range: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            warning: false,
            unreadable: false,
            message: message.into(),
            label: String::new(),
            help: None,
            file: 0,
            range,
        }
    }

    pub(crate) fn warning(range: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            warning: true,
            ..Self::error(range, message)
        }
    }

    /// The file is not in its language.
    pub(crate) fn unreadable(range: Range<usize>, language: &str) -> Self {
        Self {
            unreadable: true,
            ..Self::error(range, format!("this is not {language}"))
        }
    }

    pub(crate) fn is_unreadable(&self) -> bool {
        self.unreadable
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(crate) fn in_file(mut self, file: usize) -> Self {
        self.file = file;
        self
    }

    /// Whether it prevents generating code.
    #[must_use]
    pub fn is_error(&self) -> bool {
        !self.warning
    }

    /// Formats it with its line and a caret, as rustc does. `files` are the source files.
    #[must_use]
    pub fn render(&self, files: &[SourceFile], colour: bool) -> String {
        let Some(file) = files.get(self.file) else {
            return self.message.clone();
        };
        let level = if self.warning {
            Level::WARNING
        } else {
            Level::ERROR
        };
        let path = file.path.display().to_string();
        let length = file.text.len();
        let range = self.range.start.min(length)..self.range.end.min(length);
        let mut mark = AnnotationKind::Primary.span(range);
        if !self.label.is_empty() {
            mark = mark.label(&self.label);
        }
        let snippet = Snippet::source(&file.text).path(&path).annotation(mark);
        let mut group = Group::with_title(level.primary_title(&self.message)).element(snippet);
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help));
        }
        let renderer = if colour {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        renderer.render(&[group])
    }
}

/// Why a source cannot be used.
#[derive(Debug)]
pub struct Problems {
    /// The source files.
    pub files: Vec<SourceFile>,
    /// The diagnostics, at least one of them an error.
    pub diagnostics: Vec<Diagnostic>,
}

impl Problems {
    /// Formats all of them, as a compiler prints them.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        const MOST: usize = 50;
        let shown = self.diagnostics.iter().take(MOST);
        let shown = shown.map(|diagnostic| diagnostic.render(&self.files, colour));
        let mut shown: Vec<String> = shown.collect();
        if self.diagnostics.len() > MOST {
            shown.push(format!("and {} more", self.diagnostics.len() - MOST));
        }
        shown.join("\n\n")
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.render(false))
    }
}

impl std::error::Error for Problems {}
