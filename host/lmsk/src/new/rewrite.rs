//! Names and paths in a template's files.

use anyhow::{Context as _, bail};
use toml::{Table, Value};

use super::template::Choice;
use super::{File, Names};
use crate::cli::NewLang;
use crate::embedded::TEMPLATES;

/// Rewrites a template's file for the project.
pub(super) fn file(choice: &Choice, names: &Names, file: &mut File) -> anyhow::Result<()> {
    let path = file.path.to_string_lossy().into_owned();
    let Ok(text) = std::str::from_utf8(&file.bytes) else {
        return Ok(());
    };
    let text = match path.as_str() {
        "Cargo.toml" => cargo(text, names)?,
        "go.mod" => go(text, names),
        "package.json" => package(text, names)?,
        "package-lock.json" => lock(text, names),
        "asconfig.json" => text.to_owned(),
        "sdk/src/bindings.rs" => text.replace("path: \"../../../wit\"", "path: \"wit\""),
        _ if path.starts_with("sdk/") || path.starts_with("wit/deps/") => return Ok(()),
        _ if path.ends_with(".rs") => identity(
            &text.replace("path: [\"../../../wit\", \"wit\"]", "path: \"wit\""),
            names,
        ),
        _ => identity(text, names),
    };
    if choice.lang == NewLang::Go && path == "go.mod" && !text.contains("=> ./sdk") {
        bail!("the template's go.mod does not name its SDK");
    }
    file.bytes = text.into_bytes();
    Ok(())
}

/// Rewrites the identity lines in any comment.
fn identity(text: &str, names: &Names) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let replaced = [
            ("@skill:id", names.id.clone()),
            ("@skill:name", format!("{:?}", names.title)),
        ]
        .into_iter()
        .find_map(|(word, value)| {
            let (before, after) = line.split_once(word)?;
            let blanks: String = after.chars().take_while(|c| *c == ' ').collect();
            Some(format!("{before}{word}{blanks}{value}\n"))
        });
        out.push_str(replaced.as_deref().unwrap_or(line));
    }
    out
}

/// Rewrites Cargo.toml so that it inherits nothing and uses the SDK in the project.
fn cargo(text: &str, names: &Names) -> anyhow::Result<String> {
    let workspace = TEMPLATES.iter().find(|(name, _)| *name == "Cargo.toml");
    let (_, workspace) = workspace.context("the templates' Cargo.toml is missing")?;
    let workspace: Table = std::str::from_utf8(workspace)?.parse()?;
    let inherited = |section: &str, key: &str| -> Option<String> {
        let found = workspace.get("workspace")?.get(section)?.get(key)?;
        Some(inline(found))
    };
    let mut out = String::new();
    let mut section = String::new();
    for line in text.lines() {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            section = name.to_owned();
        }
        // The template's comments describe its own place.
        if line.starts_with('#') || section == "package.metadata.luminarys" {
            continue;
        }
        let key = line.strip_suffix(".workspace = true");
        let line = match (key, section.as_str()) {
            (Some("license" | "publish"), "package") => continue,
            (Some(key), "package") => format!(
                "{key} = {}",
                inherited("package", key).context("an unknown key")?
            ),
            (Some(key), "dependencies") => {
                format!(
                    "{key} = {}",
                    inherited("dependencies", key).context("an unknown dependency")?
                )
            }
            _ if section == "package" && line.starts_with("name = ") => {
                format!("name = {:?}", names.name)
            }
            _ if section == "package"
                && (line.starts_with("license = ") || line.starts_with("publish = ")) =>
            {
                continue;
            }
            _ => line.replace("\"../../rust/sdk\"", "\"sdk\""),
        };
        out.push_str(&line);
        out.push('\n');
    }
    if !out.contains("[workspace]") {
        out.insert_str(0, "[workspace]\n\n");
    }
    if !out.contains("[profile.release]") {
        let release = workspace
            .get("profile")
            .and_then(|profile| profile.get("release"));
        let release = release
            .and_then(Value::as_table)
            .context("the templates have no release profile")?;
        out.push_str("\n[profile.release]\n");
        for (key, value) in release {
            out.push_str(&format!("{key} = {}\n", inline(value)));
        }
    }
    Ok(out.trim_start().to_owned())
}

/// Returns a value on one line as TOML.
fn inline(value: &Value) -> String {
    match value {
        Value::Table(table) => {
            let entries = table
                .iter()
                .map(|(key, value)| format!("{key} = {}", inline(value)));
            let entries: Vec<String> = entries.collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}

fn go(text: &str, names: &Names) -> String {
    let mut out = String::new();
    for line in text.lines() {
        match line.starts_with("module ") {
            true => out.push_str(&format!("module example.com/{}", names.name)),
            false => out.push_str(&line.replace("=> ../sdk", "=> ./sdk")),
        }
        out.push('\n');
    }
    out
}

fn package(text: &str, names: &Names) -> anyhow::Result<String> {
    let mut value: serde_json::Value = serde_json::from_str(text)?;
    value["name"] = names.name.clone().into();
    if let Some(object) = value.as_object_mut() {
        object.shift_remove("license");
        object.shift_remove("description");
    }
    if let Some(scripts) = value["scripts"].as_object_mut() {
        scripts.shift_remove("wit");
        scripts.shift_remove("prebuild");
        if let Some(build) = scripts.get_mut("build") {
            let script = build
                .as_str()
                .unwrap_or_default()
                .replace("--wit build/wit", "--wit wit");
            *build = format!("mkdir -p build && {script}").into();
        }
    }
    if let Some(sdk) = value.pointer_mut("/dependencies/@luminarys~1sdk-as") {
        *sdk = "file:sdk".into();
    }
    Ok(format!("{}\n", serde_json::to_string_pretty(&value)?))
}

fn lock(text: &str, names: &Names) -> String {
    let text = text
        .replace("\"file:../sdk\"", "\"file:sdk\"")
        .replace("\"../sdk\"", "\"sdk\"");
    let mut out = String::new();
    let mut renamed = 0;
    for line in text.lines() {
        // The project's name comes twice, before any other.
        match line.trim_start().strip_prefix("\"name\": ") {
            Some(_) if renamed < 2 => {
                renamed += 1;
                let indent = &line[..line.len() - line.trim_start().len()];
                out.push_str(&format!("{indent}\"name\": {:?},", names.name));
            }
            _ => out.push_str(line),
        }
        out.push('\n');
    }
    out
}
