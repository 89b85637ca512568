//! The format of a case file: a list of cases.
//!
//! In every string of `files`, `manifest`, `with` and the expectations, `{root}` stands for the case's own directory,
//! which its manifest usually grants, `{outside}` for one that nothing grants, and `{base}` for the one that holds both
//! and the host's configuration, manifests and data.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::Value;

use crate::archives::Archive;
use crate::host::Machine;

/// One world and the calls made in it, in order.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Unique within its file.
    pub name: String,
    /// The package, `target/skills/<skill>.skill`.
    #[serde(default)]
    pub skill: String,
    /// Several packages: the case runs with each, and all give the same answers.
    #[serde(default)]
    pub skills: Vec<String>,
    /// Hints of its methods, replacing those of the package.
    #[serde(default)]
    pub hints: Option<Hinted>,
    /// The machine that it runs on.
    #[serde(skip)]
    pub machine: Machine,
    /// Only where commands have their own namespaces.
    #[serde(default)]
    pub namespaces: bool,
    /// Files below `{root}` before the first call.
    #[serde(default)]
    pub files: BTreeMap<String, FileSpec>,
    /// The manifest without `id` and `path`.
    #[serde(default)]
    pub manifest: BTreeMap<String, Value>,
    /// Further keys of the host's configuration.
    #[serde(default)]
    pub config: BTreeMap<String, Value>,
    /// Further instances, by id.
    #[serde(default)]
    pub also: BTreeMap<String, Also>,
    /// Pairs of names below `{root}` that a thread keeps exchanging while the calls run.
    #[serde(default)]
    pub race: Vec<(String, String)>,
    /// Text that no answer may contain.
    #[serde(default)]
    pub never: Option<String>,
    /// The calls.
    #[serde(default)]
    pub calls: Vec<Call>,
    /// Text that the host's log must contain at the end.
    #[serde(default)]
    pub log: Vec<String>,
    /// Text that the host's log must not contain.
    #[serde(default)]
    pub log_never: Vec<String>,
    /// Content of files below `{root}` after the last call; null for a name that must not exist.
    #[serde(default)]
    pub files_after: BTreeMap<String, Option<String>>,
    /// The exact tool names of the list.
    #[serde(default)]
    pub tools: Option<Vec<String>>,
    /// The skill must not load, and `luminarys check` must print this.
    #[serde(default)]
    pub refused: Vec<String>,
    /// The skill must load, and `luminarys check` must print this.
    #[serde(default)]
    pub checked: Vec<String>,
}

/// Another skill besides the one that is called.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Also {
    /// The package.
    pub skill: String,
    /// Hints of its methods, replacing those of the package.
    #[serde(default)]
    pub hints: Option<Hinted>,
    /// The manifest without `id` and `path`.
    #[serde(default)]
    pub manifest: BTreeMap<String, Value>,
}

/// Hints that replace those of a package for the case, which is then signed again.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hinted {
    /// The hints of each method.
    pub declare: Vec<luminarys_package::Hint>,
    /// The methods without hints.
    #[serde(default)]
    pub except: Vec<String>,
}

/// One call, or one run of the command line.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Only with these packages; with each if empty.
    #[serde(default)]
    pub skills: Vec<String>,
    /// The method.
    pub call: String,
    /// The name in messages.
    #[serde(default)]
    pub name: Option<String>,
    /// The arguments.
    #[serde(default)]
    pub with: BTreeMap<String, Value>,
    /// Keys of the result whose values later calls refer to as `{kept:KEY}`.
    #[serde(default)]
    pub keep: Vec<String>,
    /// Only where commands have their own namespaces.
    #[serde(default)]
    pub namespaces: bool,
    /// The number of repetitions; each answer must meet the expectation.
    #[serde(default = "once")]
    pub repeat: usize,
    /// The host is restarted before it.
    #[serde(default)]
    pub restart: bool,
    /// Progress that must be reported during it: `done/total message`.
    #[serde(default)]
    pub progress: Option<Vec<String>>,
    /// Repeated until the expectation is met, for asynchronous effects.
    #[serde(default)]
    pub until: bool,
    /// Made with `luminarys call` instead of MCP, expecting this exit code.
    #[serde(default)]
    pub exit: Option<i32>,
    /// The expected answer; with no key, any.
    #[serde(default)]
    pub expect: Expect,
}

/// The expected answer. Every given key must match.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Exactly this result.
    pub result: Option<Value>,
    /// A result that contains this: a part of a string, keys of an object, leading items of a list.
    pub contains: Option<Value>,
    /// An error with this in its text.
    pub error: Option<String>,
    /// A denial that names this line of a manifest (may be empty).
    pub denied: Option<String>,
    /// This text for the model.
    pub text: Option<String>,
    /// Success with any result.
    #[serde(default)]
    pub ok: bool,
}

/// A file before the calls.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum FileSpec {
    /// A file with this text.
    Text(String),
    /// Anything else.
    Other(Special),
}

/// Not a plain text file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Special {
    /// A symbolic link to this target.
    Link(String),
    /// A hard link to this path.
    Hard(String),
    /// An empty directory.
    Directory(bool),
    /// A named pipe.
    Fifo(bool),
    /// A file with these bytes, in base64.
    Base64(String),
    /// An archive.
    Archive(Archive),
    /// A file with this text, repeated this many times.
    Repeat(String, usize),
}

fn once() -> usize {
    1
}

/// Reads the cases of one file.
///
/// # Errors
/// Fails if the file cannot be read or has another format; the message has the line.
pub fn load(path: &Path) -> anyhow::Result<Vec<Case>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let cases: Vec<Case> = serde_saphyr::from_str(&text)
        .map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
    Ok(cases.into_iter().flat_map(each).collect())
}

/// Returns the case for each of its packages.
fn each(case: Case) -> Vec<Case> {
    if case.skills.is_empty() {
        return vec![case];
    }
    let one = |skill: &String| {
        let mut one = case.clone();
        one.name = format!("{} ({skill})", case.name);
        one.skill.clone_from(skill);
        one.calls
            .retain(|call| call.skills.is_empty() || call.skills.contains(skill));
        one
    };
    case.skills.iter().map(one).collect()
}
