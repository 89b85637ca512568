//! The official test suite of MCP servers: all scenarios that a revision of the protocol requires, and the additional
//! ones. Exceptions are in `clients/suite-expected.yaml`, with reasons.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use luminarys_conformance::host::{client_program, repository};
use luminarys_testing::each_row;
use serde::Deserialize;
use serde_json::Value;

use super::job::{NEW, OLD};
use crate::host::{Host, Place};

const PROGRAM: &str = "node_modules/@modelcontextprotocol/conformance/dist/index.js";

/// The scenarios that must run in both revisions.
const KEY: [&str; 3] = ["dns-rebinding-protection", "tools-call-error", "tools-list"];

/// The failed checks of each scenario that ran.
type Ran = BTreeMap<String, BTreeSet<String>>;

/// Exceptions with the same reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    #[serde(rename = "why")]
    _why: String,
    #[serde(default)]
    scenarios: Vec<String>,
    /// As `SCENARIO/CHECK`.
    #[serde(default)]
    checks: Vec<String>,
}

/// The tools that the suite calls, under the names that it expects; it has no token.
fn place() -> Place {
    let place = Place::new(&["echo"]);
    let names = "mcp: {name: test}\npermissions: {llm: {enabled: true}}\n";
    place.deploy("suite", "suite", names);
    let usual = ", auth: {tokens: [conformance-token]}";
    let config = place.config("").replace(usual, "");
    assert!(!config.contains("auth"), "{config}");
    place.write("luminarys.yaml", &config);
    place
}

/// Reads the suite's output: one folder per scenario, named `server-SCENARIO-TIME`.
fn read(folder: &Path) -> Ran {
    let mut ran = Ran::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let scenario = name.strip_prefix("server-").unwrap();
        // The time is as long as 2026-11-29T16-14-35-593Z.
        let scenario = &scenario[..scenario.len() - "-2026-11-29T16-14-35-593Z".len()];
        let checks = std::fs::read(entry.path().join("checks.json")).unwrap();
        let checks: Vec<Value> = serde_json::from_slice(&checks).unwrap();
        assert!(!checks.is_empty(), "{scenario} checked nothing");
        let failed = checks
            .iter()
            .filter(|check| check["status"] == "FAILURE" || check["status"] == "WARNING")
            .map(|check| check["id"].as_str().unwrap().to_owned());
        ran.entry(scenario.to_owned()).or_default().extend(failed);
    }
    ran
}

/// Returns unexpected failures, and expected failures that passed although their scenario ran.
fn surprises(mut ran: Ran, expected: &[Expected]) -> Vec<String> {
    let mut surprises = Vec::new();
    let mut passed = |what: &str| surprises.push(format!("{what} passes, and is listed"));
    for check in expected.iter().flat_map(|it| &it.checks) {
        let (scenario, id) = check.split_once('/').unwrap();
        if let Some(failed) = ran.get_mut(scenario)
            && !failed.remove(id)
        {
            passed(check);
        }
    }
    for scenario in expected.iter().flat_map(|it| &it.scenarios) {
        if ran.remove(scenario).is_some_and(|failed| failed.is_empty()) {
            passed(scenario);
        }
    }
    for (scenario, failed) in ran {
        surprises.extend(failed.iter().map(|id| format!("{scenario}/{id} fails")));
    }
    surprises
}

fn passes(protocol: &str) {
    let place = place();
    let host = Host::start(&place);
    let lent = repository().join("conformance/clients/glob-sync.mjs");
    let found = place.path("found");
    let output = client_program(PROGRAM)
        .env(
            "NODE_OPTIONS",
            format!("--import=file://{}", lent.display()),
        )
        .args(["server", "--requirements", protocol, "--url"])
        .arg(host.url("/mcp"))
        .arg("--output-dir")
        .arg(&found)
        .output()
        .expect("node, for which scripts/client-tools looks");
    let outcome = String::from_utf8_lossy(&output.stderr);
    assert!(found.exists(), "{outcome}\n{}", host.log());
    let known = repository().join("conformance/clients/suite-expected.yaml");
    let known = std::fs::read_to_string(known).unwrap();
    let expected: Vec<Expected> = serde_saphyr::from_str(&known).unwrap();
    let ran = read(&found);
    for scenario in KEY {
        assert!(
            ran.contains_key(scenario),
            "{scenario} did not run: {outcome}"
        );
    }
    let surprises = surprises(ran, &expected);
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(
        surprises.is_empty(),
        "{surprises:#?}\n{shown}\n{}",
        host.log()
    );
}

#[test]
fn the_official_suite_passes_with_sessions() {
    passes(OLD);
}

#[test]
fn the_official_suite_passes_without_sessions() {
    passes(NEW);
}

#[test]
fn unexpected_results_fail() {
    let expected = |scenarios: &[&str], checks: &[&str]| {
        let own = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect();
        vec![Expected {
            _why: String::new(),
            scenarios: own(scenarios),
            checks: own(checks),
        }]
    };
    let ran = |failed: &[&str]| -> Ran {
        let failed = failed.iter().map(|id| (*id).to_owned()).collect();
        [("s".to_owned(), failed)].into()
    };
    let rows = [
        (&[][..], &[][..], &[][..], 0),
        (&["a"], &[], &[], 1),
        (&["a"], &["s"], &[], 0),
        (&["a", "b"], &[], &["s/a"], 1),
        (&["a"], &[], &["s/a", "other/b"], 0),
        (&[], &["s"], &[], 1),
        (&[], &["other"], &["s/a"], 1),
    ];
    each_row(rows, |(failed, scenarios, checks, count)| {
        let found = surprises(ran(failed), &expected(scenarios, checks));
        assert_eq!(found.len(), count, "{failed:?}: {found:?}");
    });
}
