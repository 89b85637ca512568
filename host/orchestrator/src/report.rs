//! Reports on skills for the operator, whether they run or not.

use std::path::PathBuf;

use luminarys_package::{Descriptor, Effects, Visibility};
use luminarys_runtime::Method;
use luminarys_runtime::values::NamedForm;
use serde::Serialize;
use serde_json::Value;

use crate::{Acceptance, Authorised};

/// The report on one manifest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SkillReport {
    /// The instance id; the manifest's path if the manifest cannot be read.
    pub id: String,
    /// The manifest.
    pub manifest: PathBuf,
    /// The package that the manifest names: a file, or a reference into a registry.
    pub package: Option<String>,
    /// The package's descriptor, even if it is not trusted.
    pub descriptor: Option<Descriptor>,
    /// The short name of the key that signed it.
    pub signer: Option<String>,
    /// The identity that the manifest authorises, part by part.
    pub authorised: Vec<Authorised>,
    /// The outcome of accepting its package, if that was requested and it could be loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Acceptance>,
    /// Its methods, if it runs.
    pub methods: Vec<MethodReport>,
    /// The package's requirements, each checked against the manifest.
    pub requirements: Vec<RequirementReport>,
    /// Whether it serves calls. With a `problem`, an earlier version does.
    pub running: bool,
    /// Whether its package is being loaded: the first, or a newer one while an earlier version serves calls.
    pub loading: bool,
    /// Why it, or its latest version, does not run.
    pub problem: Option<String>,
    /// Whether it keeps an instance for each session.
    pub keeps_sessions: bool,
    /// What confines its commands, if it may run any.
    pub commands: Option<String>,
    /// The paths that grants do not open because they give authority, one line each.
    pub carve_outs: Vec<String>,
    /// Problems that do not keep it from running.
    pub warnings: Vec<String>,
}

/// One method.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MethodReport {
    /// snake_case name.
    pub name: String,
    /// For people and models.
    pub description: String,
    /// What people see in place of the name.
    pub title: String,
    /// Who may call it.
    pub visibility: Visibility,
    /// The possible effects of its calls.
    pub effects: Effects,
    /// JSON Schema of the arguments.
    pub input_schema: Value,
    /// The type of each parameter.
    #[serde(skip)]
    pub forms: Vec<NamedForm>,
    /// JSON Schema of the result.
    pub output_schema: Option<Value>,
    /// Why it cannot be called, if so.
    pub unavailable: Option<String>,
}

/// One requirement of a package.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RequirementReport {
    /// `fs http tcp ws shell env invoke llm file_transfer`.
    pub kind: String,
    /// Its target.
    pub pattern: String,
    /// `ro` or `rw`, for `fs`.
    pub mode: Option<String>,
    /// Whether the manifest grants it.
    pub granted: bool,
    /// The entry that grants it, or why none does.
    pub why: String,
    /// The YAML line to add.
    pub missing: Option<String>,
}

impl SkillReport {
    /// Returns why it does not run, if known.
    pub(crate) fn why_not(&self) -> String {
        match (&self.problem, self.loading) {
            (Some(problem), _) => problem.clone(),
            (None, true) => "its package is being loaded; try again in a moment".to_owned(),
            (None, false) => String::new(),
        }
    }

    /// Makes a report with only the names known so far.
    pub(crate) fn new(id: String, manifest: PathBuf) -> Self {
        Self {
            id,
            manifest,
            package: None,
            descriptor: None,
            signer: None,
            authorised: Vec::new(),
            accepted: None,
            methods: Vec::new(),
            requirements: Vec::new(),
            running: false,
            loading: false,
            problem: None,
            keeps_sessions: false,
            commands: None,
            carve_outs: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

impl From<&Method> for MethodReport {
    fn from(method: &Method) -> Self {
        Self {
            name: method.name.clone(),
            description: method.description.clone(),
            title: method.title.clone(),
            visibility: method.visibility,
            effects: method.effects,
            input_schema: method.input_schema.clone(),
            forms: method.forms.clone(),
            output_schema: method.output_schema.clone(),
            unavailable: method.unavailable.clone(),
        }
    }
}
