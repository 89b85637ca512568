//! A skill author's use of `lmsk`: each template in each language created, built and tested; generating, watching.

mod dev;
mod generate;
mod info;
mod snapshot;
mod tools;

use libtest_mimic::{Arguments, Failed, Trial};

/// Every language with its templates. Those with an interpreter take long to compile, so there are two; the cases of
/// the other templates run with the built packages.
const TEMPLATES: [(&str, &[&str], &[&str]); 6] = [
    ("rust", &[], &["empty", "echo", "fs", "web", "git"]),
    (
        "rust",
        &["--wit"],
        &["empty", "echo", "fs", "web", "git", "file-transfer"],
    ),
    (
        "go",
        &[],
        &["empty", "echo", "fs", "web", "git", "file-transfer"],
    ),
    (
        "as",
        &[],
        &["empty", "echo", "fs", "web", "git", "file-transfer"],
    ),
    ("python", &[], &["empty", "fs"]),
    ("js", &[], &["empty", "fs"]),
];

fn main() {
    let mut arguments = Arguments::from_args();
    // Each compiler uses all cores itself.
    arguments.test_threads = arguments.test_threads.or(Some(2));
    let mut trials = Vec::new();
    for (lang, options, templates) in TEMPLATES {
        for template in templates {
            let name = format!("new::{lang}{}::{template}", options.concat());
            trials.push(trial(&name, move || made(lang, options, template)));
        }
    }
    trials.push(trial("new::what there is not", unknown));
    trials.push(trial("generate::rules", generate::rules));
    trials.push(trial("generate::both ways", generate::both_ways));
    trials.push(trial("generate::every type", generate::every_type));
    trials.push(trial("dev::a running host reloads", dev::reloads));
    trials.push(trial("info::every kind of file", info::kinds));
    trials.push(trial("snapshot::is made", snapshot::is_made));
    trials.push(trial("snapshot::is refused", snapshot::is_refused));
    trials.push(trial("test::failures", failures));
    libtest_mimic::run(&arguments, trials).exit();
}

fn trial(name: &str, run: impl FnOnce() -> anyhow::Result<()> + Send + 'static) -> Trial {
    Trial::test(name.replace(' ', "_"), move || {
        run().map_err(|error| Failed::from(format!("{error:#}")))
    })
}

/// A new skill builds and passes its own tests.
fn made(lang: &str, options: &[&str], template: &str) -> anyhow::Result<()> {
    let desk = tools::Desk::new()?;
    // The guests' target directory is shared, and crates with the same name would overwrite each other in it.
    let kind = options.concat().replace("--", "");
    let name = format!("my-{lang}{kind}-{template}");
    let mut words = vec!["new", &name, "--lang", lang, "--template", template];
    words.extend(options);
    desk.lmsk(&words)?.succeeded()?;
    if template == "empty" {
        throws(&desk, lang, &name)?;
    }
    let tested = desk.lmsk(&["test", &name])?.succeeded()?;
    tools::contains(&tested, "0 failed")
}

/// Makes the skill of an interpreter throw an uncaught exception: its text reaches the caller.
fn throws(desk: &tools::Desk, lang: &str, name: &str) -> anyhow::Result<()> {
    let (file, before, thrown, outcome) = match lang {
        "python" => (
            "app.py",
            "        return f\"Hello",
            "        if name == \"nobody\":\n            raise ValueError(\"who is that?\")\n",
            "ValueError: who is that?",
        ),
        "js" => (
            "skill.js",
            "  return `Hello",
            "  if (name === \"nobody\") throw new RangeError(\"who is that?\");\n",
            "who is that?",
        ),
        _ => return Ok(()),
    };
    let source = desk.read(&format!("{name}/{file}"))?;
    let changed = source.replace(before, &format!("{thrown}{before}"));
    anyhow::ensure!(changed != source, "{file} has no {before:?}");
    desk.write(&format!("{name}/{file}"), &changed)?;
    let tests = desk.read(&format!("{name}/skill.test.yaml"))?;
    let test = format!(
        "  - {{ call: greet, with: {{ name: nobody }}, expect: {{ error: {outcome:?} }} }}\n"
    );
    desk.write(&format!("{name}/skill.test.yaml"), &(tests + &test))
}

fn unknown() -> anyhow::Result<()> {
    let desk = tools::Desk::new()?;
    for (words, outcome) in [
        (
            &["new", "a", "--lang", "python", "--template", "git"][..],
            "known: echo, empty, fs, web",
        ),
        (
            &["new", "a", "--lang", "rust", "--template", "file-transfer"],
            "known: echo, empty, fs, git, web; `--wit` has it",
        ),
        (
            &["new", "A", "--lang", "go"],
            "is not a valid name for a skill",
        ),
        (
            &["new", "a", "--lang", "go", "--id", "a.b"],
            "is not a skill id",
        ),
        (&["new", "a", "--lang", "go", "--wit"], "--wit is for Rust"),
    ] {
        desk.lmsk(words)?.failed(2, outcome)?;
        anyhow::ensure!(!desk.path("a").exists(), "{words:?} left a folder");
    }
    desk.write("full/file", "kept")?;
    desk.lmsk(&["new", "full", "--lang", "go"])?
        .failed(2, "exists already")
}

/// A failing test prints the expected and the actual result; a skill that never ends is stopped.
fn failures() -> anyhow::Result<()> {
    let desk = tools::Desk::new()?;
    desk.lmsk(&["new", "a", "--lang", "as"])?.succeeded()?;
    let source = desk.read("a/assembly/skill.ts")?;
    let source = source.replace(
        "return \"Hello, \" + name + \"!\";",
        "while (name == \"loop\") {}\n  logInfo(\"seen \" + name);\n  return name;",
    );
    let source = source.replace("import { Context }", "import { Context, logInfo }");
    desk.write("a/assembly/skill.ts", &source)?;
    desk.write(
        "a/skill.test.yaml",
        "runtime: { cpu_timeout_ms: 500 }\ntests:\n\
         - { call: greet, with: { name: loop }, expect: { error: cpu_timeout_ms } }\n\
         - { name: wrong, call: greet, with: { name: Ada }, expect: { result: Hello } }\n",
    )?;
    let ended = desk.lmsk(&["test", "a"])?;
    let out = ended.failed_with_output(1, "1 of 2 tests failed")?;
    tools::contains(
        &out,
        "FAILED  wrong\n        expected \"Hello\"\n             got \"Ada\"\n        the skill wrote:\n          seen Ada",
    )?;
    desk.write("a/skill.test.yaml", "tests:\n- { cal: greet }\n")?;
    desk.lmsk(&["test", "a"])?.failed(2, "skill.test.yaml")
}
