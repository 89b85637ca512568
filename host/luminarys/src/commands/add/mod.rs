//! `luminarys add`: from a package to a skill that the host loads.
//!
//! - `source`: the package and its signature; `describe`: its description for the user; `ask`: the terminal
//! - `grant`: what the manifest grants; `manifest`: its text; `decide`: what is granted and trusted
//! - `place`: where files go; `write`: writes everything or nothing

mod ask;
mod decide;
mod describe;
mod grant;
mod manifest;
mod place;
mod source;
mod write;

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use luminarys_grants::UNSIGNED;
use luminarys_package::{PublicKey, Trust};
use luminarys_text::visible;
use serde_json::{Value, json};

use crate::cli::Add;
use crate::config::Config;
use crate::output::{self, Paint};
use crate::{exit, logging};
use decide::Decided;
use describe::Signer;
use grant::Granted;
use manifest::Text;
use place::Existing;
use source::Found;
use write::{Checked, Write};

/// Adds the package; `named` is the configuration that the command line names.
pub(super) async fn run(
    mut config: Config,
    named: Option<&Path>,
    arguments: &Add,
) -> anyhow::Result<u8> {
    "error".clone_into(&mut config.log.level);
    logging::start(&config.log);
    let file = config.file.as_ref();
    let file = file.context(
        "there is no configuration to add to: create one with `luminarys init`, or name one with --config",
    )?;
    let file = std::path::absolute(file)?;
    let base = file.parent().unwrap_or(Path::new("/"));
    for manifest in &mut config.settings.manifests {
        *manifest = std::path::absolute(&*manifest)?;
    }
    let mut granted = Granted::default();
    for text in &arguments.grant {
        granted.add(text)?;
    }
    let found = source::fetch(&config.settings, &arguments.package).await?;
    if let Some(named) = &arguments.trust_key {
        let signer = found.signer.as_ref();
        source::check_key(
            named,
            signer.context("--trust-key: the package is not signed")?,
        )?;
    }
    let signer = signer(&config, &found);
    let own_id = &found.package.descriptor.id;
    let default = || own_id.rsplit('.').next().unwrap_or(own_id).to_owned();
    let id = arguments.id.clone().unwrap_or_else(default);
    let existing = place::existing(&config, &id);
    check_existing(existing.as_ref(), &id, &found, arguments)?;
    let paint = Paint::new();
    if !arguments.json {
        output::print(&describe::package(&found, signer, paint)?)?;
    }
    if let Some(old) = existing.as_ref().filter(|old| has(old, &found)) {
        return unchanged(old, &id, &found, arguments);
    }
    let (manifest, entry) = match &existing {
        Some(old) => (old.file.clone(), None),
        None => place::manifest(&config, base, &id)?,
    };
    let directory = manifest.parent().unwrap_or(base);
    let (package, is_there) = place::package(directory, &id, &found)?;
    let text = Text {
        id: &id,
        file: &manifest,
        package: &package,
        found: &found,
        is_upgrade: existing.is_some(),
    };
    let decided = decide::decide(&config, named, arguments, &text, signer, granted)?;
    let write = Write {
        file: &file,
        manifest: &manifest,
        text: &text.with(&decided.granted)?,
        mode: decided.granted.mode(),
        package: &package,
        bytes: (!is_there).then(|| found.package.bytes()),
        trust: found
            .signer
            .as_ref()
            .filter(|_| decided.trusts)
            .map(|key| (key, own_id.as_str())),
        entry: entry.as_deref(),
    };
    let checked = write.run(&config).await?;
    let old = existing.and_then(|old| old.package_file);
    let old = old.filter(|old| !place::is_used_by_others(&config, &manifest, old));
    // A package in another directory was not put there by `add`.
    let old = old.filter(|old| old.parent() == package.parent());
    if let Some(problem) = write::remove_replaced(old, &package) {
        output::tell(problem);
    }
    tell(&text, &decided, &checked, arguments, paint)
}

fn signer(config: &Config, found: &Found) -> Signer {
    match (&config.settings.trust, &found.signer) {
        (Trust::Any, _) => Signer::AnyIsTrusted,
        (Trust::Keys(keys), Some(key)) if keys.contains(key) => Signer::Trusted,
        _ => Signer::Unknown,
    }
}

