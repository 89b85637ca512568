//! Git, as methods.

wit_bindgen::generate!({ path: ["../../../wit", "wit"], world: "luminarys-rust:git/git", generate_all });

use exports::luminarys_rust::git::repository::Guest;
use luminarys::skill::shell::{self, Command, End, RunOptions};
use luminarys::skill::types::Error;

struct Git;

type Answer = Result<String, String>;

/// Runs `git` with `arguments` in `workdir`. What comes from outside never stands where git looks for options.
fn git(workdir: String, arguments: &[&str]) -> Answer {
    let mut words = vec!["git".to_owned(), "--no-pager".to_owned()];
    words.extend(arguments.iter().map(|word| (*word).to_owned()));
    let options = RunOptions::new();
    options.set_directory(&workdir);
    let finished = shell::run(&Command::Words(words), Some(&options)).map_err(text)?;
    let output = finished.output.trim_end().to_owned();
    match finished.end {
        End::Exit(0) => Ok(output),
        End::Exit(code) => Err(format!("git ended with {code}: {output}")),
        End::Signal(signal) => Err(format!("git was ended by signal {signal}: {output}")),
    }
}

fn text(error: Error) -> String {
    match error {
        Error::Denied(denial) => format!(
            "denied: {}; to allow it, the manifest needs {}",
            denial.target, denial.suggestion
        ),
        Error::NotFound(text)
        | Error::AlreadyExists(text)
        | Error::Invalid(text)
        | Error::TooLarge(text)
        | Error::LimitExceeded(text)
        | Error::Timeout(text)
        | Error::Closed(text)
        | Error::Unavailable(text)
        | Error::Io(text) => text,
    }
}

/// A commit, branch or tag, which must not look like an option.
fn revision(text: &str) -> Result<&str, String> {
    if text.is_empty() || text.starts_with('-') {
        return Err(format!("{text:?} is no name of a commit, branch or tag"));
    }
    Ok(text)
}

fn given(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| !text.is_empty())
}

impl Guest for Git {
    fn init(workdir: String) -> Answer {
        git(workdir, &["init"])
    }

    fn status(workdir: String) -> Answer {
        git(workdir, &["status", "--short", "--branch"])
    }

    fn diff(workdir: String, path: Option<String>, staged: Option<bool>) -> Answer {
        let mut arguments = vec!["diff"];
        if staged == Some(true) {
            arguments.push("--cached");
        }
        arguments.push("--");
        arguments.extend(given(path.as_ref()));
        git(workdir, &arguments)
    }

    fn log(
        workdir: String,
        count: Option<u32>,
        path: Option<String>,
        oneline: Option<bool>,
    ) -> Answer {
        let count = format!("--max-count={}", count.unwrap_or(20));
        let format = match oneline {
            Some(true) => "--format=%h %s",
            _ => "--format=%h %an <%ae> %ad%n    %s",
        };
        let mut arguments = vec!["log", &count, "--date=iso-strict", format, "--"];
        arguments.extend(given(path.as_ref()));
        git(workdir, &arguments)
    }

    fn show(workdir: String, reference: Option<String>, stat: Option<bool>) -> Answer {
        let reference = revision(given(reference.as_ref()).unwrap_or("HEAD"))?;
        let mut arguments = vec!["show"];
        if stat == Some(true) {
            arguments.push("--stat");
        }
        arguments.extend([reference, "--"]);
        git(workdir, &arguments)
    }

    fn blame(workdir: String, path: String) -> Answer {
        git(workdir, &["blame", "--date=short", "--", &path])
    }

    fn branches(workdir: String) -> Answer {
        git(workdir, &["branch", "--all", "--verbose"])
    }

    fn tags(workdir: String) -> Answer {
        git(workdir, &["tag", "--list"])
    }

    fn diff_stat(workdir: String, from: Option<String>, to: Option<String>) -> Answer {
        let mut arguments = vec!["diff", "--stat"];
        arguments.push(revision(given(from.as_ref()).unwrap_or("HEAD"))?);
        if let Some(to) = given(to.as_ref()) {
            arguments.push(revision(to)?);
        }
        arguments.push("--");
        git(workdir, &arguments)
    }

    fn add(workdir: String, paths: Vec<String>) -> Answer {
        let mut arguments = vec!["add", "--"];
        arguments.extend(paths.iter().map(String::as_str));
        git(workdir.clone(), &arguments)?;
        git(workdir, &["diff", "--cached", "--name-status"])
    }

    fn commit(workdir: String, message: String) -> Answer {
        git(workdir, &["commit", &format!("--message={message}")])
    }

    fn create_branch(workdir: String, name: String, from: Option<String>) -> Answer {
        let from = revision(given(from.as_ref()).unwrap_or("HEAD"))?;
        git(workdir, &["switch", "--create", revision(&name)?, from])
    }

    fn checkout(workdir: String, reference: String) -> Answer {
        git(workdir, &["checkout", revision(&reference)?, "--"])
    }

    fn stash(workdir: String, message: Option<String>) -> Answer {
        let message = given(message.as_ref()).map(|message| format!("--message={message}"));
        let mut arguments = vec!["stash", "push"];
        arguments.extend(message.as_deref());
        git(workdir, &arguments)
    }

    fn stash_pop(workdir: String) -> Answer {
        git(workdir, &["stash", "pop"])
    }

    fn stash_list(workdir: String) -> Answer {
        git(workdir, &["stash", "list"])
    }

    fn restore(workdir: String, path: String) -> Answer {
        git(workdir, &["restore", "--", &path])
    }
}

export!(Git);
