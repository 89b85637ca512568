//! Finding the configuration, and errors of an invalid one.

use std::process::Stdio;

use crate::common::{Outcome, World};
use luminarys_testing::each_row;

#[test]
fn a_configuration_is_found_in_its_places() {
    let world = World::new();
    let listed = |configure: &dyn Fn(&mut std::process::Command)| {
        let mut command = world.command(&["list"]);
        configure(&mut command);
        Outcome::from(command.output().unwrap()).out
    };
    let nothing = |_: &mut std::process::Command| {};
    let manifest = |name: &str| format!("id: {name}\npath: numbers.skill\n");
    // From the last place to the first: each takes precedence over those before.
    std::fs::remove_file(world.path("luminarys.yaml")).unwrap();
    world.write("skills/bare.yaml", manifest("bare"));
    assert!(listed(&nothing).starts_with("bare"));
    let rows = [
        (".config/luminarys/config.yaml", "home"),
        ("host.yaml", "host"),
        ("luminarys.yaml", "here"),
        ("elsewhere/x.yaml", "variable"),
    ];
    each_row(rows, |(file, id)| {
        world.write(&format!("{id}.m"), manifest(id));
        world.write(
            file,
            format!("skills: ['{}']\n", world.path(&format!("{id}.m")).display()),
        );
        let out = listed(&|command| {
            if id == "variable" {
                command.env("LUMINARYS_CONFIG", "elsewhere/x.yaml");
            }
        });
        assert!(out.starts_with(id), "{file}: {out}");
    });
    let named = listed(&|command| {
        command
            .env("LUMINARYS_CONFIG", "elsewhere/x.yaml")
            .args(["--config", "host.yaml"]);
    });
    assert!(named.starts_with("host"), "{named}");
    assert!(
        listed(&|command| {
            command.env("LUMINARYS_CONFIG", "");
        })
        .starts_with("here")
    );
}

#[test]
fn a_bad_configuration_is_named_with_its_place() {
    let world = World::new();
    let rows = [
        (
            "skils: []\n",
            &["luminarys.yaml:1:1", "did you mean `skills`"][..],
        ),
        (
            "http:\n  auth: {tokens: ['${NO_TOKEN:?set a token}']}\n",
            &["luminarys.yaml:2:19", "NO_TOKEN: set a token"],
        ),
        ("trust: [none.pub]\n", &["luminarys.yaml:1:9", "none.pub"]),
        ("http: [\n", &["luminarys.yaml"]),
    ];
    each_row(rows, |(text, parts)| {
        world.write("luminarys.yaml", text);
        for command in [
            &["check"][..],
            &["list", "--json"],
            &["serve"],
            &["call", "a", "b"],
            &[],
        ] {
            let outcome = world.run(command);
            outcome.failed(2, parts);
            assert_eq!(outcome.out, "", "{command:?}");
        }
    });
    world
        .run(&["check", "--config", "none.yaml"])
        .failed(2, &["none.yaml", "--config"]);
}

#[test]
fn env_files_fill_the_configuration() {
    let world = World::new();
    world.write(
        "luminarys.yaml",
        "skills: ['${MANIFEST}']\ntrust: ['${KEY:-none}']\n",
    );
    world.write(".env", "MANIFEST=gone.yaml\nKEY=team.pub\n");
    world.write(".env.local", "MANIFEST=numbers.yaml\n");
    let outcome = world.run(&["call", "numbers", "double", "value=3"]);
    assert_eq!(outcome.succeeded().out, "6\n");
    world.write(
        "numbers.yaml",
        "id: numbers\npath: numbers.skill\nenv: {OF_FILE: '${KEY}'}\n",
    );
    let outcome = world.run(&["inspect", "numbers"]);
    assert!(
        outcome.succeeded().out.contains("env OF_FILE"),
        "{outcome:?}"
    );
    let mut command = world.command(&["call", "numbers", "double", "value=3"]);
    let outcome = Outcome::from(command.env("MANIFEST", "gone.yaml").output().unwrap());
    outcome.failed(2, &["gone.yaml"]);
}

#[test]
fn a_missing_manifest_is_named() {
    let world = World::new();
    world.write("luminarys.yaml", "skills: [gone.yaml]\n");
    let outcome = world.run(&["check"]);
    assert_eq!(outcome.code, Some(2));
    assert!(
        outcome.out.contains("gone.yaml does not exist"),
        "{outcome:?}"
    );
    world
        .run(&["call", "gone", "method"])
        .failed(2, &["gone.yaml"]);
    world.write("luminarys.yaml", "skills: ['none/*.yaml']\n");
    world
        .run(&["check"])
        .failed(0, &["luminarys.yaml:1:10", "no file matches none/*.yaml"]);
}

#[test]
fn completions_for_every_shell() {
    let world = World::new();
    // They need no configuration.
    world.write("luminarys.yaml", "skils: []\n");
    let rows = ["bash", "zsh", "fish", "powershell", "elvish"];
    each_row(rows, |shell| {
        let outcome = world.run(&["completions", shell]);
        for part in ["luminarys", "inspect", "stdio", "connect", "trust-key"] {
            assert!(outcome.succeeded().out.contains(part), "{shell}: {part}");
        }
        // Only these shells complete positional values.
        let names_clients = outcome.out.contains("claude-desktop");
        assert_eq!(names_clients, ["bash", "zsh"].contains(&shell), "{shell}");
    });
    world
        .run(&["completions", "tcsh"])
        .failed(2, &["tcsh", "bash"]);
}

#[test]
fn help_shows_how_to_start() {
    let world = World::new();
    let outcome = world.run(&["--help"]);
    let rows = [
        "Exit codes:",
        "luminarys init",
        "luminarys add",
        "luminarys connect",
        "luminarys check",
        "$LUMINARYS_CONFIG",
        "completions",
    ];
    each_row(rows, |part| {
        assert!(
            outcome.succeeded().out.contains(part),
            "{part}: {outcome:?}"
        );
    });
    let rows = [
        ("init", &["luminarys.yaml", "token"][..]),
        (
            "add",
            &[
                "--grant",
                "env.NAME=TEXT",
                "fs=PATH",
                "--trust-key team.pub",
                "--upgrade",
            ],
        ),
        (
            "connect",
            &[
                "--write",
                "claude-code",
                "goose",
                "--http",
                "this directory",
            ],
        ),
    ];
    each_row(rows, |(command, parts)| {
        let outcome = world.run(&[command, "--help"]);
        for part in parts {
            assert!(
                outcome.succeeded().out.contains(part),
                "{part}: {outcome:?}"
            );
        }
    });
    let outcome = world.run(&["call", "--help"]);
    let rows = ["Examples:", "content=@draft.txt", "a limit was exceeded"];
    each_row(rows, |part| {
        assert!(
            outcome.succeeded().out.contains(part),
            "{part}: {outcome:?}"
        );
    });
    world.run(&["nonsense"]).failed(2, &["nonsense"]);
}

#[test]
fn a_closed_pipe_does_not_panic() {
    let world = World::new();
    let rows = [&["completions", "zsh"][..], &["list"], &["check", "--json"]];
    each_row(rows, |arguments| {
        let mut command = world.command(arguments);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let outcome = Outcome::from(child.wait_with_output().unwrap());
        assert_eq!(
            (outcome.code, outcome.err.as_str()),
            (Some(0), ""),
            "{arguments:?}"
        );
    });
}
