//! `luminarys inspect`

use std::fmt::Write as _;

use anyhow::Context as _;
use luminarys_grants::Manifest;
use luminarys_text::{visible, visible_json, visible_lines};
use serde::Serialize;
use serde_json::Value;

use super::loading;
use super::report::{hints, note, skill_lines};
use crate::config::Config;
use crate::exit;
use crate::output::{self, Paint};

/// One line of a manifest that grants something.
#[derive(Debug, PartialEq, Serialize)]
struct Grant {
    /// `fs http tcp shell file_transfer env invoke`.
    kind: &'static str,
    /// What it is about; for `env` the name only, since the value may be a secret.
    what: String,
    /// `ro` or `rw`, for directories.
    mode: Option<&'static str>,
    /// Where it stands, or the key.
    rule: String,
}

pub(super) async fn run(mut config: Config, id: &str, json: bool) -> anyhow::Result<u8> {
    loading::only(&mut config.settings, id)?;
    let settings = loading::without_state(config.settings);
    let skill = loading::load(settings.clone()).await?.skill(id);
    let skill = skill.with_context(|| {
        format!("the manifest of {id} changed while it was read; run the command again")
    })?;
    let grants = grants(&Manifest::load(&skill.manifest, &|name| {
        settings.variable(name)
    })?);
    if json {
        let mut report = serde_json::to_value(&skill)?;
        if let Value::Object(report) = &mut report {
            report.insert("grants".to_owned(), serde_json::to_value(&grants)?);
        }
        output::print_json(&report)?;
        return Ok(exit::OK);
    }
    let paint = Paint::new();
    let mut text = skill_lines(&skill, paint)?;
    for grant in &grants {
        let mode = grant.mode.map(|mode| format!(" {mode}"));
        let mode = mode.unwrap_or_default();
        let line = format!(
            "  grants     {} {}{mode}  by {}",
            grant.kind, grant.what, grant.rule
        );
        writeln!(text, "{}", visible(&line))?;
    }
    for method in &skill.methods {
        writeln!(
            text,
            "\n{}{}  {}",
            paint.strong(&method.name),
            note(method),
            visible(&method.title)
        )?;
        if !method.description.is_empty() {
            writeln!(text, "  {}", visible_lines(&method.description, "  "))?;
        }
        writeln!(text, "  hints: {}", hints(method.effects))?;
        if let Some(reason) = &method.unavailable {
            writeln!(text, "  unavailable: {}", visible(reason))?;
            continue;
        }
        writeln!(
            text,
            "  arguments: {}",
            visible_json(&method.input_schema.to_string())
        )?;
        if let Some(schema) = &method.output_schema {
            writeln!(text, "  result: {}", visible_json(&schema.to_string()))?;
        }
    }
    output::print(&text)?;
    Ok(exit::OK)
}

fn grants(manifest: &Manifest) -> Vec<Grant> {
    let permissions = &manifest.permissions;
    let mut all = Vec::new();
    let mut add = |kind, what: &str, mode, rule: &str| {
        all.push(Grant {
            kind,
            what: what.to_owned(),
            mode,
            rule: rule.to_owned(),
        });
    };
    let (fs, transfer) = (&permissions.fs, &permissions.file_transfer);
    for (kind, enabled, dirs) in [
        ("fs", fs.enabled, &fs.dirs),
        ("file_transfer", transfer.enabled, &transfer.local_dirs),
    ] {
        for dir in dirs.iter().filter(|_| enabled) {
            let mode = if dir.writable { "rw" } else { "ro" };
            add(kind, &dir.path, Some(mode), &dir.rule);
        }
    }
    let (http, tcp, shell) = (&permissions.http, &permissions.tcp, &permissions.shell);
    for (kind, enabled, entries) in [
        ("http", http.enabled, &http.allowlist),
        ("tcp", tcp.enabled, &tcp.allowlist),
        ("shell", shell.enabled, &shell.allowlist),
        ("file_transfer", transfer.enabled, &transfer.allowed_nodes),
    ] {
        for entry in entries.iter().filter(|_| enabled) {
            add(kind, &entry.pattern, None, &entry.rule);
        }
    }
    // Enabled without a list, these two are not closed.
    if tcp.enabled && tcp.allowlist.is_empty() {
        add("tcp", "private addresses", None, "permissions.tcp.enabled");
    }
    if shell.enabled && shell.allowlist.is_empty() {
        add("shell", "every command", None, "permissions.shell.enabled");
    }
    for name in manifest.env.keys() {
        add("env", name, None, &format!("env.{name}"));
    }
    for target in &manifest.invoke_policy.can_invoke {
        add("invoke", target, None, "invoke_policy.can_invoke");
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_are_what_the_manifest_opens() {
        let text = "id: a\npath: b\npermissions:\n  fs: {enabled: true, dirs: ['/d:rw', '/e']}\n  \
                    http: {enabled: false, allowlist: ['https://x/**']}\n  tcp: {enabled: true}\n\
                    env: {TOKEN: hunter2}\ninvoke_policy: {can_invoke: [c]}\n";
        let manifest = Manifest::parse("m.yaml", text, &|_| None).unwrap();
        let found: Vec<String> = grants(&manifest)
            .iter()
            .map(|one| format!("{} {} {}", one.kind, one.what, one.mode.unwrap_or("-")))
            .collect();
        assert_eq!(
            found,
            [
                "fs /d rw",
                "fs /e ro",
                "tcp private addresses -",
                "env TOKEN -",
                "invoke c -"
            ]
        );
        assert_eq!(grants(&manifest)[0].rule, "m.yaml:4 permissions.fs.dirs[0]");
    }
}
