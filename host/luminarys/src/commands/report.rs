//! A skill's report for people.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use luminarys_grants::Listed;
use luminarys_orchestrator::{Authorised, AuthorisedBy, MethodReport, SkillReport};
use luminarys_package::{Effects, Visibility};
use luminarys_text::{visible, visible_lines};

use crate::output::Paint;

/// Returns the report's lines: source, signer, requirements one by one, warnings, and why it cannot be loaded.
pub(super) fn skill_lines(skill: &SkillReport, paint: Paint) -> Result<String, fmt::Error> {
    let mut text = String::new();
    let manifest = skill.manifest.display().to_string();
    writeln!(
        text,
        "{}  ({})",
        paint.strong(&skill.id),
        visible(&manifest)
    )?;
    if let Some(package) = &skill.package {
        writeln!(text, "  package    {}", visible(package))?;
    }
    if let Some(one) = &skill.descriptor {
        let language = one
            .language
            .as_ref()
            .map(|language| format!(", {language}"));
        let language = language.unwrap_or_default();
        let line = format!("  contains   {} {}{language}", one.id, one.skill_version);
        writeln!(text, "{}", visible(&line))?;
        writeln!(
            text,
            "  signer     {}",
            skill.signer.as_deref().unwrap_or("not trusted")
        )?;
        if let Some(line) = authorised(&skill.authorised) {
            writeln!(text, "  authorised {}", visible(&line))?;
        }
        if one.requirements.is_empty() {
            writeln!(text, "  requires   nothing")?;
        } else if skill.requirements.is_empty() {
            // A package that is refused for another reason is not checked against the manifest.
            for one in &one.requirements {
                let mode = mode(one.mode.as_deref());
                let line = format!(
                    "  requires   {} {}{mode}  (not checked)",
                    one.kind, one.pattern
                );
                writeln!(text, "{}", visible(&line))?;
            }
        }
    }
    for one in &skill.requirements {
        let verdict = if one.granted {
            paint.good("granted")
        } else {
            paint.bad("MISSING")
        };
        let mode = mode(one.mode.as_deref());
        let line = format!("    {} {}{mode}  {}", one.kind, one.pattern, one.why);
        writeln!(text, "  {verdict}{}", visible(&line))?;
        if let Some(missing) = &one.missing {
            writeln!(text, "             add: {}", visible(missing))?;
        }
    }
    if let Some(commands) = &skill.commands {
        writeln!(text, "  commands   confined by {}", visible(commands))?;
    }
    let read_only = skill.methods.iter().filter(|it| it.effects.read_only);
    let read_only: Vec<&str> = read_only.map(|method| method.name.as_str()).collect();
    if !read_only.is_empty() {
        let line = format!("  read-only  {}  (enforced)", read_only.join(", "));
        writeln!(text, "{}", visible(&line))?;
    }
    for carve_out in &skill.carve_outs {
        writeln!(
            text,
            "  {}     {}",
            paint.doubtful("closed"),
            indented(carve_out)
        )?;
    }
    for warning in &skill.warnings {
        writeln!(
            text,
            "  {}    {}",
            paint.doubtful("warning"),
            indented(warning)
        )?;
    }
    if let Some(problem) = &skill.problem {
        let state = if skill.running {
            "OUTDATED"
        } else {
            "NOT LOADED"
        };
        writeln!(text, "  {} {}", paint.bad(state), indented(problem))?;
    }
    Ok(text)
}

/// Returns the lines of a manifest's grants.
pub(super) fn grant_lines(grants: &[Listed]) -> Result<String, fmt::Error> {
    let mut text = String::new();
    for grant in grants {
        let mode = mode(grant.mode);
        let line = format!(
            "  grants     {} {}{mode}  by {}",
            grant.kind, grant.what, grant.rule
        );
        writeln!(text, "{}", visible(&line))?;
    }
    Ok(text)
}

/// Returns which packages the manifest authorises, and where that is stated; `None` if it is not known.
fn authorised(parts: &[Authorised]) -> Option<String> {
    let of = |by: AuthorisedBy| parts.iter().filter(move |one| one.by == by);
    let values = |by| {
        let values = of(by).map(|one| match &one.value {
            Some(value) => format!("{} {value}", one.part),
            None => one.part.to_owned(),
        });
        values.collect::<Vec<_>>().join(", ")
    };
    let phrases = [
        (AuthorisedBy::Manifest, "", "manifest"),
        (AuthorisedBy::Record, "", "recorded"),
        (AuthorisedBy::First, "any ", "recorded when first loaded"),
    ];
    let phrases = phrases
        .into_iter()
        .filter(|(by, ..)| of(*by).next().is_some());
    let phrases: Vec<String> = phrases
        .map(|(by, before, source)| format!("{before}{} ({source})", values(by)))
        .collect();
    (!phrases.is_empty()).then(|| phrases.join("; "))
}

/// Returns the marks after a method's name.
pub(super) fn note(method: &MethodReport) -> &'static str {
    match (method.visibility, &method.unavailable) {
        (_, Some(_)) => " [unavailable]",
        (Visibility::Public, None) => "",
        (Visibility::Internal, None) => " [internal]",
        (Visibility::Callback, None) => " [callback]",
    }
}

/// Describes a method's hints for clients.
pub(super) fn hints(effects: Effects) -> String {
    let what = match (effects.read_only, effects.destructive) {
        (true, _) => "read-only (enforced)",
        (false, true) => "may change or remove existing data",
        (false, false) => "only adds data (declared)",
    };
    let again = match (effects.read_only, effects.idempotent) {
        (false, true) => ", idempotent (declared)",
        _ => "",
    };
    let world = match effects.open_world {
        true => "may reach external systems",
        false => "reaches no external systems (enforced)",
    };
    format!("{what}{again}, {world}")
}

fn mode(mode: Option<&str>) -> String {
    mode.map(|mode| format!(" {mode}")).unwrap_or_default()
}

fn indented(text: &str) -> Cow<'_, str> {
    visible_lines(text, "             ")
}
