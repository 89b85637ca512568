//! The capabilities, an interface a module, as the WIT files document them, with defaults for requests, text for headers,
//! iterators over pages, and shorthands for what is often done.
//!
//! ```ignore
//! use luminarys_sdk::skill::{self, Error, filesystem};
//!
//! let notes = skill::read_text("/data/notes.txt")?;
//! let found = filesystem::grep("TODO", Some("/data"), None)?;
//! ```

mod defaults;
mod http_text;
mod pages;

pub use crate::bindings::luminarys::skill::{
    archive, context, events, filesystem, http, llm, log, shell, skills, store, system, tcp,
    transfer, websocket,
};
pub use crate::error::{Denial, Error, Failure};
pub use pages::{entries, keys, list_all, pairs};

/// What every capability shares: the one error type. For `with` of wit-bindgen, when a skill's own world uses it.
pub mod types {
    pub use crate::error::{Denial, Error};

    /// A length of time, in milliseconds.
    pub type Duration = u64;

    /// A point in time, in milliseconds since 1970-01-01T00:00:00Z.
    pub type Instant = i64;
}

/// Reads a whole file as text.
///
/// # Errors
/// Those of `filesystem::read`; `Invalid` when the file is not UTF-8.
pub fn read_text(path: &str) -> Result<String, Error> {
    String::from_utf8(filesystem::read(path)?)
        .map_err(|_| Error::Invalid(format!("{path}: not UTF-8 text")))
}

/// Makes a file's content exactly this, text or bytes.
///
/// # Errors
/// Those of `filesystem::write`.
pub fn write(path: &str, content: impl AsRef<[u8]>) -> Result<(), Error> {
    filesystem::write(path, content.as_ref())
}

/// Gets a URL as text, redirects followed.
///
/// # Errors
/// Those of `http::get`; `NotFound` for the statuses 404 and 410, `Io` for others of 400 or more.
pub fn get_text(url: &str) -> Result<String, Error> {
    let response = http::get(url)?;
    match response.status {
        ..400 => Ok(response.text()),
        status @ (404 | 410) => Err(Error::NotFound(format!("HTTP {status}: {url}"))),
        status => Err(Error::Io(format!("HTTP {status}: {url}"))),
    }
}

/// Runs a command with the defaults and returns its output.
///
/// # Errors
/// Those of `shell::run`; `Io`, with the output, when it ends with another code than 0.
pub fn run(line: &str) -> Result<String, Error> {
    let finished = shell::run(&shell::Command::Line(line.to_owned()), None)?;
    match finished.end {
        shell::End::Exit(0) => Ok(finished.output),
        shell::End::Exit(code) => Err(Error::Io(format!(
            "{line}: exit code {code}\n{}",
            finished.output
        ))),
        shell::End::Signal(signal) => Err(Error::Io(format!(
            "{line}: ended by signal {signal}\n{}",
            finished.output
        ))),
    }
}

/// The call being served.
pub fn current_call() -> context::Call {
    context::get_call()
}

/// Tells the caller that `done` of `total` is done.
pub fn progress(done: u64, total: u64, message: &str) {
    let message = Some(message).filter(|message| !message.is_empty());
    context::progress(done as f64, Some(total as f64), message);
}
