//! `luminarys explain`

use std::sync::Arc;

use anyhow::{Context as _, bail};
use luminarys_grants::{Access, Denial, Grants, Manifest, Protected};
use luminarys_orchestrator::{
    ExplainError, Settings, authority_of, explain_address, explain_command, explain_path,
    explain_url,
};
use luminarys_text::visible;
use serde_json::json;

use crate::cli::{Capability, Explain};
use crate::config::Config;
use crate::exit;
use crate::output::{self, Paint};

pub(super) async fn run(config: Config, arguments: &Explain) -> anyhow::Result<u8> {
    let mut own = config.settings.clone();
    super::only(&mut own, &arguments.skill)?;
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
    let target = arguments.target.as_str();
    let file = manifest.file();
    Ok(match arguments.capability {
        Capability::Filesystem => {
            let access = if arguments.write {
                Access::Write
            } else {
                Access::Read
            };
            answer(explain_path(grants, target, access))?
        }
        Capability::Http | Capability::Websocket => {
            let network = settings.network.clone();
            answer(explain_url(&grants, target, network).await)?
        }
        Capability::Tcp => {
            let network = settings.network.clone();
            answer(explain_address(&grants, target, network).await)?
        }
        Capability::Shell => answer(explain_command(&grants, target))?,
        Capability::Skills => between(&grants, manifest, settings, target),
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

/// A question that makes no sense is no denial.
fn answer(decision: Result<String, ExplainError>) -> anyhow::Result<Result<String, Denial>> {
    match decision {
        Ok(rule) => Ok(Ok(rule)),
        Err(ExplainError::Denied(denial)) => Ok(Err(denial)),
        Err(ExplainError::Invalid(text)) => bail!("{text}"),
    }
}

/// Both manifests' decision over calls of `target`.
fn between(
    grants: &Grants,
    manifest: &Manifest,
    settings: &Settings,
    target: &str,
) -> Result<String, Denial> {
    if target == manifest.id {
        return Ok("its own methods".to_owned());
    }
    grants.invoke.may_invoke(target)?;
    let environment = |name: &str| settings.variable(name);
    let mut others = settings.manifests.iter();
    let other = others.find_map(|path| {
        let other = Manifest::load(path, &environment).ok()?;
        (other.id == target).then_some(other)
    });
    let Some(other) = other else {
        let reason = "no configured manifest has this id";
        return Err(Denial::new(
            "skills",
            target,
            reason,
            "none until there is one",
        ));
    };
    let by = &other.invoke_policy.can_be_invoked_by;
    if !by.iter().any(|entry| entry == "*" || *entry == manifest.id) {
        let rule = format!(
            "invoke_policy.can_be_invoked_by: [{:?}]  # in {}",
            manifest.id,
            other.file()
        );
        let reason = "the other skill's can_be_invoked_by does not list this one";
        return Err(Denial::new("skills", target, reason, rule));
    }
    Ok(format!(
        "{} invoke_policy.can_invoke and {} invoke_policy.can_be_invoked_by",
        manifest.file(),
        other.file()
    ))
}
