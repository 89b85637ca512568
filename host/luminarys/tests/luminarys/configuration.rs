//! Finding the configuration, and errors of an invalid one.

use std::process::Stdio;

use crate::common::{Said, World};
use luminarys_testing::each_row;

#[test]
fn a_configuration_is_found_in_its_places() {
    let world = World::new();
    let listed = |configure: &dyn Fn(&mut std::process::Command)| {
        let mut command = world.command(&["list"]);
        configure(&mut command);
        Said::from(command.output().unwrap()).out
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
            let said = world.run(command);
            said.failed(2, parts);
            assert_eq!(said.out, "", "{command:?}");
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
    let said = world.run(&["call", "numbers", "double", "value=3"]);
    assert_eq!(said.succeeded().out, "6\n");
    world.write(
        "numbers.yaml",
        "id: numbers\npath: numbers.skill\nenv: {OF_FILE: '${KEY}'}\n",
    );
    let said = world.run(&["inspect", "numbers"]);
    assert!(said.succeeded().out.contains("env OF_FILE"), "{said:?}");
    let mut command = world.command(&["call", "numbers", "double", "value=3"]);
    let said = Said::from(command.env("MANIFEST", "gone.yaml").output().unwrap());
    said.failed(2, &["gone.yaml"]);
}

#[test]
fn a_missing_manifest_is_named() {
    let world = World::new();
    world.write("luminarys.yaml", "skills: [gone.yaml]\n");
    let said = world.run(&["check"]);
    assert_eq!(said.code, Some(2));
    assert!(said.out.contains("gone.yaml does not exist"), "{said:?}");
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
        let said = world.run(&["completions", shell]);
        for part in ["luminarys", "inspect", "stdio", "connect", "trust-key"] {
            assert!(said.succeeded().out.contains(part), "{shell}: {part}");
        }
        // Only these shells complete positional values.
        let names_clients = said.out.contains("claude-desktop");
        assert_eq!(names_clients, ["bash", "zsh"].contains(&shell), "{shell}");
    });
    world
        .run(&["completions", "tcsh"])
        .failed(2, &["tcsh", "bash"]);
}

#[test]
fn help_shows_how_to_start() {
    let world = World::new();
    let said = world.run(&["--help"]);
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
        assert!(said.succeeded().out.contains(part), "{part}: {said:?}");
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
        let said = world.run(&[command, "--help"]);
        for part in parts {
            assert!(said.succeeded().out.contains(part), "{part}: {said:?}");
        }
    });
    let said = world.run(&["call", "--help"]);
    let rows = ["Examples:", "content=@draft.txt", "a limit was exceeded"];
    each_row(rows, |part| {
        assert!(said.succeeded().out.contains(part), "{part}: {said:?}");
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
        let said = Said::from(child.wait_with_output().unwrap());
        assert_eq!(
            (said.code, said.err.as_str()),
            (Some(0), ""),
            "{arguments:?}"
        );
    });
}
