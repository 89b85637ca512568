//! `luminarys explain`

use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::ValueEnum as _;
use luminarys_grants::{Access, Denial, Grants, InvokeGrants, Manifest, Protected};
use luminarys_orchestrator::{
    ExplainError, Settings, authority_of, between, explain_address, explain_command, explain_event,
    explain_lookup, explain_model, explain_path, explain_request, explain_schedule, explain_store,
    explain_websocket,
};
use luminarys_text::visible;
use serde_json::json;

use super::loading;
use crate::cli::{Capability, Explain};
use crate::config::Config;
use crate::exit;
use crate::output::{self, Paint};

pub(super) async fn run(config: Config, arguments: &Explain) -> anyhow::Result<u8> {
    let mut own = config.settings.clone();
    loading::only(&mut own, &arguments.skill)?;
    let path = own.manifests.first().context("no manifest")?;
    let manifest = Manifest::load(path, &|name| own.variable(name))?;
    let mut grants = Grants::open(&manifest)?;
    let protected = Protected::default();
    own.authority.extend(authority_of(path, &manifest));
    protected.replace(&own.authority);
    grants.protect(&protected);
    let answer = decide(Arc::new(grants), &manifest, &config.settings, arguments).await?;
    if arguments.json {
        output::print_json(&match &answer {
            Ok(rule) => json!({ "allowed": true, "rule": rule }),
            Err(denial) => {
                json!({ "allowed": false, "reason": denial.reason, "rule": denial.rule })
            }
        })?;
    } else {
        let paint = Paint::new();
        output::print(&match &answer {
            Ok(rule) => format!("{}  by {}\n", paint.good("allowed"), visible(rule)),
            Err(denial) if denial.rule.starts_with("none") => format!(
                "{}  {}\nno line of a manifest allows it: {}\n",
                paint.bad("denied"),
                visible(&denial.reason),
                visible(&denial.rule)
            ),
            Err(denial) => format!(
                "{}  {}\nto allow it, add to the manifest: {}\n",
                paint.bad("denied"),
                visible(&denial.reason),
                visible(&denial.rule)
            ),
        })?;
    }
    Ok(if answer.is_ok() {
        exit::OK
    } else {
        exit::DENIED
    })
}

/// The line that allows it, or the denial.
async fn decide(
    grants: Arc<Grants>,
    manifest: &Manifest,
    settings: &Settings,
    arguments: &Explain,
) -> anyhow::Result<Result<String, Denial>> {
    check_options(arguments)?;
    let target = arguments.target.as_str();
    let file = manifest.file();
    let network = settings.network.clone();
    let access = match arguments.write {
        true => Access::Write,
        false => Access::Read,
    };
    Ok(match arguments.capability {
        Capability::Filesystem => answer(explain_path(grants, target, access))?,
        Capability::Http => answer(explain_request(&grants, target, network).await)?,
        Capability::Websocket => {
            let insecure = arguments.insecure;
            answer(explain_websocket(&grants, target, insecure, network).await)?
        }
        Capability::Tcp => match target.strip_suffix(":*") {
            Some(host) => answer(explain_lookup(&grants, host))?,
            None => {
                let insecure = arguments.insecure;
                answer(explain_address(&grants, target, insecure, network).await)?
            }
        },
        Capability::Shell => {
            let directory = arguments.directory.as_deref();
            answer(explain_command(&grants, target, directory))?
        }
        Capability::Skills => invocation(&grants, manifest, settings, target)?,
        Capability::Schedule => {
            let operation = if target.is_empty() {
                "schedule"
            } else {
                target
            };
            answer(explain_schedule(&grants, operation))?
        }
        Capability::Events => answer(explain_event(&grants, target, arguments.subscribe))?,
        Capability::Store => answer(explain_store(&grants, target, access))?,
        Capability::Llm => answer(explain_model(&grants))?,
        Capability::Env => match grants.env.contains_key(target) {
            true => Ok(format!("{file} env.{target}")),
            false => Err(Denial::new(
                "env",
                target,
                "env does not name it",
                format!("env: {{ {target}: … }}"),
            )),
        },
    })
}

/// A question whose parts do not belong together is refused, rather than a part of it ignored.
fn check_options(arguments: &Explain) -> anyhow::Result<()> {
    use Capability::{Events, Filesystem, Llm, Schedule, Shell, Store, Tcp, Websocket};
    let capability = arguments.capability;
    for (is_given, option, fitting) in [
        (arguments.write, "--write", &[Filesystem, Store][..]),
        (arguments.subscribe, "--subscribe", &[Events]),
        (arguments.insecure, "--insecure", &[Websocket, Tcp]),
        (arguments.directory.is_some(), "--directory", &[Shell]),
    ] {
        if is_given && !fitting.contains(&capability) {
            let names: Vec<String> = fitting.iter().map(|it| name(*it)).collect();
            bail!("{option} is for {} only", names.join(" and "));
        }
    }
    match (capability, arguments.target.is_empty()) {
        (Llm, false) => bail!("`llm` takes no target: models are granted as a whole"),
        (Llm | Schedule, _) | (_, false) => Ok(()),
        (_, true) => bail!(
            "what {} would use is missing; see `luminarys explain --help`",
            name(capability)
        ),
    }
}

fn name(capability: Capability) -> String {
    let value = capability.to_possible_value();
    value.map_or_else(String::new, |value| format!("`{}`", value.get_name()))
}

/// A question that makes no sense is no denial.
fn answer(decision: Result<String, ExplainError>) -> anyhow::Result<Result<String, Denial>> {
    match decision {
        Ok(rule) => Ok(Ok(rule)),
        Err(ExplainError::Denied(denial)) => Ok(Err(denial)),
        Err(ExplainError::Invalid(text)) => bail!("{text}"),
    }
}

/// Both manifests' decision over calls of `target`.
fn invocation(
    grants: &Grants,
    manifest: &Manifest,
    settings: &Settings,
    target: &str,
) -> anyhow::Result<Result<String, Denial>> {
    if let Some((skill, _)) = target.split_once('/') {
        bail!("the manifests decide on skills, not their methods; ask for {skill:?}");
    }
    if target == manifest.id {
        return Ok(Ok("its own methods".to_owned()));
    }
    let environment = |name: &str| settings.variable(name);
    let mut others = settings.manifests.iter();
    let other = others.find_map(|path| {
        let other = Manifest::load(path, &environment).ok()?;
        (other.id == target).then_some(other)
    });
    let policy = other
        .as_ref()
        .map(|other| InvokeGrants::new(&other.invoke_policy));
    let own = Some(&grants.invoke);
    Ok(
        match (between(&manifest.id, own, target, policy.as_ref()), other) {
            (Ok(()), Some(other)) => Ok(format!(
                "{} invoke_policy.can_invoke and {} invoke_policy.can_be_invoked_by",
                manifest.file(),
                other.file()
            )),
            (Ok(()), None) => {
                let reason = "no configured manifest has this id";
                let rule = "none until there is one";
                Err(Denial::new("skills", target, reason, rule))
            }
            // The line is for the other manifest.
            (Err(denial), Some(other)) if grants.invoke.may_invoke(target).is_ok() => Err(Denial {
                rule: format!("{}  # in {}", denial.rule, other.file()),
                reason: format!("in {}, {}", other.file(), denial.reason),
                ..denial
            }),
            (Err(denial), _) => Err(denial),
        },
    )
}
