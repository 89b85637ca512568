//! Errors as the cases look for them; a module of the guests that name this file.

use crate::luminarys::skill::types::Error;

pub(crate) fn text(error: Error) -> String {
    match error {
        Error::Denied(denial) => format!(
            "denied {} {}: {}",
            denial.capability, denial.target, denial.suggestion
        ),
        Error::NotFound(text) => format!("not found: {text}"),
        Error::AlreadyExists(text) => format!("exists: {text}"),
        Error::Invalid(text) => format!("invalid: {text}"),
        Error::TooLarge(text) => format!("too large: {text}"),
        Error::LimitExceeded(text) => format!("limit exceeded: {text}"),
        Error::Timeout(text) => format!("timeout: {text}"),
        Error::Closed(text) => format!("closed: {text}"),
        Error::Unavailable(text) => format!("unavailable: {text}"),
        Error::Io(text) => format!("io: {text}"),
    }
}
