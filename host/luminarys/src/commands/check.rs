//! `luminarys check`

use std::fmt::Write as _;

use anyhow::Context as _;
use luminarys_orchestrator::Recording;
use luminarys_package::Trust;

use super::report::skill_lines;
use crate::config::Config;
use crate::exit;
use crate::output::{self, Paint};

pub(super) async fn run(config: Config, json: bool, accept: Option<String>) -> anyhow::Result<u8> {
    if let Some(id) = &accept {
        // All are loaded, since one may import another; only that there is such a skill is looked at here.
        super::only(&mut config.settings.clone(), id)?;
    }
    if config.settings.trust == Trust::Any {
        output::tell("`trust` is `any`: packages run whoever made them, signed or not");
    }
    let mut settings = super::without_state(config.settings);
    if let Some(id) = accept {
        let records = settings.package_records.as_mut();
        let records =
            records.context("there is no place to record packages in; name one with `data_dir`")?;
        records.recording = Recording::Accepted(id);
    }
    let skills = super::load(settings).await?.skills();
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
            writeln!(text, "{}", skill_lines(skill, paint)?)?;
        }
        let loads = skills.len() - refused;
        let count = match skills.len() {
            1 => "1 skill".to_owned(),
            count => format!("{count} skills"),
        };
        writeln!(text, "{count}: {loads} would load, {refused} would not")?;
        output::print(&text)?;
    }
    Ok(if refused == 0 { exit::OK } else { exit::USAGE })
}
