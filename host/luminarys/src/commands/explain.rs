//! `luminarys explain`

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use luminarys_grants::{
    Asked, Denial, ExplainError, Explained, Grants, InvokeGrants, Manifest, OpenError, Outside,
    Protected, questions,
};
use luminarys_orchestrator::{Settings, authority_of, between, explain};
use luminarys_text::visible;
use serde_json::json;

use super::{exchanged, loading};
use crate::cli::{Explain, Flags};
use crate::config::Config;
use crate::exit;
use crate::output::{self, Paint};

/// The maximum size of a manifest to which a line is added for a test, in bytes.
const MAX_MANIFEST: u64 = 4 << 20;

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
    let answer = decide(Arc::new(grants), &manifest, &config, arguments).await?;
    let first = match &answer {
        Err(denial) => before_adding(&denial.rule, path, &|name| own.variable(name)),
        Ok(_) => None,
    };
    if arguments.json {
        let mut shown = match &answer {
            Ok(rule) => json!({ "allowed": true, "rule": rule }),
            Err(denial) => {
                json!({ "allowed": false, "reason": denial.reason, "rule": denial.rule })
            }
        };
        if let Some(first) = &first {
            shown["first"] = json!(first);
        }
        output::print_json(&shown)?;
    } else {
        let paint = Paint::new();
        let first = first.map(|first| format!("{first}, then "));
        let first = first.unwrap_or_default();
        output::print(&match &answer {
            Ok(rule) => format!("{}  by {}\n", paint.good("allowed"), visible(rule)),
            Err(denial) if denial.rule.starts_with("none") => format!(
                "{}  {}\nno line of a manifest can allow it: {}\n",
                paint.bad("denied"),
                visible(&denial.reason),
                visible(why_none(&denial.rule))
            ),
            Err(denial) => format!(
                "{}  {}\nto allow it, {}add to the manifest: {}\n",
                paint.bad("denied"),
                visible(&denial.reason),
                visible(&first),
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

/// Returns why no line of a manifest can allow something, from a rule that says so.
fn why_none(rule: &str) -> &str {
    let prefixes = ["none: ", "none in a manifest: "];
    let mut rests = prefixes
        .iter()
        .filter_map(|prefix| rule.strip_prefix(prefix));
    rests.next().unwrap_or(rule)
}

/// Returns the line that allows it, or the denial.
async fn decide(
    grants: Arc<Grants>,
    manifest: &Manifest,
    config: &Config,
    arguments: &Explain,
) -> anyhow::Result<Result<String, Denial>> {
    let settings = &config.settings;
    let mut known = questions();
    let question = known.find(|question| question.name == arguments.capability);
    let question = question.context("no such capability")?;
    let flags = arguments.flags.0.clone();
    let asked = Asked::new(question, &arguments.target, flags, Flags::fitting)?;
    let explained = grants.explain(question, &asked);
    let file = match &explained {
        Ok(Explained::Outside(Outside::Transfer { path, access, .. })) => {
            Some((path.clone(), *access))
        }
        _ => None,
    };
    let mut decided = match explained {
        Ok(Explained::By(rule)) => Ok(rule),
        Ok(Explained::Outside(outside)) => explain(grants, outside, settings.network.clone()).await,
        Ok(Explained::Skill(skill)) => return Ok(invocation(&grants, manifest, settings, &skill)),
        Err(error) => Err(error),
    };
    if let Ok(rule) = &decided
        && question.name == "transfer"
    {
        let (cluster, node) = (config.cluster.as_ref(), asked.target());
        let own = exchanged::decide(cluster, node, file, settings.network.clone()).await;
        decided = own.map(|own| format!("{rule} and, of this host's configuration, {own}"));
    }
    match decided {
        Ok(rule) => Ok(Ok(rule)),
        Err(ExplainError::Denied(denial)) => Ok(Err(denial)),
        Err(ExplainError::Invalid(text)) => bail!("{text}"),
    }
}

/// What has to be done before `line` is added to the manifest `file`, so that the skill loads with it: an entry below a
/// directory that is not there keeps it from loading. A denial never tells a skill, which must not find out what exists.
fn before_adding(
    line: &str,
    file: &Path,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Option<String> {
    if line.starts_with("none") {
        return None;
    }
    let text = luminarys_files::read_text(file, MAX_MANIFEST).ok()?;
    let name = file.display().to_string();
    let with_line = Manifest::parse(&name, &format!("{text}\n{line}\n"), environment);
    let problem = match with_line.map(|manifest| Grants::open(&manifest)) {
        Ok(Ok(_)) => return None,
        Ok(Err(OpenError::Directory { needed, .. })) => {
            return Some(format!("create the directory {needed}"));
        }
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    Some(format!("fix this: {problem};"))
}

/// Returns the decision of both manifests about calls of `target`.
fn invocation(
    grants: &Grants,
    manifest: &Manifest,
    settings: &Settings,
    target: &str,
) -> Result<String, Denial> {
    if target == manifest.id {
        return Ok("its own methods".to_owned());
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
    match (between(&manifest.id, own, target, policy.as_ref()), other) {
        (Ok(()), Some(other)) => Ok(format!(
            "{} invoke_policy.can_invoke and {} invoke_policy.can_be_invoked_by",
            manifest.file(),
            other.file()
        )),
        (Ok(()), None) => {
            let reason = "no configured manifest has this id";
            let rule = "none: a manifest with this id must be configured first";
            Err(Denial::new("skills", target, reason, rule))
        }
        // The line is for the other manifest.
        (Err(denial), Some(other)) if grants.invoke.may_invoke(target).is_ok() => Err(Denial {
            rule: format!("{}  # in {}", denial.rule, other.file()),
            reason: format!("in {}, {}", other.file(), denial.reason),
            ..denial
        }),
        (Err(denial), _) => Err(denial),
    }
}
