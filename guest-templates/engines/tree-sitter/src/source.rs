//! Where a text comes from: the call, a granted file, or a document of the session.

use crate::clock::Clock;
use crate::language::Language;
use crate::luminarys::skill::filesystem::{self, FileKind};
use crate::luminarys::skill::types::Error;
use crate::parsed::Parsed;
use crate::{documents, parse};

/// What a call says about its source.
#[derive(Default)]
pub struct Input {
    pub path: Option<String>,
    pub code: Option<String>,
    pub document: Option<String>,
    pub language: Option<String>,
}

impl Input {
    /// Makes one, taking empty texts for absent ones where they cannot mean anything.
    pub fn new(
        path: Option<String>,
        code: Option<String>,
        document: Option<String>,
        language: Option<String>,
    ) -> Result<Self, String> {
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        let mut input = Self {
            path: some(path),
            code,
            document: some(document),
            language: some(language),
        };
        if input.path.is_some() || input.document.is_some() {
            input.code = some(input.code);
        }
        let given = [
            input.path.is_some(),
            input.code.is_some(),
            input.document.is_some(),
        ];
        match given.into_iter().filter(|is_given| *is_given).count() {
            1 => Ok(input),
            0 => Err("give a source: path, code (with language), or document".to_owned()),
            _ => Err("give one source only: path, code or document".to_owned()),
        }
    }

    /// Returns the directory, where the path is one.
    ///
    /// # Errors
    /// Fails when the path cannot be looked at.
    pub fn directory(&self) -> Result<Option<&str>, String> {
        let Some(path) = self.path.as_deref() else {
            return Ok(None);
        };
        let entry = filesystem::stat(path).map_err(error)?;
        Ok((entry.kind == FileKind::Directory).then_some(path))
    }

    /// Returns how long the text of a file or of the call is, in bytes, before it is read.
    ///
    /// # Errors
    /// Fails when the path cannot be looked at.
    pub fn bytes(&self) -> Result<usize, String> {
        match (&self.path, &self.code) {
            (Some(path), _) => {
                let entry = filesystem::stat(path).map_err(error)?;
                Ok(usize::try_from(entry.size).unwrap_or(usize::MAX))
            }
            (None, code) => Ok(code.as_ref().map_or(0, String::len)),
        }
    }

    /// Reads and parses the one source.
    ///
    /// # Errors
    /// Fails when it cannot be read or parsed, or its language is not known.
    pub fn parsed(&self, clock: &mut Clock) -> Result<Parsed, String> {
        if let Some(name) = &self.document {
            let parsed = documents::get(name)?;
            if let Some(given) = &self.language
                && !std::ptr::eq(Language::named(given)?, parsed.language)
            {
                return Err(format!(
                    "the document {name} was opened as {}, not as {given}; open it again to change that",
                    parsed.language.name
                ));
            }
            return Ok(parsed);
        }
        if let Some(path) = &self.path {
            return file(path, self.language.as_deref(), clock);
        }
        let Some(language) = &self.language else {
            return Err(format!(
                "language is required with code: the text does not say it; one of {}",
                crate::language::names()
            ));
        };
        let language = Language::named(language)?;
        let text = self.code.clone().unwrap_or_default();
        parsed(language, text, None, clock)
    }
}

/// Parses a text.
fn parsed(
    language: &'static Language,
    text: String,
    remark: Option<String>,
    clock: &mut Clock,
) -> Result<Parsed, String> {
    let tree = parse::parse(language, &text, None, clock)?;
    Ok(Parsed {
        path: None,
        language,
        text: text.into(),
        tree,
        remark,
    })
}

/// Reads and parses a file.
///
/// # Errors
/// Fails when it cannot be read or parsed, or its language is not known.
pub fn file(path: &str, given: Option<&str>, clock: &mut Clock) -> Result<Parsed, String> {
    let language = Language::of(given, Some(path))?;
    let (text, mut remark) = read(path)?;
    if let Some(other) = Language::of_file(path).filter(|other| !std::ptr::eq(*other, language)) {
        let remark = remark.get_or_insert_default();
        if !remark.is_empty() {
            remark.push_str("; ");
        }
        *remark += &format!(
            "it is read as {}, while its name says {}",
            language.title, other.title
        );
    }
    parsed(language, text, remark, clock)
}

/// Reads a file's text, and says what had to be replaced in it.
///
/// # Errors
/// Fails for a file that cannot be read, is too long, or is binary.
pub fn read(path: &str) -> Result<(String, Option<String>), String> {
    let entry = filesystem::stat(path).map_err(error)?;
    if entry.kind == FileKind::Directory {
        return Err(format!(
            "{path} is a directory: this method reads one file; search, symbol, references and query read directories"
        ));
    }
    parse::check_size(path, usize::try_from(entry.size).unwrap_or(usize::MAX))?;
    let bytes = filesystem::read(path).map_err(error)?;
    match String::from_utf8(bytes) {
        Ok(text) if text.contains('\0') => Err(format!("{path} is a binary file")),
        Ok(text) => Ok((text, None)),
        Err(broken) if broken.as_bytes().contains(&0) => Err(format!("{path} is a binary file")),
        Err(broken) => {
            let at = broken.utf8_error().valid_up_to();
            let line = broken.as_bytes()[..at]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count()
                + 1;
            let remark = format!(
                "the file is not UTF-8 (first on line {line}): U+FFFD stands for each wrong byte, and columns after one are off"
            );
            Ok((
                String::from_utf8_lossy(broken.as_bytes()).into_owned(),
                Some(remark),
            ))
        }
    }
}

/// Returns a capability's error as a sentence.
pub fn error(error: Error) -> String {
    match error {
        Error::Denied(denial) => format!(
            "denied: {}: the manifest does not allow it; {} would",
            denial.target, denial.suggestion
        ),
        Error::NotFound(text) => format!("not found: {text}"),
        Error::AlreadyExists(text) => format!("exists already: {text}"),
        Error::Invalid(text) => format!("invalid: {text}"),
        Error::TooLarge(text) => format!("too large: {text}"),
        Error::LimitExceeded(text) => format!("limit exceeded: {text}"),
        Error::Timeout(text) => format!("timed out: {text}"),
        Error::Closed(text) => format!("closed: {text}"),
        Error::Unavailable(text) => format!("unavailable: {text}"),
        Error::Io(text) => text,
    }
}
