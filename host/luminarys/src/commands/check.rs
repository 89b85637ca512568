//! `luminarys check`

use std::fmt::Write as _;

use luminarys_package::Trust;

use super::report::skill_lines;
use crate::config::Config;
use crate::exit;
use crate::output::{self, Paint};

pub(super) async fn run(config: Config, json: bool) -> anyhow::Result<u8> {
    if config.settings.trust == Trust::Any {
        output::tell("`trust` is `any`: packages run whoever made them, signed or not");
    }
    let settings = super::without_state(config.settings);
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
