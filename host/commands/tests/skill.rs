//! The commands of a skill under a manifest, run for real.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "skill/daemons.rs"]
mod daemons;
#[path = "skill/fixture.rs"]
mod fixture;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use luminarys_commands::process::ProcessError;
use luminarys_commands::{ARGUMENT, CommandError, Exit, Filter, supervise};
use luminarys_testing::each_row;

use fixture::{Fault, Skill, options};

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(ARGUMENT) {
        return supervise();
    }
    type Test = fn() -> Result<(), Failed>;
    let tests: [(&str, Test); 15] = [
        (
            "the allowlist decides, and the decision is recorded",
            decides,
        ),
        ("what cannot be recorded is not run", unrecorded),
        (
            "the working directory is granted or the skill's own",
            directories,
        ),
        (
            "variables are the manifest's and the skill's own",
            variables,
        ),
        ("output is filtered and bounded", output),
        (
            "errors are kept apart from output on request",
            separate_errors,
        ),
        ("input is fed, whether or not it is read", input),
        ("a command that takes too long is killed", timeouts),
        ("a timeout is bounded by the manifest", longest_timeout),
        ("limits are named by what exceeds them", limits),
        ("a failing charge kills the command", charged),
        (
            "what cannot be started is an error by its kind",
            not_started,
        ),
        ("daemons are bounded, listed and logged", daemons::bounded),
        ("daemons are signalled by kill", daemons::signalled),
        ("daemons end with their skill", daemons::end_with_skill),
    ];
    let trials = tests.map(|(name, test)| Trial::test(name, test)).into();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn decides() -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for (allowlist, line, expected) in [
        (
            r#"["echo *"]"#,
            "echo a",
            Ok("permissions.shell.allowlist[0]"),
        ),
        (
            r#"["echo *"]"#,
            "echo 'a b'",
            Ok("permissions.shell.allowlist[0]"),
        ),
        (r#"["echo *"]"#, "touch made", Err("denied")),
        (r#"["echo *"]"#, "echo a; touch made", Err("invalid")),
        (r#"["echo *"]"#, "echo $HOME", Err("invalid")),
        (r#"["echo *"]"#, "", Err("invalid")),
        (
            "[]",
            "echo a",
            Ok("permissions.shell.allowlist is empty, which allows every command"),
        ),
    ] {
        let skill = Skill::new(&format!("allowlist: {allowlist}"));
        let found = match skill.run(line, options()) {
            Ok(_) => Ok(()),
            Err(Fault::Command(CommandError::Denied(_))) => Err("denied"),
            Err(Fault::Command(CommandError::Invalid(_))) => Err("invalid"),
            Err(other) => return Err(format!("{line}: {other}").into()),
        };
        let recorded = skill.recorded();
        let is_right = match (expected, found) {
            (Ok(rule), Ok(())) => recorded.len() == 1 && recorded[0].1.contains(rule),
            (Err(expected), Err(found)) => expected == found && recorded.is_empty(),
            _ => false,
        };
        if !is_right || skill.path("made").exists() {
            wrong.push(format!(
                "{allowlist} {line:?}: {found:?}, recorded {recorded:?}"
            ));
        }
    }
    none_of(&wrong)
}

fn unrecorded() -> Result<(), Failed> {
    let skill = Skill::new("").unrecorded();
    let refused = skill.run("touch made", options());
    assert!(matches!(&refused, Err(Fault::Refused(_))), "{refused:?}");
    assert!(!skill.path("made").exists());
    Ok(())
}

fn directories() -> Result<(), Failed> {
    let skill = Skill::new("");
    std::fs::create_dir(skill.path("below"))?;
    let root = skill.root();
    let below = root.join("below").display().to_string();
    for (asked, expected) in [
        (None, root.as_path()),
        (Some(""), root.as_path()),
        (Some(below.as_str()), &root.join("below")),
    ] {
        let found = skill.run_in(asked, "pwd", options())?;
        assert_eq!(
            found.output,
            format!("{}\n", expected.display()),
            "{asked:?}"
        );
    }
    let outside = skill.run_in(Some("/etc"), "pwd", options());
    assert!(matches!(&outside, Err(Fault::Refused(_))), "{outside:?}");

    // Nothing is granted: then it is the temporary directory of the skill's own, which stays from command to command.
    let skill = Skill::without_directories("");
    let found = skill.run("sh -c 'pwd; echo \"$TMPDIR\"; echo kept > file'", options())?;
    let lines: Vec<&str> = found.output.lines().collect();
    assert!(lines.len() == 2 && lines[0] == lines[1], "{lines:?}");
    assert_eq!(skill.run("cat file", options())?.output, "kept\n");
    Ok(())
}

fn variables() -> Result<(), Failed> {
    let skill = Skill::with_env("", "A: of the manifest\n  TERM: other");
    let found = skill.run("env", options())?.output;
    let value = |name: &str| {
        let mut lines = found.lines();
        lines.find_map(|line| line.strip_prefix(&format!("{name}=")))
    };
    assert_eq!(value("A"), Some("of the manifest"));
    assert_eq!(value("TERM"), Some("other"));
    let rows = [("HOME", "home"), ("TMPDIR", "tmp")];
    each_row(rows, |(name, end)| {
        let path = Path::new(value(name).unwrap_or_default());
        assert!(
            path.is_absolute() && path.ends_with(end),
            "{name}: {path:?}"
        );
    });
    // The tests have it, by cargo.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    assert_eq!(value("CARGO_MANIFEST_DIR"), None);
    Ok(())
}

fn output() -> Result<(), Failed> {
    let limit = 20;
    let skill = Skill::new("").limited(limit);
    let mut wrong = Vec::new();
    for (line, grep, tail, expected) in [
        ("printf 'a\\nb\\nc\\n'", None, None, ("a\nb\nc\n", false)),
        (
            "printf 'a\\nb\\nc\\n'",
            Some("[ac]"),
            None,
            ("a\nc\n", false),
        ),
        ("printf 'a\\nb\\nc\\n'", None, Some(2), ("b\nc\n", false)),
        (
            "printf 'a\\nb\\nc\\n'",
            Some(""),
            Some(0),
            ("a\nb\nc\n", false),
        ),
        (
            "printf 'a\\nb\\nc\\n'",
            Some("[ab]"),
            Some(1),
            ("b\n", false),
        ),
        (
            "sh -c 'echo a; echo b >&2; echo c'",
            None,
            None,
            ("a\nb\nc\n", false),
        ),
        ("printf %030d 1", None, None, ("00000000000000000000", true)),
        (
            "seq 100",
            None,
            Some(50),
            ("95\n96\n97\n98\n99\n100\n", true),
        ),
        ("printf '\\377'", None, None, ("\u{fffd}", false)),
    ] {
        let filter = Filter::new(grep, tail)?;
        let found = skill.run(line, options().filter(filter))?;
        let found = (found.output.as_str(), found.truncated);
        if found != expected {
            wrong.push(format!(
                "{line} {grep:?} {tail:?}: {found:?}, expected {expected:?}"
            ));
        }
    }
    let broken = Filter::new(Some("("), None);
    assert!(matches!(&broken, Err(CommandError::Grep(_))), "{broken:?}");
    none_of(&wrong)
}

fn separate_errors() -> Result<(), Failed> {
    let skill = Skill::new("").limited(20);
    let mut wrong = Vec::new();
    for (line, grep, tail, expected) in [
        (
            "sh -c 'echo a; echo b >&2; echo c'",
            None,
            None,
            ("a\nc\n", "b\n", false),
        ),
        ("echo a", None, None, ("a\n", "", false)),
        ("sh -c 'echo a >&2'", None, None, ("", "a\n", false)),
        (
            "sh -c 'seq 3; seq 7 9 >&2'",
            Some("[29]"),
            None,
            ("2\n", "9\n", false),
        ),
        (
            "sh -c 'seq 3; seq 7 9 >&2'",
            None,
            Some(1),
            ("3\n", "9\n", false),
        ),
        (
            "sh -c 'echo a; printf %030d 1 >&2'",
            None,
            None,
            ("a\n", "00000000000000000000", true),
        ),
        (
            "sh -c 'exec 1>&-; sleep 0.1; echo late >&2'",
            None,
            None,
            ("", "late\n", false),
        ),
    ] {
        let options = options().filter(Filter::new(grep, tail)?).separate_errors();
        let found = skill.run(line, options)?;
        let found = (
            found.output.as_str(),
            found.errors.as_str(),
            found.truncated,
        );
        if found != expected {
            wrong.push(format!("{line}: {found:?}, expected {expected:?}"));
        }
    }
    let found = skill.run("sh -c 'echo a; echo b >&2'", options())?;
    assert_eq!(
        (found.output.as_str(), found.errors.as_str()),
        ("a\nb\n", "")
    );
    none_of(&wrong)
}

fn input() -> Result<(), Failed> {
    let skill = Skill::new("");
    let many = vec![b'x'; 1 << 20];
    for (line, input, expected) in [
        ("cat", b"text".as_slice(), "text"),
        ("cat", b"", ""),
        ("wc -c", &many, "1048576\n"),
        ("true", &many, ""),
    ] {
        let found = skill.run(line, options().input(input))?;
        assert_eq!(
            (found.output.as_str(), found.exit),
            (expected, Exit::Code(0)),
            "{line}"
        );
    }
    Ok(())
}

fn timeouts() -> Result<(), Failed> {
    let skill = Skill::new("");
    let line = "sh -c 'echo so far; (setsid sh -c \"sleep 2; echo x > late\" &); sleep 1000'";
    let ended = skill.run(line, options().timeout(Duration::from_millis(1500)));
    let Err(Fault::Command(error @ CommandError::TimedOut { .. })) = ended else {
        return Err(format!("{ended:?}").into());
    };
    let text = error.to_string();
    assert!(
        text.contains("killed after 1500 ms") && text.ends_with("so far\n"),
        "{text}"
    );
    std::thread::sleep(Duration::from_secs(1));
    assert!(!skill.path("late").exists());
    Ok(())
}

fn longest_timeout() -> Result<(), Failed> {
    let skill = Skill::new("max_timeout_seconds: 60");
    let rows = [(1, true), (60, true), (61, false)];
    each_row(rows, |(seconds, expected)| {
        let checked = skill.commands.check_timeout(Duration::from_secs(seconds));
        assert_eq!(checked.is_ok(), expected, "{seconds}");
        if let Err(error) = checked {
            assert!(
                matches!(error, CommandError::TimeoutTooLong { .. }),
                "{error}"
            );
            assert!(
                error
                    .to_string()
                    .contains("permissions.shell.max_timeout_seconds is 60")
            );
        }
    });
    Ok(())
}

fn limits() -> Result<(), Failed> {
    let skill = Skill::new("max_processes: 20\n    max_memory_mb: 128\n    max_file_mb: 1");
    let many = "perl -e 'for (1..5) { fork } sleep 20'";
    let large = "perl -e 'for (1..4) { fork or last } $x = q(x) x (45 << 20); sleep 20'";
    let ended = skill.run(many, options());
    let is_counted =
        |error: &CommandError| matches!(error, CommandError::TooManyProcesses { most: 20, .. });
    assert!(
        matches!(&ended, Err(Fault::Command(error)) if is_counted(error)),
        "{ended:?}"
    );
    let ended = skill.run(large, options());
    let is_measured =
        |error: &CommandError| matches!(error, CommandError::TooMuchMemory { most: 128, .. });
    assert!(
        matches!(&ended, Err(Fault::Command(error)) if is_measured(error)),
        "{ended:?}"
    );
    let ended = skill.run("dd if=/dev/zero of=file bs=1024 count=4096", options())?;
    assert_ne!(ended.exit, Exit::Code(0), "{}", ended.output);
    assert_eq!(skill.path("file").metadata()?.len(), 1 << 20);
    Ok(())
}

fn charged() -> Result<(), Failed> {
    let skill = Skill::new("");
    let mut largest = 0;
    let ended = skill.run_charged("yes", options(), |bytes| {
        largest = bytes;
        match bytes > 1 << 20 {
            true => Err(Fault::Refused("no room".to_owned())),
            false => Ok(()),
        }
    });
    assert!(matches!(&ended, Err(Fault::Refused(_))), "{ended:?}");
    assert!(largest > 1 << 20);
    Ok(())
}

fn not_started() -> Result<(), Failed> {
    let skill = Skill::new("");
    std::fs::write(skill.path("text"), "no program")?;
    let missing = skill.run("no-such-program", options());
    let is_missing = |error: &Fault| matches!(error, Fault::Command(CommandError::Process(ProcessError::NotFound(name))) if name == "no-such-program");
    assert!(missing.as_ref().is_err_and(is_missing), "{missing:?}");
    let refused = skill.run("./text", options());
    let is_refused = |error: &Fault| {
        matches!(
            error,
            Fault::Command(CommandError::Process(ProcessError::NotStarted { .. }))
        )
    };
    assert!(refused.as_ref().is_err_and(is_refused), "{refused:?}");
    Ok(())
}

/// Reports every row of a table that is wrong.
fn none_of(wrong: &[String]) -> Result<(), Failed> {
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(wrong.join("\n").into()),
    }
}
