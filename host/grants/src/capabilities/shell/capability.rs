//! The command-line words for commands, what a package can require, and the operator's questions.

use super::grants::ShellGrants;
use crate::capability::{
    About, Capability, Interface, Key, Place, Required, ValueKind, past_the_proxy,
};
use crate::command::canonical;
use crate::explain::{Asked, ExplainError, Explained, Flag, Outside, Question, Target};
use crate::protected::Protected;
use crate::requirement::{RequirementVerdict, listed};

const SECTION: &[&str] = &["permissions", "shell"];

/// The working directory of the command.
const DIRECTORY: Flag = Flag {
    name: "directory",
    value: Some("DIRECTORY"),
    help: "the working directory of the command",
};

pub(crate) static ABOUT: About = About {
    interfaces: &[Interface {
        name: "shell",
        what: "commands",
        key: "shell",
        is_asked_for: true,
    }],
    keys: &[
        Key {
            name: "shell",
            form: "COMMAND",
            help: "commands, optionally with wildcards",
            example: "'git **'",
            value: ValueKind::Text,
            place: Place::switched(SECTION, Some("allowlist")),
            shown: "shell",
            requirement: Some(Required {
                form: "the words of a command, optionally with wildcards",
                example: "shell git **",
            }),
        },
        Key {
            name: "shell.dir",
            form: "PATH[:ro|:rw]",
            help: "a working directory of commands",
            example: "/home/me/project:rw",
            value: ValueKind::Path,
            place: Place::switched(SECTION, Some("allowed_dirs")),
            shown: "shell, running in",
            requirement: None,
        },
    ],
    questions: &[Question {
        name: "shell",
        help: "Commands, and their working directory with --directory",
        target: Target::Needed("a command"),
        flags: &[DIRECTORY],
    }],
};

impl Capability for ShellGrants {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn requirement(&self, _: &str, pattern: &str, _: Option<&str>) -> RequirementVerdict {
        if self.unrestricted() {
            return RequirementVerdict::met(
                "permissions.shell.allowlist is empty, which allows every command",
            );
        }
        let entries = self.allowlist.iter();
        let entries = entries.map(|(pattern, rule)| (pattern.as_str(), rule));
        listed(self.enabled, entries, "shell", pattern)
    }

    fn explain(&self, _: &str, asked: &Asked) -> Result<Explained, ExplainError> {
        let line = canonical(asked.target()).map_err(ExplainError::Invalid)?;
        let rule = self.decide_command(&line)?;
        Ok(match asked.value(&DIRECTORY) {
            None => Explained::By(rule),
            Some(directory) => Explained::Outside(Outside::Directory {
                rule,
                directory: directory.to_owned(),
            }),
        })
    }

    fn reaches_out(&self) -> bool {
        self.enabled
    }

    fn proxy_warnings(&self) -> Vec<String> {
        let warning = || past_the_proxy("permissions.shell.network", "connections of commands");
        let is_past = self.enabled && self.network;
        is_past.then(warning).into_iter().collect()
    }

    fn protect(&mut self, protected: &Protected) {
        self.directories.close(protected);
    }
}
