//! How things fail.

use std::fmt;

/// Why a call was refused, in words an operator can act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// The capability asked: `filesystem`, `http`, …
    pub capability: String,
    /// What was asked of it: an absolute path, a URL, a command.
    pub target: String,
    /// One line of YAML that would allow it in the manifest, or empty.
    pub suggestion: String,
}

/// How a capability fails: the type `error` of the WIT interface `types`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The manifest does not allow this.
    Denied(Denial),
    /// The named thing does not exist.
    NotFound(String),
    /// The thing to be created exists already.
    AlreadyExists(String),
    /// An argument is invalid.
    Invalid(String),
    /// A value is larger than the function accepts or returns.
    TooLarge(String),
    /// A limit is reached: a rate, a budget or a quota; the text names it.
    LimitExceeded(String),
    /// The timeout or the call's deadline passed first.
    Timeout(String),
    /// The other side, or this call, has ended.
    Closed(String),
    /// This host does not offer the function.
    Unavailable(String),
    /// The operating system or the network failed; the text is the reason it gives.
    Io(String),
}

impl fmt::Display for Denial {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            capability,
            target,
            suggestion,
        } = self;
        write!(
            formatter,
            "permission denied: {capability} {target}; the manifest line that would allow it: {suggestion}"
        )
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(denial) => denial.fmt(formatter),
            Self::NotFound(text) => write!(formatter, "not found: {text}"),
            Self::AlreadyExists(text) => write!(formatter, "already exists: {text}"),
            Self::Timeout(text) => write!(formatter, "timeout: {text}"),
            Self::Closed(text) => write!(formatter, "closed: {text}"),
            Self::Unavailable(text) => write!(formatter, "unavailable: {text}"),
            Self::Invalid(text)
            | Self::TooLarge(text)
            | Self::LimitExceeded(text)
            | Self::Io(text) => formatter.write_str(text),
        }
    }
}

impl std::error::Error for Denial {}
impl std::error::Error for Error {}

impl From<Error> for String {
    fn from(error: Error) -> Self {
        error.to_string()
    }
}

/// Why another skill's method has no outcome: the type `failure` of the WIT interface `skills`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The method returned this error.
    Returned(String),
    /// It was not called, or did not end.
    Failed(Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Returned(text) => formatter.write_str(text),
            Self::Failed(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for String {
    fn from(failure: Failure) -> Self {
        failure.to_string()
    }
}

/// The error of functions under their older names, and of a method: a text for whoever called.
#[derive(Debug, Clone)]
pub struct SkillError(
    /// The text.
    pub String,
);

/// As the older SDK shows it. What a caller is told is the text alone.
impl fmt::Display for SkillError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "abi error: {}", self.0)
    }
}

impl std::error::Error for SkillError {}

impl From<Error> for SkillError {
    fn from(error: Error) -> Self {
        Self(error.into())
    }
}

impl From<Failure> for SkillError {
    fn from(failure: Failure) -> Self {
        Self(failure.into())
    }
}

impl From<String> for SkillError {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for SkillError {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<SkillError> for String {
    fn from(error: SkillError) -> Self {
        error.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_readable() {
        let denial = Denial {
            capability: "filesystem".to_owned(),
            target: "/x".to_owned(),
            suggestion: "r".to_owned(),
        };
        let denied = "permission denied: filesystem /x; the manifest line that would allow it: r";
        for (error, expected) in [
            (Error::Denied(denial), denied),
            (Error::NotFound("a".to_owned()), "not found: a"),
            (Error::Io("a".to_owned()), "a"),
        ] {
            assert_eq!(error.to_string(), expected);
            assert_eq!(SkillError::from(Failure::Failed(error)).0, expected);
        }
        assert_eq!(SkillError::from("a").to_string(), "abi error: a");
    }
}
