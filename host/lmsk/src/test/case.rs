//! The form of `skill.test.yaml`.

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
    /// Of the manifest; `{dir}` is the test's folder.
    #[serde(default)]
    pub permissions: Option<Value>,
    #[serde(default)]
    pub env: Option<Value>,
    #[serde(default)]
    pub runtime: Option<Value>,
    /// Made in each test's folder, beside its own.
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

/// One call and what must come of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub call: String,
    #[serde(default)]
    pub with: BTreeMap<String, Value>,
    #[serde(default)]
    pub expect: Expect,
}

/// Every key given must hold; without any, the call must succeed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    /// Exactly this; null is a result as well.
    #[serde(default, deserialize_with = "given")]
    pub result: Option<Value>,
    /// In the result's text.
    pub contains: Option<String>,
    /// In the error's text.
    pub error: Option<String>,
    /// For the model, beside the result.
    pub text: Option<String>,
    /// Success, whatever the result: what no key at all says as well.
    #[serde(default = "yes")]
    ok: bool,
}

fn yes() -> bool {
    true
}

/// A value that is there, whatever it is.
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

    /// The call, or the steps.
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
            .context("no tests; skill.test.yaml in the skill's folder holds them")?;
        let cases: Self = serde_saphyr::from_str(&text)
            .map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
        let shown = path.display();
        ensure!(!cases.tests.is_empty(), "{shown}: there are no tests in it");
        for case in &cases.tests {
            let steps = case.steps();
            ensure!(
                steps.iter().all(|step| step.expect.ok),
                "{shown}: the test {:?} has `ok: false`; for a call that fails write `error: TEXT`",
                case.name()
            );
            ensure!(
                case.steps.is_empty() || (case.with.is_empty() && !case.expect.says_something()),
                "{shown}: the test {:?} has `steps`: `with` and `expect` belong into them",
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
