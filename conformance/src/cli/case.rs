//! The format of a file of command lines.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use serde_json::Value;

/// Command lines that run one after the other in the same directory.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Unique within its file.
    pub name: String,
    /// Files in the directory. `{cache}` stands for the two lines of `runtime` that share the compiled skills of all
    /// cases.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// Packages in the directory, made from a small component, by file name.
    #[serde(default)]
    pub packages: BTreeMap<String, Package>,
    /// Skills of `target/skills`, copied into the directory as NAME.skill.
    #[serde(default)]
    pub skills: Vec<String>,
    /// `luminarys …`, `lmsk …`, or `cat FILE`.
    pub run: Vec<String>,
}

/// The properties of a package.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// Its id.
    #[serde(default = "id")]
    pub id: String,
    /// Its version.
    #[serde(default = "version")]
    pub version: String,
    /// Its requirements.
    #[serde(default)]
    pub requirements: Value,
    /// Its signer.
    #[serde(default)]
    pub signer: Signer,
}

/// The signer of a package.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Signer {
    /// The key whose public half is `team.pub`.
    #[default]
    Team,
    /// The key whose public half is `other.pub`.
    Other,
    /// None: the package is a component with a descriptor.
    Nobody,
}

fn id() -> String {
    "test.cli.numbers".to_owned()
}

fn version() -> String {
    "1.0.0".to_owned()
}

/// Reads the cases of a file.
pub fn load(path: &Path) -> anyhow::Result<Vec<Case>> {
    let text = std::fs::read_to_string(path)?;
    let cases: Vec<Case> =
        serde_saphyr::from_str(&text).with_context(|| path.display().to_string())?;
    for (position, case) in cases.iter().enumerate() {
        ensure!(!case.run.is_empty(), "{} runs nothing", case.name);
        ensure!(
            cases
                .iter()
                .take(position)
                .all(|other| other.name != case.name),
            "two cases have the name {}",
            case.name
        );
    }
    Ok(cases)
}
