//! Runs one test: a host with one skill, a folder, the calls.

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use luminarys_orchestrator::{
    CallContext, InvokeError, Orchestrator, Origin, Outcome as Answer, Settings, user,
};
use luminarys_package::Trust;
use serde_json::{Value, json};

use super::case::{Case, Cases, Expect, Step};

/// The outcome of a test: `Err` says why it failed.
pub(super) type Outcome = Result<(), String>;

/// The instance's id.
const ID: &str = "tested";
/// The time limit for delivering events that a call emitted.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The state that all tests share.
pub(super) struct Bench<'a> {
    pub package: PathBuf,
    pub cases: &'a Cases,
    pub trust: Trust,
}

impl Bench<'_> {
    /// Runs one test.
    ///
    /// # Errors
    /// Fails if the test cannot be run, because of the manifest or the folder.
    pub async fn run(&self, case: &Case) -> anyhow::Result<Outcome> {
        let work = tempfile::tempdir()?;
        // As a skill sees it, without symbolic links.
        let directory = work.path().canonicalize()?.join("dir");
        std::fs::create_dir(&directory)?;
        for (name, text) in self.cases.files.iter().chain(&case.files) {
            put(&directory, name, text)?;
        }
        let manifest = self.manifest(work.path(), &directory)?;
        let settings = Settings {
            manifests: vec![manifest],
            trust: self.trust.clone(),
            // The cache of a host without configuration, so that unchanged skills are not compiled again.
            cache_dir: user::cache_dir(),
            cache_key: user::cache_key(None),
            ..Settings::default()
        };
        let host = Orchestrator::start(settings, |_| {}).await?;
        let report = host.skill(ID).or_else(|| host.skills().into_iter().next());
        let report = report.context("the skill was not loaded")?;
        if let Some(problem) = &report.problem {
            return Ok(Err(format!("the skill cannot be loaded: {problem}")));
        }
        for (index, step) in case.steps().iter().enumerate() {
            let arguments = fill(&json!(step.with), &directory);
            let called = host.invoke(
                Origin::Operator,
                ID,
                &step.call,
                arguments,
                CallContext::new(""),
            );
            let answer = called.await;
            host.settle(TIMEOUT).await;
            if let Err(problem) = meets(&step.expect, answer, &directory) {
                return Ok(Err(named(case, index, step, &problem)));
            }
        }
        host.shutdown(Duration::ZERO).await;
        Ok(Ok(()))
    }

    fn manifest(&self, work: &Path, directory: &Path) -> anyhow::Result<PathBuf> {
        let mut manifest = json!({ "id": ID, "path": self.package });
        for (key, value) in [
            ("permissions", &self.cases.permissions),
            ("env", &self.cases.env),
            ("runtime", &self.cases.runtime),
        ] {
            if let Some(value) = value {
                manifest[key] = fill(value, directory);
            }
        }
        let path = work.join("manifest.yaml");
        // JSON is YAML.
        std::fs::write(&path, manifest.to_string())?;
        Ok(path)
    }
}

/// Returns the label of a call among several.
fn named(case: &Case, index: usize, step: &Step, problem: &str) -> String {
    match case.steps.len() {
        0 | 1 => problem.to_owned(),
        _ => format!("step {} ({}): {problem}", index + 1, step.call),
    }
}

/// Returns a path below the test's folder.
fn put(directory: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let inside = Path::new(name)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    ensure!(inside, "files: {name:?} is not below the test's folder");
    let path = directory.join(name);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
    }
    std::fs::write(&path, text).with_context(|| format!("writing {}", path.display()))
}

/// Replaces `{dir}` in every string.
fn fill(value: &Value, directory: &Path) -> Value {
    match value {
        Value::String(text) => Value::String(place(text, directory)),
        Value::Array(items) => items.iter().map(|item| fill(item, directory)).collect(),
        Value::Object(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| (key.clone(), fill(value, directory)));
            Value::Object(entries.collect())
        }
        other => other.clone(),
    }
}

fn place(text: &str, directory: &Path) -> String {
    text.replace("{dir}", &directory.display().to_string())
}

fn meets(expect: &Expect, answer: Result<Answer, InvokeError>, directory: &Path) -> Outcome {
    let answer = match (answer, &expect.error) {
        (Err(error), Some(part)) => {
            let (printed, part) = (error.to_string(), place(part, directory));
            return match printed.contains(&part) {
                true => Ok(()),
                false => Err(format!(
                    "an error with {part:?} was expected, not {printed:?}"
                )),
            };
        }
        (Err(error), None) => return Err(format!("it failed: {error}")),
        (Ok(answer), Some(part)) => {
            return Err(format!(
                "an error with {part:?} was expected, not {}",
                answer.value
            ));
        }
        (Ok(answer), None) => answer,
    };
    if let Some(wanted) = &expect.result {
        let wanted = fill(wanted, directory);
        if !same(&answer.value, &wanted) {
            return Err(format!("expected {wanted}\n     got {}", answer.value));
        }
    }
    if let Some(part) = &expect.contains {
        let part = place(part, directory);
        let text = answer
            .value
            .as_str()
            .map_or_else(|| answer.value.to_string(), str::to_owned);
        if !text.contains(&part) {
            return Err(format!("expected {part:?} in {text:?}"));
        }
    }
    if let Some(wanted) = &expect.text {
        let told = answer.text_for_model.unwrap_or_default();
        if told != place(wanted, directory) {
            return Err(format!(
                "expected the text for the model {wanted:?}, got {told:?}"
            ));
        }
    }
    Ok(())
}

/// Whether two values are equal; numbers are compared by value.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        _ => one == other,
    }
}
