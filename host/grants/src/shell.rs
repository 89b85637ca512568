//! `permissions.shell`: the part of its decision that looks at the command's text.

use crate::denial::{Denial, quoted};
use crate::manifest::ShellSection;
use crate::network::compile;
use crate::pattern::Pattern;

/// `permissions.shell`, ready to decide.
#[derive(Clone, Debug, Default)]
pub struct ShellGrants {
    /// Whether any command may be run.
    pub enabled: bool,
    pub(crate) allowlist: Vec<(Pattern, String)>,
}

impl ShellGrants {
    pub(crate) fn new(section: &ShellSection) -> Self {
        Self {
            enabled: section.enabled,
            allowlist: compile(&section.allowlist),
        }
    }

    /// Whether every command is allowed: an enabled section with an empty list.
    pub fn unrestricted(&self) -> bool {
        self.enabled && self.allowlist.is_empty()
    }

    /// Whether the list covers `command`, runs of blanks counting as one.
    ///
    /// # Errors
    /// [`Denial`] when no entry does.
    pub fn decide_command(&self, command: &str) -> Result<(), Denial> {
        let text = command.split_whitespace().collect::<Vec<_>>().join(" ");
        if self.enabled
            && (self.allowlist.is_empty()
                || self.allowlist.iter().any(|(list, _)| list.matches(&text)))
        {
            return Ok(());
        }
        let rule = format!("permissions.shell.allowlist: [{}]", quoted(&text));
        if self.enabled {
            return Err(Denial::new(
                "shell",
                &text,
                "no entry of permissions.shell.allowlist matches",
                rule,
            ));
        }
        let reason = "permissions.shell is not enabled";
        Err(Denial::new(
            "shell",
            &text,
            reason,
            format!("permissions.shell.enabled: true, {rule}"),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Entry;

    #[test]
    fn commands_are_matched_with_blanks_collapsed() {
        let allowlist = vec![Entry {
            pattern: "git **".to_owned(),
            rule: String::new(),
        }];
        let grants = ShellGrants::new(&ShellSection {
            enabled: true,
            allowlist,
            ..Default::default()
        });
        assert!(grants.decide_command("git   status").is_ok());
        assert!(grants.decide_command("rm -rf x").is_err());
        assert!(ShellGrants::default().decide_command("git status").is_err());
        assert!(
            ShellGrants::new(&ShellSection {
                enabled: true,
                ..Default::default()
            })
            .unrestricted()
        );
    }
}
