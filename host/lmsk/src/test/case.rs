//! The format of `skill.test.yaml`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use serde_json::Value;

use crate::files;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cases {
    /// Keys of the manifest; `{dir}` is the test's folder.
    #[serde(default)]
    pub permissions: Option<Value>,
    #[serde(default)]
    pub env: Option<Value>,
    #[serde(default)]
    pub runtime: Option<Value>,
    /// Files created in each test's folder, besides its own.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    pub tests: Vec<Case>,
}

/// One test: a call, or several.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    #[serde(default)]
    pub call: Option<String>,
    #[serde(default)]
    pub with: BTreeMap<String, Value>,
    #[serde(default)]
    pub expect: Expect,
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// A call and its expected outcome.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub call: String,
    #[serde(default)]
    pub with: BTreeMap<String, Value>,
    #[serde(default)]
    pub expect: Expect,
}

/// Expectations, all of which must hold; without any, the call must succeed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    /// The exact result; null is a result as well.
    #[serde(default, deserialize_with = "given")]
    pub result: Option<Value>,
    /// Text that the result must contain.
    pub contains: Option<String>,
    /// Text that the error must contain.
    pub error: Option<String>,
    /// The text for the model.
    pub text: Option<String>,
    /// Success with any result, which is the default.
    #[serde(default = "yes")]
    ok: bool,
}

fn yes() -> bool {
    true
}

/// Reads a present value of any kind, including null.
fn given<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

impl Default for Expect {
    fn default() -> Self {
        Self {
            result: None,
            contains: None,
            error: None,
            text: None,
            ok: true,
        }
    }
}

impl Expect {
    fn says_something(&self) -> bool {
        let parts = [&self.contains, &self.error, &self.text];
        self.result.is_some() || parts.iter().any(|part| part.is_some())
    }
}

impl Case {
    pub fn name(&self) -> String {
        let calls = || {
            let steps = self.steps.iter().map(|step| step.call.as_str());
            let calls: Vec<&str> = self.call.as_deref().into_iter().chain(steps).collect();
            calls.join(", ")
        };
        self.name.clone().unwrap_or_else(calls)
    }

    /// Returns the call, or the steps.
    pub fn steps(&self) -> Vec<Step> {
        let first = self.call.iter().map(|call| Step {
            call: call.clone(),
            with: self.with.clone(),
            expect: self.expect.clone(),
        });
        first.chain(self.steps.iter().cloned()).collect()
    }
}

impl Cases {
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = files::read_text(path)
            .context("no tests; write them in skill.test.yaml in the skill's folder")?;
        let cases: Self = serde_saphyr::from_str(&text)
            .map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
        let shown = path.display();
        ensure!(!cases.tests.is_empty(), "{shown} has no tests");
        for case in &cases.tests {
            let steps = case.steps();
            ensure!(
                steps.iter().all(|step| step.expect.ok),
                "{shown}: the test {:?} has `ok: false`; for a call that fails write `error: TEXT`",
                case.name()
            );
            ensure!(
                case.steps.is_empty() || (case.with.is_empty() && !case.expect.says_something()),
                "{shown}: the test {:?} has `steps`: put `with` and `expect` into them",
                case.name()
            );
            ensure!(
                case.call.is_some() == case.steps.is_empty(),
                "{}: the test {:?} needs either `call` or `steps`",
                path.display(),
                case.name()
            );
        }
        Ok(cases)
    }
}
