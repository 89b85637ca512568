//! A package that replaces another is loaded only if its manifest authorises it.

use std::path::PathBuf;

use luminarys_package::{Descriptor, SecretKey, embed, sign};
use luminarys_testing::{each_row, each_row_async};
use serde_json::json;

use crate::host::{Host, Place, TOKEN, call, connect, protocols, text, until};

/// The result of the method `answer`.
fn component(answer: u32) -> Vec<u8> {
    let text = format!(
        "(component
            (core module $code (func (export \"answer\") (result i32) i32.const {answer}))
            (core instance $made (instantiate $code))
            (func (export \"answer\") (result u32) (canon lift (core func $made \"answer\"))))"
    );
    wat::parse_str(text).unwrap()
}

/// Trusted keys, and packages signed with them.
struct Author {
    place: Place,
    keys: [SecretKey; 2],
}

impl Author {
    fn new() -> Self {
        let place = Place::new(&[]);
        let keys = [0, 1].map(|_| SecretKey::generate().unwrap());
        let public: Vec<String> = keys.iter().map(|key| key.public().to_text()).collect();
        let config = place.config("");
        let trusted = config.lines().map(|line| match line.starts_with("trust:") {
            true => format!("trust: {public:?}\n"),
            false => format!("{line}\n"),
        });
        place.write("luminarys.yaml", &trusted.collect::<String>());
        place.write("a.skill.yaml", "id: a\npath: own.skill\n");
        Self { place, keys }
    }

    /// Writes a package whose method returns `answer`; without a key it is not signed.
    fn package(&self, id: &str, version: &str, key: Option<usize>, answer: u32) {
        let descriptor: Descriptor = serde_json::from_value(json!({
            "version": 1, "id": id, "name": "One", "skill_version": version, "description": "One.", "abi": "typed",
            "methods": [{ "name": "answer", "description": "Answers.", "visibility": "public" }],
        }))
        .unwrap();
        let package = embed(&component(answer), &descriptor).unwrap();
        let package = match key {
            Some(key) => sign(&package, &self.keys[key]).unwrap(),
            None => package,
        };
        let temporary = self.place.path("temporary");
        std::fs::write(&temporary, package).unwrap();
        std::fs::rename(temporary, self.place.path("own.skill")).unwrap();
    }

    /// Runs the host's command line; returns whether it succeeded, and its output.
    fn run(&self, arguments: &[&str]) -> (bool, String) {
        let output = self.place.command(arguments).output().unwrap();
        let printed = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(printed).unwrap())
    }

    /// Calls the method: `Ok` with the result, or why it is not loaded.
    fn call(&self) -> Result<String, String> {
        match self.run(&["call", "a", "answer"]) {
            (true, printed) => Ok(printed.trim().to_owned()),
            (false, printed) => Err(printed),
        }
    }

    /// Returns the text after `before` on a line of `text`.
    fn offered<'a>(text: &'a str, before: &str) -> &'a str {
        let after = text.split_once(before);
        let (_, after) = after.unwrap_or_else(|| panic!("no {before:?} in {text}"));
        after.lines().next().unwrap()
    }
}

const ID: &str = "test.one.a";

#[test]
fn another_package_is_loaded_only_when_it_is_accepted() {
    // Packages that replace version 1.5.0 of the first signer, and the messages about them.
    let rows = [
        (ID, "1.5.0", 0, None),
        (ID, "1.6.0", 0, None),
        (
            ID,
            "1.4.9",
            0,
            Some("version is 1.4.9, recorded was >=1.5.0"),
        ),
        (ID, "1.5.0-rc.1", 0, Some("version is 1.5.0-rc.1")),
        (ID, "1.6.0", 1, Some("signer is ")),
        (
            "test.one.b",
            "1.6.0",
            0,
            Some("id is test.one.b, recorded was test.one.a"),
        ),
    ];
    each_row(rows, |(id, version, key, complaint)| {
        for by_command in [true, false] {
            let author = Author::new();
            author.package(ID, "1.5.0", Some(0), 1);
            assert_eq!(author.call(), Ok("1".to_owned()));
            author.package(id, version, Some(key), 2);
            let label = format!("{id} {version} {key} {by_command}");
            let Some(complaint) = complaint else {
                assert_eq!(author.call(), Ok("2".to_owned()), "{label}");
                continue;
            };
            for _ in 0..2 {
                let refused = author.call().unwrap_err();
                assert!(refused.contains(complaint), "{label}: {refused}");
            }
            let (succeeded, printed) = author.run(&["check"]);
            assert!(
                !succeeded && printed.contains(complaint),
                "{label}: {printed}"
            );
            if by_command {
                let words = Author::offered(&printed, "or run: luminarys ");
                let words: Vec<&str> = words.split(' ').collect();
                let (succeeded, printed) = author.run(&words);
                assert!(
                    succeeded && printed.contains("(recorded)"),
                    "{label}: {printed}"
                );
            } else {
                let manifest = author.place.path("a.skill.yaml");
                let text = std::fs::read_to_string(&manifest).unwrap();
                let before = format!("add to {}: ", manifest.display());
                let line = Author::offered(&printed, &before);
                author
                    .place
                    .write("a.skill.yaml", &format!("{text}{line}\n"));
            }
            assert_eq!(author.call(), Ok("2".to_owned()), "{label}");
            // Now the first package is the different one.
            author.package(ID, "1.5.0", Some(0), 1);
            let went_back = author.call();
            assert_eq!(
                went_back.is_err(),
                version != "1.4.9" && version != "1.5.0-rc.1",
                "{label}"
            );
        }
    });
}

#[test]
fn a_manifest_that_states_a_package_decides_alone() {
    let author = Author::new();
    author.package(ID, "1.5.0", Some(0), 1);
    let signer = author.keys[0].public().id();
    let name = |version: &str| {
        let text = format!(
            "id: a\npath: own.skill\npackage: {{ id: {ID}, signer: \"{signer}\", version: \"{version}\" }}\n"
        );
        author.place.write("a.skill.yaml", &text);
    };
    name(">=1.2, <2");
    let (_, printed) = author.run(&["check"]);
    assert!(
        printed.contains(&format!(
            "id {ID}, signer {signer}, version >=1.2, <2 (manifest)"
        )),
        "{printed}"
    );
    assert_eq!(author.call(), Ok("1".to_owned()));
    // Older than the loaded package, but allowed by the manifest.
    author.package(ID, "1.2.0", Some(0), 2);
    assert_eq!(author.call(), Ok("2".to_owned()));
    author.package(ID, "2.0.0", Some(0), 3);
    let refused = author.call().unwrap_err();
    assert!(
        refused.contains("version is 2.0.0, the manifest says >=1.2, <2"),
        "{refused}"
    );
    assert!(!refused.contains("--accept"), "{refused}");
    // The command cannot overrule the manifest.
    assert!(!author.run(&["check", "--accept", "a"]).0);
    assert!(author.call().is_err());
    let line = Author::offered(&refused, "a.skill.yaml:3 package with: ");
    author
        .place
        .write("a.skill.yaml", &format!("id: a\npath: own.skill\n{line}\n"));
    assert_eq!(author.call(), Ok("3".to_owned()));
    author.package(ID, "3.0.0", Some(1), 4);
    assert!(author.call().unwrap_err().contains("signer is"));
}

#[test]
fn unsigned_packages_are_recorded_as_unsigned() {
    let author = Author::new();
    let config = std::fs::read_to_string(author.place.path("luminarys.yaml")).unwrap();
    let any = config.lines().map(|line| match line.starts_with("trust:") {
        true => "trust: any\n".to_owned(),
        false => format!("{line}\n"),
    });
    author
        .place
        .write("luminarys.yaml", &any.collect::<String>());
    author.package(ID, "1.0.0", Some(0), 1);
    assert!(author.call().is_ok());
    author.package(ID, "1.0.0", None, 2);
    let refused = author.call().unwrap_err();
    assert!(refused.contains("signer is unsigned"), "{refused}");
    author.place.write(
        "a.skill.yaml",
        "id: a\npath: own.skill\npackage: { signer: unsigned }\n",
    );
    assert!(author.call().is_ok());
}

#[test]
fn a_damaged_record_is_named_and_can_be_replaced() {
    let author = Author::new();
    author.package(ID, "1.0.0", Some(0), 1);
    assert!(author.call().is_ok());
    let records = std::fs::read_dir(author.place.path("data/packages")).unwrap();
    let records: Vec<PathBuf> = records.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(records.len(), 1);
    std::fs::write(&records[0], "{").unwrap();
    let refused = author.call().unwrap_err();
    assert!(
        refused.contains(&records[0].display().to_string()),
        "{refused}"
    );
    let words = Author::offered(&refused, "run: luminarys ");
    let words: Vec<&str> = words.split(' ').collect();
    assert!(author.run(&words).0);
    assert!(author.call().is_ok());
}

#[tokio::test]
async fn a_running_skill_continues_when_its_package_is_replaced_by_another() {
    let author = Author::new();
    author.package(ID, "1.5.0", Some(0), 1);
    let host = Host::start(&author.place);
    let [protocol, _] = protocols();
    let client = connect(&host, TOKEN, protocol).await.unwrap();
    let answers = async || text(&call(&client, "a_answer", json!({})).await);
    assert_eq!(answers().await, "1");
    // The development loop: the same version again, and a newer one.
    author.package(ID, "1.5.0", Some(0), 2);
    until(async || answers().await == "2").await;
    author.package(ID, "1.5.1", Some(0), 3);
    until(async || answers().await == "3").await;
    let rows = [
        (ID, "1.5.0", 0, "version is 1.5.0, recorded was >=1.5.1"),
        (ID, "1.6.0", 1, "signer is "),
        ("test.one.b", "1.6.0", 0, "id is test.one.b"),
    ];
    each_row_async(rows, async |(id, version, key, complaint)| {
        author.package(id, version, Some(key), 4);
        until(async || host.log().contains(complaint)).await;
        assert_eq!(answers().await, "3", "{complaint}");
    })
    .await;
    // It is accepted while the host runs.
    assert!(author.run(&["check", "--accept", "a"]).0);
    until(async || answers().await == "4").await;
    assert!(host.log().contains("keeps running"), "{}", host.log());
}