/// Rejects a package that would replace another skill.
fn check_existing(
    existing: Option<&Existing>,
    id: &str,
    found: &Found,
    arguments: &Add,
) -> anyhow::Result<()> {
    let descriptor = &found.package.descriptor;
    let Some(old) = existing else {
        if arguments.upgrade {
            bail!(
                "no skill is called {id:?}, so there is nothing to upgrade; leave out --upgrade to add it"
            );
        }
        return Ok(());
    };
    let file = old.file.display();
    let stated = &old.manifest.package;
    let contained = old.package.as_ref();
    let known = stated
        .id
        .clone()
        .or_else(|| contained.map(|(id, _)| id.clone()));
    let is_same = known.as_deref().is_none_or(|known| known == descriptor.id);
    if !is_same {
        let known = known.unwrap_or_default();
        bail!(
            "the id {id} is taken by another package, {known} ({file}); choose another with --id"
        );
    }
    if !arguments.upgrade {
        let version = contained
            .map(|(_, version)| format!(", {version}"))
            .unwrap_or_default();
        bail!(
            "{id} exists already ({file}{version}); --upgrade replaces its package by this one, {}, --id NAME adds this one \
             beside it",
            descriptor.skill_version
        );
    }
    let signer = found
        .signer
        .as_ref()
        .map_or_else(|| UNSIGNED.to_owned(), PublicKey::id);
    if let Some(before) = stated.signer.as_ref().filter(|before| **before != signer)
        && arguments.trust_key.is_none()
    {
        bail!(
            "nothing was upgraded: {file} names the signer {before}, and this package is signed by {signer}; if that is intended, \
             say so with --trust-key {signer}"
        );
    }
    if let Some((_, version)) = contained
        && descriptor.skill_version.cmp_precedence(version).is_lt()
    {
        bail!(
            "nothing was upgraded: this package is {}, older than the {version} in {file}; to downgrade anyway, remove \
             {file} and add this one",
            descriptor.skill_version
        );
    }
    Ok(())
}

/// Whether the skill has exactly this package.
fn has(old: &Existing, found: &Found) -> bool {
    let content = old
        .package_file
        .as_ref()
        .and_then(|file| luminarys_files::read(file, luminarys_package::MAX_PACKAGE_BYTES).ok());
    old.manifest.package.digest.as_ref() == Some(&found.digest)
        && content.as_deref() == Some(found.package.bytes())
}

fn unchanged(old: &Existing, id: &str, found: &Found, arguments: &Add) -> anyhow::Result<u8> {
    if !arguments.grant.is_empty() {
        bail!(
            "{id} has this package already, and --grant is for a new one; add grants in {}",
            old.file.display()
        );
    }
    if arguments.json {
        output::print_json(
            &json!({ "id": id, "manifest": old.file, "digest": found.digest, "changed": false }),
        )?;
    } else {
        output::print(&format!(
            "{id} has this package already; nothing was changed\n"
        ))?;
    }
    Ok(exit::OK)
}

/// Reports what was done, and the next step.
fn tell(
    text: &Text<'_>,
    decided: &Decided,
    checked: &Checked,
    arguments: &Add,
    paint: Paint,
) -> anyhow::Result<u8> {
    let (found, report) = (text.found, &checked.report);
    let descriptor = &found.package.descriptor;
    if arguments.json {
        let sections = Value::Object(decided.granted.sections());
        output::print_json(&json!({
            "id": report.id,
            "changed": true,
            "upgraded": text.is_upgrade,
            "manifest": text.file,
            "package": {
                "id": descriptor.id,
                "version": descriptor.skill_version,
                "file": text.package,
                "digest": found.digest,
                "from": found.from,
            },
            "signer": report.signer,
            "trust_added": decided.trusts,
            "requirements": report.requirements,
            "grants": without_values(sections),
            "tools": checked.tools,
            "warnings": report.warnings,
            "closed": report.carve_outs,
        }))?;
        return Ok(exit::OK);
    }
    let mut out = String::new();
    for line in decided.granted.shown() {
        writeln!(out, "  grants     {}", visible(&line))?;
    }
    for line in &report.carve_outs {
        writeln!(out, "  {}     {}", paint.doubtful("closed"), visible(line))?;
    }
    for line in &report.warnings {
        writeln!(out, "  {}    {}", paint.doubtful("warning"), visible(line))?;
    }
    let count = match checked.tools.len() {
        1 => "1 tool".to_owned(),
        count => format!("{count} tools"),
    };
    let done = if text.is_upgrade { "upgraded" } else { "added" };
    let file = text.file.display().to_string();
    writeln!(
        out,
        "\n{} {}  {count}  ({})",
        paint.good(done),
        report.id,
        visible(&file)
    )?;
    if !text.is_upgrade {
        writeln!(
            out,
            "next: luminarys connect, to configure a client; a running host has loaded it already"
        )?;
    }
    output::print(&out)?;
    for capability in describe::capabilities(found.package.bytes()) {
        if !text.is_upgrade && !decided.granted.has(capability.key) {
            output::tell(format_args!(
                "{} can use {}, and none is granted: such calls are denied, with the line for {} that would allow them",
                report.id,
                capability.what,
                text.file.display()
            ));
        }
    }
    Ok(exit::OK)
}

/// The sections without the values of variables, which may be secrets.
fn without_values(mut sections: Value) -> Value {
    if let Some(Value::Object(env)) = sections.get_mut("env") {
        for value in env.values_mut().filter(|value| value.is_string()) {
            *value = json!("…");
        }
    }
    sections
}
