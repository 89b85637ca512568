//! Decides what is granted and trusted: from the command line, or by asking the user.

use std::path::Path;

use anyhow::bail;
use luminarys_grants::{command, keys};
use luminarys_package::{PublicKey, Requirement};
use luminarys_text::visible;

use super::ask;
use super::describe::{self, Signer};
use super::grant::Granted;
use super::manifest::Text;
use crate::cli::Add;
use crate::config::Config;
use crate::output;

/// The decisions.
pub(super) struct Decided {
    pub granted: Granted,
    /// Whether to trust the signer's key from now on.
    pub trusts: bool,
}

/// Decides about the package that `text` describes, to which `granted` is granted already; `named` is the configuration
/// that the command line names.
///
/// # Errors
/// Fails when the user refuses, or, if no one can be asked, with the options that are missing on the command line.
pub(super) fn decide(
    config: &Config,
    named: Option<&Path>,
    arguments: &Add,
    text: &Text<'_>,
    signer: Signer,
    mut granted: Granted,
) -> anyhow::Result<Decided> {
    let mut terminal = if arguments.json {
        None
    } else {
        ask::terminal()
    };
    let mut lacking = Lacking::default();
    let key = text
        .found
        .signer
        .as_ref()
        .map(PublicKey::id)
        .unwrap_or_default();
    let mut trusts = signer == Signer::Unknown;
    if trusts && arguments.trust_key.is_none() {
        match &mut terminal {
            Some(terminal) => {
                let question =
                    format!("Trust key {key}, for this and every other package that it signs?");
                trusts = terminal.confirm(&question)?;
                if !trusts {
                    bail!("nothing was added: key {key} is not trusted");
                }
            }
            None => lacking.option(
                format!("key {key}, which signed it, is not trusted"),
                &["--trust-key", &key],
            ),
        }
    }
    if let Some(terminal) = terminal.as_mut().filter(|_| may_ask(arguments, text)) {
        for capability in describe::capabilities(text.found.package.bytes()) {
            if !capability.is_asked_for || granted.has(capability.key) {
                continue;
            }
            let mut known = keys().filter(|key| key.name == capability.key);
            let example = known.next().map_or("", |key| key.example);
            let example = example.trim_matches('\'');
            let question = format!(
                "{}: which may it use? Such as {example}; leave empty for none:",
                capability.what
            );
            loop {
                let answer = terminal.text(&question)?;
                if answer.is_empty() {
                    break;
                }
                if let Err(error) = granted.add(&format!("{}={answer}", capability.key)) {
                    output::tell(error);
                }
            }
        }
    }
    let unmet = text.unmet(config, &granted)?;
    let mut required = granted.clone();
    let mut asked: Vec<&Requirement> = Vec::new();
    for one in &unmet {
        if required.require(one)?.is_some() {
            asked.push(one);
            continue;
        }
        let name = &one.pattern;
        match &mut terminal {
            Some(terminal) => {
                let question = format!("Value of {} ($VARIABLE, @FILE, or the text):", visible(name));
                let value = terminal.text(&question)?;
                if value.is_empty() {
                    bail!("nothing was added: it requires a value for {name}");
                }
                required.add(&format!("env.{name}={value}"))?;
            }
            None => lacking.value(format!(
                "it requires the variable {name}: --grant 'env.{name}=$VARIABLE' takes it from the host's environment, \
                 --grant env.{name}=@FILE from a file, --grant env.{name}=TEXT is the text"
            )),
        }
    }
    if !asked.is_empty() && !arguments.yes {
        match &mut terminal {
            Some(terminal) => {
                if !terminal.confirm("Grant what it requires?")? {
                    bail!("nothing was added: it cannot be loaded without what it requires");
                }
            }
            None => {
                let asked: Vec<String> = asked.into_iter().map(describe::requirement).collect();
                lacking.option(format!("it requires {}", asked.join(", ")), &["--yes"]);
            }
        }
    }
    lacking.check(named, arguments)?;
    Ok(Decided {
        granted: required,
        trusts,
    })
}

/// Whether to ask for more than the package requires: not if the command line has grants.
fn may_ask(arguments: &Add, text: &Text<'_>) -> bool {
    arguments.grant.is_empty() && !arguments.yes && !text.is_upgrade
}

/// The answers that are missing when no one can be asked.
#[derive(Default)]
struct Lacking {
    reasons: Vec<String>,
    options: Vec<String>,
    /// Whether a value is missing, so that no complete command can be offered.
    needs_value: bool,
}

impl Lacking {
    fn option(&mut self, reason: String, words: &[&str]) {
        self.reasons.push(reason);
        self.options
            .extend(words.iter().map(|word| (*word).to_owned()));
    }

    fn value(&mut self, reason: String) {
        self.reasons.push(reason);
        self.needs_value = true;
    }

    fn check(self, named: Option<&Path>, arguments: &Add) -> anyhow::Result<()> {
        if self.reasons.is_empty() {
            return Ok(());
        }
        let mut words = vec![
            "luminarys".to_owned(),
            "add".to_owned(),
            arguments.package.clone(),
        ];
        let mut option = |name: &str, value: Option<&String>| {
            if let Some(value) = value {
                words.extend([name.to_owned(), value.clone()]);
            }
        };
        let named = named.map(|file| file.display().to_string());
        option("--config", named.as_ref());
        option("--id", arguments.id.as_ref());
        for grant in &arguments.grant {
            option("--grant", Some(grant));
        }
        option("--trust-key", arguments.trust_key.as_ref());
        words.extend(arguments.yes.then(|| "--yes".to_owned()));
        words.extend(arguments.upgrade.then(|| "--upgrade".to_owned()));
        words.extend(self.options);
        let reasons = self.reasons.join("\n  ");
        // A command that may hold a secret is not shown.
        let is_text = |grant: &String| {
            let value = grant.strip_prefix("env.").and_then(|it| it.split_once('='));
            value.is_some_and(|(_, value)| !value.starts_with(['@', '$']))
        };
        let advice = match self.needs_value || arguments.grant.iter().any(is_text) {
            true => String::new(),
            false => format!("\nif you agree, run: {}", command::join(&words)),
        };
        bail!("nothing was added, since there is no terminal to ask on:\n  {reasons}{advice}")
    }
}
