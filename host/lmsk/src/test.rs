//! `lmsk test`: runs the cases of `skill.test.yaml` in the host's own runtime, with a temporary manifest.
//!
//! - `case`: the file's formatat
//! - `run`: runs one test in its own folder; `output`: the skill's output

mod case;
mod output;
mod run;

use anyhow::ensure;
use luminarys_package::{Package, SecretKey, Trust};
use luminarys_text::{visible, visible_lines};
use serde_json::json;

use crate::cli::Test;
use crate::report::{self, Report};
use crate::{build, files};
pub(crate) use case::Cases;
use output::Lines;
use run::{Bench, Outcome};

pub(crate) fn run(arguments: &Test) -> anyhow::Result<Report> {
    build::check_folder(&arguments.build.dir)?;
    // Before the slow part.
    let cases = cases(arguments)?;
    let component = match &arguments.package {
        Some(package) => files::read(package)?,
        None => build::build(&arguments.build)?.component,
    };
    check(&component, &cases, arguments)
}

/// Returns the tests of the skill's folder.
pub(crate) fn cases(arguments: &Test) -> anyhow::Result<Cases> {
    let folder = || arguments.build.dir.join("skill.test.yaml");
    Cases::read(&arguments.cases.clone().unwrap_or_else(folder))
}

/// Runs the tests against the built skill, signed or not.
pub(crate) fn check(component: &[u8], cases: &Cases, arguments: &Test) -> anyhow::Result<Report> {
    let outcomes = outcomes(component, cases, arguments)?;
    ensure!(
        !outcomes.is_empty(),
        "no test's name contains {:?}",
        arguments.filter.as_deref().unwrap_or_default()
    );
    let failed = outcomes
        .iter()
        .filter(|(_, outcome)| outcome.is_err())
        .count();
    let passed = outcomes.len() - failed;
    let problem = (failed > 0).then(|| format!("{failed} of {} tests failed", outcomes.len()));
    if arguments.json {
        let list = outcomes.iter().map(|(name, outcome)| {
            json!({ "name": name, "passed": outcome.is_ok(), "problem": outcome.as_ref().err() })
        });
        let list: Vec<_> = list.collect();
        let report = json!({ "passed": passed, "failed": failed, "tests": list });
        return Ok(Report::json(&report).with_problem(problem));
    }
    let mut text = String::new();
    for (name, outcome) in &outcomes {
        match outcome {
            Ok(()) => text.push_str(&format!("ok      {}\n", visible(name))),
            Err(problem) => text.push_str(&format!(
                "FAILED  {}\n        {}\n",
                visible(name),
                visible_lines(problem, "        ")
            )),
        }
    }
    text.push_str(&format!("{passed} passed, {failed} failed\n"));
    Ok(Report::text(text).with_problem(problem))
}

/// Describes why a test failed, with the skill's output.
fn told(problem: &str, written: &[String]) -> String {
    if written.is_empty() {
        return problem.to_owned();
    }
    format!("{problem}\nthe skill wrote:\n  {}", written.join("\n  "))
}

/// Returns the package under test and the key to trust for it: its signer, or a temporary key.
fn signed(component: &[u8]) -> anyhow::Result<(Vec<u8>, Trust)> {
    if let Some(signature) = Package::read(component.to_vec())?.signature {
        return Ok((component.to_vec(), Trust::Keys(vec![signature.key])));
    }
    let key = SecretKey::generate()?;
    let package = luminarys_package::sign(component, &key)?;
    Ok((package, Trust::Keys(vec![key.public()])))
}

/// Runs the selected tests one after the other.
fn outcomes(
    component: &[u8],
    cases: &Cases,
    arguments: &Test,
) -> anyhow::Result<Vec<(String, Outcome)>> {
    let work = tempfile::tempdir()?;
    let package = work.path().join("tested.skill");
    let (signed, trust) = signed(component)?;
    std::fs::write(&package, signed)?;
    let lines = Lines::listen(arguments.log);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .max_blocking_threads(luminarys_orchestrator::BLOCKING_THREADS)
        .enable_all()
        .build()?;
    let bench = Bench {
        package,
        cases,
        trust,
    };
    let filter = arguments.filter.as_deref().unwrap_or_default();
    let chosen = cases
        .tests
        .iter()
        .filter(|test| test.name().contains(filter));
    let chosen: Vec<_> = chosen.collect();
    let bar = report::bar(chosen.len());
    let mut outcomes = Vec::new();
    for test in chosen {
        bar.set_message(test.name());
        lines.take();
        let outcome = runtime.block_on(bench.run(test))?;
        let written = lines.take();
        let outcome = outcome.map_err(|problem| told(&problem, &written));
        outcomes.push((test.name(), outcome));
        bar.inc(1);
    }
    bar.finish_and_clear();
    runtime.shutdown_background();
    Ok(outcomes)
}
