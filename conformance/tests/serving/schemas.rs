//! The tools of every template and guest have schemas that every client accepts.

use std::collections::BTreeSet;

use luminarys_conformance::package;
use luminarys_package::Package;
use luminarys_testing::each_row_async;
use rmcp::model::Tool;
use serde_json::Value;

use crate::host::{Host, Place, TOKEN, connect, protocols};

/// The grants of all of them: requirements of some, and calls of each other.
const GRANTS: &str = "env: {API_KEY: key}
invoke_policy: {can_invoke: ['*'], can_be_invoked_by: ['*']}
permissions:
  shell: {enabled: true, allowlist: ['git **'], allowed_dirs: [/usr]}
  fs: {enabled: true, dirs: ['/data/**:rw']}
";
/// Exports an incompatible version of an interface, so that skills that import it are not loaded together with it.
const DRIFTED: &str = "drifted";

/// Returns the names of all packages.
fn packages() -> Vec<String> {
    let built = package("any").parent().unwrap().read_dir().unwrap();
    let paths = built.map(|file| file.unwrap().path());
    let skills = paths.filter(|path| path.extension().is_some_and(|it| it == "skill"));
    let names = skills.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.filter(|name| name != DRIFTED).collect();
    names.sort();
    names
}

/// Each deployed as `s0`, `s1` and so on, in the order of their names.
fn place(packages: &[String], mapping: &str) -> Place {
    let place = Place::new(&[]);
    for (index, name) in packages.iter().enumerate() {
        let manifest = format!("{GRANTS}mcp: {{mapping: {mapping}}}\n");
        place.deploy(&format!("s{index}"), name, &manifest);
    }
    // Some take a minute to compile, so the cache and its key are shared with the cases.
    let shared = format!(
        "runtime: {{cache_dir: {:?}, cache_key: {:?}}}\n",
        package("key").with_file_name("cache"),
        package("key").with_file_name("cache.key"),
    );
    let config = place
        .config("")
        .replace("runtime: {cache_dir: cache}\n", &shared);
    assert!(config.contains(&shared), "{config}");
    place.write("luminarys.yaml", &config);
    let checked = place.command(&["check"]).output().unwrap();
    let outcome = String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success(), "{outcome}");
    assert!(!outcome.contains("is not offered to clients"), "{outcome}");
    place
}

/// Returns the packages that have a tool.
fn offering(tools: &[Tool]) -> BTreeSet<usize> {
    let index = |tool: &Tool| {
        let name = tool.name.strip_prefix('s').unwrap();
        let digits = name.split(|c: char| !c.is_ascii_digit()).next();
        digits.unwrap().parse().unwrap()
    };
    tools.iter().map(index).collect()
}

/// Returns the packages with a method for clients.
fn public(packages: &[String]) -> BTreeSet<usize> {
    let has_tools = |name: &String| {
        let bytes = std::fs::read(package(name)).unwrap();
        let methods = Package::read(bytes).unwrap().descriptor.methods;
        methods
            .iter()
            .any(|method| method.visibility == luminarys_package::Visibility::Public)
    };
    let each = packages.iter().enumerate();
    each.filter(|(_, name)| has_tools(name))
        .map(|(index, _)| index)
        .collect()
}

#[tokio::test]
async fn are_accepted_by_every_client() {
    let packages = packages();
    let expected = public(&packages);
    let rows = ["per_method", "per_skill"];
    each_row_async(rows, async |mapping| {
        let place = place(&packages, mapping);
        let host = Host::start(&place);
        for protocol in protocols() {
            let client = connect(&host, TOKEN, protocol).await.unwrap();
            let mut tools = Vec::new();
            crate::host::until(async || {
                tools = client.list_all_tools().await.unwrap();
                offering(&tools) == expected
            })
            .await;
            for tool in &tools {
                let schema = Value::Object(tool.input_schema.as_ref().clone());
                let found: Vec<_> = luminarys_schemas::check(&schema)
                    .iter()
                    .map(ToString::to_string)
                    .collect();
                assert!(found.is_empty(), "{}: {schema}: {found:#?}", tool.name);
            }
            client.cancel().await.unwrap();
        }
    })
    .await;
}
