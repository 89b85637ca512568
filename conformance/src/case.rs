//! The form of a case file: a list of cases.
//!
//! In every string of `files`, `manifest`, `with` and the expectations, `{root}` stands for the case's own directory,
//! which its manifest usually grants, `{outside}` for one that nothing grants, and `{base}` for the one that holds both and
//! the host's configuration, manifests and data.

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
    /// Several packages: the case is one for each, and all give the same answers.
    #[serde(default)]
    pub skills: Vec<String>,
    /// What its methods declare in place of what the package says.
    #[serde(default)]
    pub hints: Option<Hinted>,
    /// Where it runs.
    #[serde(skip)]
    pub machine: Machine,
    /// Only where commands have namespaces of their own.
    #[serde(default)]
    pub namespaces: bool,
    /// What exists beneath `{root}` before the first call.
    #[serde(default)]
    pub files: BTreeMap<String, FileSpec>,
    /// The manifest but for `id` and `path`.
    #[serde(default)]
    pub manifest: BTreeMap<String, Value>,
    /// Further keys of the host's configuration.
    #[serde(default)]
    pub config: BTreeMap<String, Value>,
    /// Further instances, by id.
    #[serde(default)]
    pub also: BTreeMap<String, Also>,
    /// Pairs of names beneath `{root}` that a thread keeps exchanging while the calls run.
    #[serde(default)]
    pub race: Vec<(String, String)>,
    /// Text that no answer may contain.
    #[serde(default)]
    pub never: Option<String>,
    /// The calls.
    #[serde(default)]
    pub calls: Vec<Call>,
    /// What the host's log must hold when all is over.
    #[serde(default)]
    pub log: Vec<String>,
    /// What the host's log must not hold.
    #[serde(default)]
    pub log_never: Vec<String>,
    /// Content beneath `{root}` after the last call; null for a name that must be gone.
    #[serde(default)]
    pub files_after: BTreeMap<String, Option<String>>,
    /// Tool names that the list must hold, and no others.
    #[serde(default)]
    pub tools: Option<Vec<String>>,
    /// The skill must not load, and `luminarys check` must say this.
    #[serde(default)]
    pub refused: Vec<String>,
    /// The skill must load, and `luminarys check` must say this.
    #[serde(default)]
    pub checked: Vec<String>,
}

/// Another skill beside the one that is called.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Also {
    /// The package.
    pub skill: String,
    /// What its methods declare in place of what the package says.
    #[serde(default)]
    pub hints: Option<Hinted>,
    /// The manifest but for `id` and `path`.
    #[serde(default)]
    pub manifest: BTreeMap<String, Value>,
}

/// Hints that a package is given for the case, which is then signed anew.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hinted {
    /// The words, for each method.
    pub declare: Vec<luminarys_package::Hint>,
    /// The methods that declare nothing.
    #[serde(default)]
    pub except: Vec<String>,
}

/// One call, or one run of the command line.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Only with these packages; with each when empty.
    #[serde(default)]
    pub skills: Vec<String>,
    /// The method.
    pub call: String,
    /// Shown when the call fails its expectation.
    #[serde(default)]
    pub name: Option<String>,
    /// The arguments.
    #[serde(default)]
    pub with: BTreeMap<String, Value>,
    /// Keys of the result whose values later calls name as `{kept:KEY}`.
    #[serde(default)]
    pub keep: Vec<String>,
    /// Only where commands have namespaces of their own.
    #[serde(default)]
    pub namespaces: bool,
    /// How often it is made; each answer must meet the expectation.
    #[serde(default = "once")]
    pub repeat: usize,
    /// The host is started anew before it.
    #[serde(default)]
    pub restart: bool,
    /// Progress that must have been told during it: `done/total message`.
    #[serde(default)]
    pub progress: Option<Vec<String>>,
    /// Repeated until the expectation is met, for what happens by itself.
    #[serde(default)]
    pub until: bool,
    /// Through `luminarys call` rather than MCP, expecting this exit code.
    #[serde(default)]
    pub exit: Option<i32>,
    /// What must come of it; with no key, any answer will do.
    #[serde(default)]
    pub expect: Expect,
}

/// What an answer must be. Every key given must hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Exactly this result.
    pub result: Option<Value>,
    /// A result that contains this: a part of a string, keys of an object, leading items of a list.
    pub contains: Option<Value>,
    /// An error with this in its text.
    pub error: Option<String>,
    /// An error that is a denial and names this manifest line (may be empty).
    pub denied: Option<String>,
    /// This text for the model.
    pub text: Option<String>,
    /// Success, whatever the result.
    #[serde(default)]
    pub ok: bool,
}

/// What stands at a name before the calls.
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
    /// A file of these bytes, in base64.
    Base64(String),
    /// An archive.
    Archive(Archive),
    /// A file of this text so many times.
    Repeat(String, usize),
}

fn once() -> usize {
    1
}

/// The cases of one file.
///
/// # Errors
/// When the file cannot be read or does not have the form above; the message has the line.
pub fn load(path: &Path) -> anyhow::Result<Vec<Case>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let cases: Vec<Case> = serde_saphyr::from_str(&text)
        .map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
    Ok(cases.into_iter().flat_map(each).collect())
}

/// The case for each of its packages.
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
