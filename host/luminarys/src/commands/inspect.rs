//! `luminarys inspect`

use std::fmt::Write as _;

use anyhow::Context as _;
use luminarys_grants::Manifest;
use luminarys_text::{visible, visible_json, visible_lines};
use serde_json::Value;

use super::loading;
use super::report::{grant_lines, hints, note, skill_lines};
use crate::config::Config;
use crate::exit;
use crate::output::{self, Paint};

pub(super) async fn run(mut config: Config, id: &str, json: bool) -> anyhow::Result<u8> {
    loading::only(&mut config.settings, id)?;
    let settings = loading::without_state(config.settings);
    let skill = loading::load(settings.clone()).await?.skill(id);
    let skill = skill.with_context(|| {
        format!("the manifest of {id} changed while it was being read; run the command again")
    })?;
    let manifest = Manifest::load(&skill.manifest, &|name| settings.variable(name))?;
    let grants = manifest.listed();
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
    text += &grant_lines(&grants)?;
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
