//! Which commands may be run, and where.

use super::section::{ShellLimits, ShellSection};
use crate::capabilities::filesystem::{FilesystemGrants, Owner};
use crate::denial::Denial;
use crate::open_error::OpenError;
use crate::pattern::{Pattern, literal};
use crate::section::compile;

/// The owner of the working directories.
const WORKING: Owner = Owner {
    capability: "shell",
    section: "permissions.shell",
    list: "allowed_dirs",
};

/// The compiled grants of `permissions.shell`.
#[derive(Clone, Debug, Default)]
pub struct ShellGrants {
    /// Whether any command may be run.
    pub enabled: bool,
    pub(crate) allowlist: Vec<(Pattern, String)>,
    /// Where commands may run: `allowed_dirs`, or the directories of `permissions.fs` when it is empty.
    pub directories: FilesystemGrants,
    /// Whether commands may use TCP.
    pub network: bool,
    /// Whether commands may signal processes that they did not start.
    pub signal_others: bool,
    /// Whether the skill fails to load when the kernel cannot confine its commands.
    pub require_confinement: bool,
    /// The resource limits of one command.
    pub limits: ShellLimits,
}

impl ShellGrants {
    /// Opens the working directories.
    ///
    /// # Errors
    /// [`OpenError`] when one of them cannot be opened.
    pub(crate) fn open(
        section: &ShellSection,
        files: &FilesystemGrants,
    ) -> Result<Self, OpenError> {
        Ok(Self {
            enabled: section.enabled,
            allowlist: compile(&section.allowlist),
            directories: files.open_working(WORKING, section.enabled, &section.allowed_dirs)?,
            network: section.network,
            signal_others: section.signal_others,
            require_confinement: section.require_confinement,
            limits: section.limits,
        })
    }

    /// Returns whether every command is allowed: the section is enabled and its list is empty.
    pub fn unrestricted(&self) -> bool {
        self.enabled && self.allowlist.is_empty()
    }

    /// Returns the entry that covers `command`: its words separated by single spaces, quoted if a shell needs quotes.
    ///
    /// # Errors
    /// [`Denial`] when no entry does.
    pub fn decide_command(&self, command: &str) -> Result<String, Denial> {
        if self.unrestricted() {
            return Ok(
                "permissions.shell.allowlist is empty, which allows every command".to_owned(),
            );
        }
        let mut covering = self.allowlist.iter();
        let found = covering.find(|(pattern, _)| pattern.matches(command));
        if let Some((_, rule)) = found.filter(|_| self.enabled) {
            return Ok(rule.clone());
        }
        Err(Denial::closed(
            "shell",
            self.enabled,
            command,
            &literal(command),
        ))
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;
    use crate::section::Entry;

    fn grants(enabled: bool, patterns: &[&str]) -> ShellGrants {
        let entry = |pattern: &&str| Entry {
            pattern: (*pattern).to_owned(),
            rule: format!("rule of {pattern}"),
        };
        let section = ShellSection {
            enabled,
            allowlist: patterns.iter().map(entry).collect(),
            ..Default::default()
        };
        ShellGrants::open(&section, &FilesystemGrants::default()).unwrap()
    }

    #[test]
    fn commands_are_matched_in_full() {
        let some = grants(true, &["git **", "./**", "python -m venv .venv", "go *"]);
        let rows = [
            ("git status", true),
            ("git", false),
            ("gitk x", false),
            ("/usr/bin/git status", false),
            ("./app -x", true),
            ("../app", false),
            ("python -m venv .venv", true),
            ("python -m venv .venv2", false),
            ("go build", true),
            ("go build ./...", false),
            ("rm -rf x", false),
        ];
        each_row(rows, |(command, allowed)| {
            assert_eq!(some.decide_command(command).is_ok(), allowed, "{command}");
        });
        assert_eq!(some.decide_command("git x").unwrap(), "rule of git **");
        assert!(
            grants(false, &["git **"])
                .decide_command("git status")
                .is_err()
        );
        assert!(grants(true, &[]).unrestricted());
        assert!(!grants(false, &[]).unrestricted());
    }
}
