//! `luminarys list`, `inspect` and `check`

use anyhow::Context as _;
use luminarys_orchestrator::SkillReport;
use luminarys_package::Visibility;

use crate::config::Config;
use crate::exit;

pub(crate) async fn list(config: Config, json: bool) -> anyhow::Result<u8> {
    let skills = super::load(config.settings).await?.skills();
    if json {
        println!("{}", serde_json::to_string_pretty(&skills)?);
        return Ok(exit::OK);
    }
    if skills.is_empty() {
        eprintln!(
            "no skill is configured; name manifests under `skills` in luminarys.yaml, or put them into ./skills"
        );
    }
    for skill in &skills {
        let version = skill
            .descriptor
            .as_ref()
            .map(|one| format!("  {} {}", one.id, one.skill_version));
        println!("{}{}", skill.id, version.unwrap_or_default());
        if skill.problem.is_some() {
            println!("  not loaded; `luminarys check` says why");
        }
        for method in &skill.methods {
            let first = method.description.lines().next().unwrap_or_default();
            println!("  {}{}  {first}", method.name, note(method.visibility));
        }
    }
    Ok(exit::OK)
}

pub(crate) async fn inspect(config: Config, id: &str, json: bool) -> anyhow::Result<u8> {
    let orchestrator = super::load(config.settings).await?;
    let skill = orchestrator.skill(id).with_context(|| {
        let known: Vec<String> = orchestrator
            .skills()
            .into_iter()
            .map(|skill| skill.id)
            .collect();
        format!("no skill is called {id}; configured: {}", known.join(", "))
    })?;
    if json {
        println!("{}", serde_json::to_string_pretty(&skill)?);
        return Ok(exit::OK);
    }
    about(&skill);
    for method in &skill.methods {
        println!("\n{}{}", method.name, note(method.visibility));
        for line in method.description.lines() {
            println!("  {line}");
        }
        if let Some(reason) = &method.unavailable {
            println!("  unavailable: {reason}");
            continue;
        }
        println!("  arguments: {}", method.input_schema);
        if let Some(schema) = &method.output_schema {
            println!("  result: {schema}");
        }
    }
    Ok(exit::OK)
}

pub(crate) async fn check(config: Config, json: bool) -> anyhow::Result<u8> {
    let skills = super::load(config.settings).await?.skills();
    let refused = skills
        .iter()
        .filter(|skill| skill.problem.is_some())
        .count();
    if json {
        println!("{}", serde_json::to_string_pretty(&skills)?);
    } else {
        for skill in &skills {
            about(skill);
            println!();
        }
        println!(
            "{} skills: {} would load, {refused} would not",
            skills.len(),
            skills.len() - refused
        );
    }
    Ok(if refused == 0 { exit::OK } else { exit::USAGE })
}

fn about(skill: &SkillReport) {
    println!("{}  ({})", skill.id, skill.manifest.display());
    if let Some(descriptor) = &skill.descriptor {
        println!(
            "  package    {} {}",
            descriptor.id, descriptor.skill_version
        );
        println!("  signer     {}", skill.signer.as_deref().unwrap_or("none"));
    }
    for one in &skill.requirements {
        let verdict = if one.granted { "granted" } else { "MISSING" };
        let mode = one.mode.as_deref().unwrap_or_default();
        println!(
            "  {verdict}    {} {} {mode}  by {}",
            one.kind, one.pattern, one.why
        );
        if let Some(line) = &one.missing {
            println!("             add: {line}");
        }
    }
    for warning in &skill.warnings {
        println!("  warning    {warning}");
    }
    if let Some(problem) = &skill.problem {
        println!("  NOT LOADED {problem}");
    }
}

fn note(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "",
        Visibility::Internal => " [internal]",
        Visibility::Callback => " [callback]",
    }
}
