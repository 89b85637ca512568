//! `luminarys check`

use std::fmt::Write as _;

use anyhow::Context as _;
use luminarys_grants::Manifest;
use luminarys_orchestrator::{Acceptance, Recording, SkillReport};
use luminarys_package::Trust;
use luminarys_text::visible;

use super::exchanged;
use super::loading;
use super::preflight;
use super::report::{grant_lines, skill_lines};
use crate::config::Config;
use crate::exit;
use crate::output::{self, Paint};

pub(super) async fn run(config: Config, json: bool, accept: Option<String>) -> anyhow::Result<u8> {
    if let Some(id) = &accept {
        // All are loaded, since one may import another; this only checks that the skill exists.
        loading::only(&mut config.settings.clone(), id)?;
    }
    if config.settings.trust == Trust::Any {
        output::tell("`trust` is `any`: every package runs, whoever signed it or not");
    }
    // Before anything is created, such as the cache directory.
    let problems = preflight::problems(&config).await;
    for problem in &problems {
        output::tell(&problem.text);
    }
    let mut settings = loading::with_cache_only(config.settings.clone());
    if let Some(id) = &accept {
        let records = settings.package_records.as_mut();
        let records = records.context(
            "packages cannot be recorded without a data directory; name one with `data_dir`",
        )?;
        records.recording = Recording::Accepted(id.clone());
    }
    let orchestrator = loading::load(settings).await?;
    for note in preflight::idle_patterns(&config, &orchestrator.tools()) {
        output::tell(note);
    }
    let skills = orchestrator.skills();
    for note in preflight::lost_sessions(&config, &skills) {
        output::tell(note);
    }
    let variable = |name: &str| config.settings.variable(name);
    for skill in &skills {
        if let Ok(manifest) = Manifest::load(&skill.manifest, &variable) {
            for note in exchanged::left_out(config.cluster.as_ref(), &manifest) {
                output::tell(note);
            }
        }
    }
    let refused = skills
        .iter()
        .filter(|skill| skill.problem.is_some())
        .count();
    if json {
        output::print_json(&skills)?;
    } else {
        let paint = Paint::new();
        let mut text = String::new();
        for skill in &skills {
            text += &skill_lines(skill, paint)?;
            // A manifest that cannot be read is a problem of the skill, and shown as that.
            if let Ok(manifest) = Manifest::load(&skill.manifest, &variable) {
                text += &grant_lines(&manifest.listed())?;
            }
            writeln!(text)?;
        }
        let loads = skills.len() - refused;
        let count = match skills.len() {
            1 => "1 skill".to_owned(),
            count => format!("{count} skills"),
        };
        writeln!(text, "{count}: {loads} can be loaded, {refused} cannot")?;
        output::print(&text)?;
    }
    let mut good = refused == 0;
    if problems.iter().any(|problem| problem.fatal) {
        output::tell("the host cannot start with this configuration");
        good = false;
    }
    if let Some(id) = accept {
        let skill = skills.iter().find(|skill| skill.id == id);
        let accepted = skill.and_then(|skill| skill.accepted);
        let outcome = outcome(skill, accepted);
        match json {
            true => output::tell(format_args!("{id}: {outcome}")),
            false => output::print(&format!("{id}: {}\n", visible(&outcome)))?,
        }
        good &= accepted.is_some();
    }
    Ok(if good { exit::OK } else { exit::USAGE })
}

/// Describes the outcome of accepting the package of `skill`.
fn outcome(skill: Option<&SkillReport>, accepted: Option<Acceptance>) -> String {
    let package = skill.and_then(|skill| {
        let one = skill.descriptor.as_ref()?;
        let signer = skill.signer.as_deref().unwrap_or("unsigned");
        Some(format!(
            "{} {} (signer {signer})",
            one.id, one.skill_version
        ))
    });
    let package = package.unwrap_or_else(|| "its package".to_owned());
    match accepted {
        Some(Acceptance::Recorded) => {
            format!("accepted: {package} is recorded as the package that its manifest authorises")
        }
        Some(Acceptance::Unchanged) => {
            format!("nothing to accept: {package} is recorded already")
        }
        None => format!("not accepted: {package} cannot be loaded or recorded; see its report"),
    }
}
