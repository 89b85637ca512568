//! Snapshots: an instance starts with what `initialize` prepared when the skill was built.

use anyhow::ensure;
use serde_json::Value;

use crate::tools::{Desk, contains};

const WORLD: &str = "    /// Greets somebody.";

/// The world of the skill, with `initialize` and a method that shows what it left.
const PREPARED: &str = "    /// Prepares the table.
    export initialize: func();
    /// Returns the number of rows that were prepared, and how often this instance was asked.
    export rows: func() -> tuple<u32, u32>;
    /// Prints, and reads the clock and the environment.
    export talk: func() -> string;

    /// Greets somebody.";

const SOURCE: &str = r#"
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

thread_local! {
    static ROWS: RefCell<HashMap<u32, String>> = RefCell::default();
    static ASKED: Cell<u32> = const { Cell::new(0) };
}

struct Skill;

impl Guest for Skill {
    fn initialize() {
        //fault
        ROWS.with_borrow_mut(|rows| rows.extend((0..1000).map(|row| (row, row.to_string()))));
    }

    fn rows() -> (u32, u32) {
        ASKED.set(ASKED.get() + 1);
        (ROWS.with_borrow(|rows| rows.len() as u32), ASKED.get())
    }

    fn talk() -> String {
        eprintln!("spoken");
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        format!("{} {:?}", now.is_ok_and(|now| now.as_secs() > 1_000_000_000), std::env::var("WORD"))
    }

    fn greet(name: String) -> String {
        format!("Hello, {name}!")
    }
}

export!(Skill);
"#;

const TESTS: &str = "env: { WORD: said }
tests:
  - { call: rows, expect: { result: [1000, 1] } }
  - { call: rows, expect: { result: [1000, 1] } }
  - { call: talk, expect: { result: 'true Ok(\"said\")' } }
  - { call: initialize, expect: { error: initialize } }
";

const DECLARED: &str = "[package.metadata.luminarys]\nsnapshot = true\n";

/// Returns the desk with a skill, whose Cargo.toml declares a snapshot.
fn desk(skill: &str) -> anyhow::Result<Desk> {
    let desk = Desk::new()?;
    desk.lmsk(&["new", skill, "--lang", "rust", "--wit"])?
        .succeeded()?;
    let world = desk.read(&format!("{skill}/wit/world.wit"))?;
    contains(&world, WORLD)?;
    desk.write(
        &format!("{skill}/wit/world.wit"),
        &world.replace(WORLD, PREPARED),
    )?;
    let source = desk.read(&format!("{skill}/src/lib.rs"))?;
    let (head, _) = source.split_once("struct Skill;").unwrap_or_default();
    desk.write(&format!("{skill}/src/lib.rs"), &format!("{head}{SOURCE}"))?;
    let cargo = desk.read(&format!("{skill}/Cargo.toml"))?;
    desk.write(
        &format!("{skill}/Cargo.toml"),
        &format!("{cargo}{DECLARED}"),
    )?;
    desk.write(&format!("{skill}/skill.test.yaml"), TESTS)?;
    Ok(desk)
}

/// Builds with `options` into a file, and returns it with what was printed.
fn build(desk: &Desk, options: &[&str]) -> anyhow::Result<(Vec<u8>, Value)> {
    let mut words = vec!["build", "prepared", "--json", "--out", "made.wasm"];
    words.extend(options);
    let out = desk.lmsk(&words)?.succeeded()?;
    Ok((
        std::fs::read(desk.path("made.wasm"))?,
        serde_json::from_str(&out)?,
    ))
}

/// What is prepared is there in every instance, and the function that prepared it is no method.
pub fn is_made() -> anyhow::Result<()> {
    // Names of their own: tests share the target directory.
    let desk = desk("prepared")?;
    let tested = desk.lmsk(&["test", "prepared"])?.succeeded()?;
    contains(&tested, "0 failed")?;

    let (first, told) = build(&desk, &[])?;
    ensure!(told["snapshot"] == true && told["methods"] == 3, "{told}");
    ensure!(
        build(&desk, &[])?.0 == first,
        "the same source made another snapshot"
    );
    contains(
        &desk.lmsk(&["build", "prepared"])?.succeeded()?,
        "of it a snapshot",
    )?;

    let (plain, told) = build(&desk, &["--no-snapshot"])?;
    ensure!(told["snapshot"] == false && told["methods"] == 3, "{told}");
    ensure!(plain.len() < first.len(), "{} {}", plain.len(), first.len());
    let tested = desk.lmsk(&["test", "prepared", "--no-snapshot"])?;
    tested
        .failed_with_output(1, "2 of 4 tests failed")
        .map(drop)?;

    // Declared nowhere, it is a method like any other.
    let cargo = desk.read("prepared/Cargo.toml")?;
    desk.write("prepared/Cargo.toml", &cargo.replace(DECLARED, ""))?;
    ensure!(build(&desk, &[])?.1["methods"] == 4);
    ensure!(build(&desk, &["--snapshot"])?.0 == first);
    Ok(())
}

/// What is wrong with a preparation is said when the skill is built.
pub fn is_refused() -> anyhow::Result<()> {
    let desk = desk("faulty")?;
    let source = desk.read("faulty/src/lib.rs")?;
    for (fault, outcome) in [
        ("panic!(\"no table\");", "no table"),
        ("eprintln!(\"ready\");", "of WASI open"),
        (
            "luminarys::skill::context::get_call();",
            "called luminarys:skill/context@1.0.0#get-call",
        ),
    ] {
        desk.write("faulty/src/lib.rs", &source.replace("//fault", fault))?;
        desk.lmsk(&["build", "faulty"])?.failed(2, outcome)?;
    }
    let world = desk.read("faulty/wit/world.wit")?;
    let renamed = world.replace("export initialize", "export prepare");
    desk.write("faulty/wit/world.wit", &renamed)?;
    desk.lmsk(&["build", "faulty"])?
        .failed(2, "add `export initialize: func();`")?;
    let cargo = desk.read("faulty/Cargo.toml")?;
    let wrong = cargo.replace("snapshot = true", "snapshot = 1");
    desk.write("faulty/Cargo.toml", &wrong)?;
    desk.lmsk(&["build", "faulty"])?
        .failed(2, "snapshot must be true or false")?;
    for (lang, outcome) in [
        ("go", "core module"),
        ("as", "core module"),
        ("python", "makes a snapshot by itself"),
        ("js", "makes a snapshot by itself"),
        ("rust", "annotated functions"),
    ] {
        let name = format!("plain-{lang}");
        desk.lmsk(&["new", &name, "--lang", lang])?.succeeded()?;
        desk.lmsk(&["build", &name, "--snapshot"])?
            .failed(2, outcome)?;
    }
    Ok(())
}
