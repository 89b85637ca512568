//! `luminarys list`

use std::fmt::Write as _;

use luminarys_text::visible;

use super::loading;
use super::report::note;
use crate::config::Config;
use crate::exit;
use crate::output::{self, Paint};

pub(super) async fn run(config: Config, json: bool) -> anyhow::Result<u8> {
    let settings = loading::without_state(config.settings);
    let skills = loading::load(settings).await?.skills();
    if json {
        output::print_json(&skills)?;
        return Ok(exit::OK);
    }
    if skills.is_empty() {
        output::tell(
            "no skill is configured; `luminarys add FILE` adds a package, or name manifests under `skills` in luminarys.yaml",
        );
    }
    let paint = Paint::new();
    let mut text = String::new();
    for skill in &skills {
        write!(text, "{}", paint.strong(&skill.id))?;
        if let Some(one) = &skill.descriptor {
            write!(text, "  {} {}", visible(&one.id), one.skill_version)?;
        }
        text.push('\n');
        if skill.loading {
            writeln!(text, "  {}", paint.doubtful("loading"))?;
        }
        if skill.problem.is_some() {
            writeln!(
                text,
                "  {}; `luminarys check` says why",
                paint.bad("not loaded")
            )?;
        }
        for method in &skill.methods {
            let first = method.description.lines().next().unwrap_or_default();
            let line = format!("  {}{}  {first}", method.name, note(method));
            writeln!(text, "{}", visible(line.trim_end()))?;
        }
    }
    output::print(&text)?;
    Ok(exit::OK)
}
