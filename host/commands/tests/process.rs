//! Confined processes, run for real.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use common::{begin, command, isolations, run};
use libtest_mimic::{Arguments, Failed, Trial};
use luminarys_commands::process::{Carved, End, Isolation, ProcessError};
use luminarys_commands::{ARGUMENT, supervise};

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(ARGUMENT) {
        return supervise();
    }
    type Test = fn(Isolation) -> Result<(), Failed>;
    let tests: [(&str, Test); 11] = [
        ("exit codes and signals", ends),
        ("what cannot be started", not_started),
        ("nothing outlives a command", nothing_outlives),
        ("killing and dropping", killed),
        ("processes are counted", counted),
        ("memory is counted", memory),
        ("asked to end", asked),
        ("what it is and has", private),
        ("private places are bounded", bounded),
        ("places that are private otherwise are granted", granted),
        ("places are carved out", carved),
    ];
    let mut trials = Vec::new();
    for isolation in isolations() {
        trials.extend(tests.map(|(name, test)| {
            Trial::test(format!("{isolation:?}: {name}"), move || test(isolation))
        }));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn ends(isolation: Isolation) -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    for (words, expected) in [
        (vec!["true"], (End::Exit(0), "")),
        (
            vec!["sh", "-c", "echo a; echo b >&2; exit 3"],
            (End::Exit(3), "a\nb\n"),
        ),
        (vec!["sh", "-c", "kill -9 $$"], (End::Signal(9), "")),
        (
            vec!["sh", "-c", "echo $HOME; umask"],
            (End::Exit(0), "\n0022\n"),
        ),
        (
            vec![
                "perl",
                "-e",
                "mkdir q(a); mkdir q(b); mkdir q(a/c); rename q(a/c), q(b/d) or die; rmdir q(b/d) or die; \
                 open F, q(>a/f) or die; rename q(a/f), q(b/g) or die; link q(b/g), q(a/h) or die",
            ],
            (End::Exit(0), ""),
        ),
    ] {
        let (end, text) = run(command(&words, isolation), directory.path())?;
        assert_eq!((end, text.as_str()), expected, "{words:?}");
    }
    Ok(())
}

fn not_started(isolation: Isolation) -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let missing = run(command(&["no-such-program"], isolation), directory.path());
    assert!(
        matches!(missing, Err(ProcessError::NotFound(_))),
        "{missing:?}"
    );
    std::fs::write(directory.path().join("text"), "x")?;
    let refused = run(command(&["./text"], isolation), directory.path());
    assert!(
        matches!(refused, Err(ProcessError::NotStarted { .. })),
        "{refused:?}"
    );
    if isolation != Isolation::None {
        // The directory does not exist in its namespaces, and the error names it.
        let refused = run(command(&["true"], isolation), Path::new("/proc/self"));
        let text = refused.map_err(|error| error.to_string());
        let is_named = text.as_ref().is_err_and(|text| text.contains("/proc/"));
        assert!(is_named, "{text:?}");
    }
    Ok(())
}

/// Whether a process of this machine has `mark` among its words.
fn alive(mark: &str) -> bool {
    command_lines().any(|words| words.split('\0').any(|word| word == mark))
}

fn command_lines() -> impl Iterator<Item = String> {
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let words = all.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    words.map(|words| String::from_utf8_lossy(&words).into_owned())
}

/// A number of seconds that no other test sleeps for.
fn mark() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{}.{next}", 100_000 + std::process::id())
}

fn nothing_outlives(isolation: Isolation) -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    for script in [
        "setsid sleep MARK & sleep 0.2; exit 0",
        "setsid sh -c \"trap '' TERM HUP INT; sleep MARK\" & sleep 0.2; kill -9 $$",
        "(setsid setsid sleep MARK &) & sleep 0.2; exec true",
        "perl -e 'fork for 1..4; setpgrp; exec q(sleep), q(MARK)' & sleep 0.3",
        // New ones all the time.
        // Never the same for longer than a moment.
        "perl -e 'while (1) { exit if fork; select undef, undef, undef, 0.001 }' MARK & sleep 0.3",
    ] {
        let mark = mark();
        let script = script.replace("MARK", &mark);
        // However it ends: too many processes are an end too.
        let (_, text) = run(command(&["sh", "-c", &script], isolation), directory.path())?;
        assert!(!alive(&mark), "{script}: {text}");
    }
    Ok(())
}

fn killed(isolation: Isolation) -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let runtime = tokio::runtime::Runtime::new()?;
    let mut dropped = Vec::new();
    for patience in [0, 1, 2, 3, 5, 8, 12, 20, 50] {
        let mark = mark();
        let script = format!("for i in 1 2 3; do setsid sleep {mark} & done; sleep {mark}");
        runtime.block_on(async {
            let words = ["sh", "-c", &script];
            let (running, _output) = begin(command(&words, isolation), directory.path()).await?;
            tokio::time::sleep(Duration::from_millis(patience)).await;
            running.kill().await;
            Ok::<_, ProcessError>(())
        })?;
        assert!(!alive(&mark), "killed after {patience} ms");
    }
    for patience in 0..40 {
        let mark = mark();
        let script = format!("setsid sleep {mark} & sleep {mark}");
        runtime.block_on(async {
            let words = ["sh", "-c", &script];
            let begun = begin(command(&words, isolation), directory.path());
            drop(tokio::time::timeout(Duration::from_millis(patience), begun).await);
        });
        dropped.push(mark);
    }
    // Nobody waits for what was dropped, and some of it was only about to begin: `bwrap` is given the directory by name.
    let place = directory.path().display().to_string();
    let is_left = || {
        let named = command_lines().any(|words| words.contains(&place));
        named || dropped.iter().any(|mark| alive(mark))
    };
    for _ in 0..1_000 {
        if !is_left() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(100));
    assert!(!is_left(), "dropped");
    Ok(())
}

fn counted(isolation: Isolation) -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    for script in [
        "for i in $(seq 200); do sleep 1000 & done; wait",
        // Grows like a bomb, and ends by itself, should nothing else end it.
        "b() { [ $1 = 0 ] || { b $(($1-1)) & b $(($1-1)) & }; sleep 5; }; b 10; wait",
    ] {
        let (end, text) = run(command(&["sh", "-c", script], isolation), directory.path())?;
        // The kernel counts for all but the superuser.
        let limited = end == End::TooManyProcesses || text.contains("fork");
        assert!(limited, "{script}: {end:?} {text}");
        // The first process survives it, and reports how it ended.
        assert_ne!(end, End::Signal(9), "{script}: {text}");
    }
    Ok(())
}

fn memory(isolation: Isolation) -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    for (script, fits) in [
        ("$x = q(x) x (100 << 20); print length $x", true),
        ("$x = q(x) x (400 << 20); print length $x", false),
        // Each has less than it may, but not all together.
        (
            "for (1..6) { fork or last } $x = q(x) x (90 << 20); sleep 2; print length $x",
            false,
        ),
        // Shared with those that it has forked, it is counted once.
        (
            "$x = q(x) x (90 << 20); for (1..6) { if (!fork) { sleep 1; exit } } 1 while wait > 0; print length $x",
            true,
        ),
        // Memory that can be shared, and is populated at once.
        (
            "syscall(MMAP, 0, 100 << 20, 3, 0x8021, -1, 0); sleep 1",
            true,
        ),
        (
            "syscall(MMAP, 0, 400 << 20, 3, 0x8021, -1, 0); sleep 2",
            false,
        ),
        (
            "syscall(MMAP, 0, 100 << 20, 3, 0x8021, -1, 0); for (1..6) { if (!fork) { sleep 1; exit } } 1 while wait > 0",
            true,
        ),
        // Of processes that nobody may look into.
        (
            "for (1..6) { fork or last } syscall(PRCTL, 4, 0, 0, 0, 0); $x = q(x) x (90 << 20); sleep 2",
            false,
        ),
    ] {
        let script = script
            .replace("MMAP", &libc::SYS_mmap.to_string())
            .replace("PRCTL", &libc::SYS_prctl.to_string());
        let words = ["perl", "-e", &script];
        let (end, text) = run(command(&words, isolation), directory.path())?;
        let fitted = end == End::Exit(0) && !text.contains("Out of memory");
        assert_eq!(fitted, fits, "{script}: {end:?} {text}");
    }
    Ok(())
}

fn asked(isolation: Isolation) -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let runtime = tokio::runtime::Runtime::new()?;
    for (script, expected) in [
        (
            "trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done",
            End::Exit(7),
        ),
        (
            "trap '' TERM; echo ready; while :; do sleep 0.05; done",
            End::Signal(9),
        ),
    ] {
        let end = runtime.block_on(async {
            let words = ["sh", "-c", script];
            let (mut running, mut output) =
                begin(command(&words, isolation), directory.path()).await?;
            let mut ready = [0; 5];
            std::io::Read::read_exact(&mut output, &mut ready)?;
            running.terminate().await;
            running.wait().await
        })?;
        assert_eq!(end, expected, "{script}");
    }
    Ok(())
}

fn private(isolation: Isolation) -> Result<(), Failed> {
    if isolation == Isolation::None {
        return Ok(());
    }
    let directory = tempfile::tempdir()?;
    let script = "id -un; echo ~; touch /tmp/x /dev/shm/x && ls /tmp/x; ls /proc | grep -c '^[0-9]'; readlink -f .; \
                  echo a > file; cat file; ls -l /proc/self/fd/0 | grep -o /dev/null; test -w / || echo ro; umask; \
                  grep -o ' /proc ro,' /proc/self/mountinfo";
    let (_, text) = run(
        command(&["bash", "-c", script], isolation),
        directory.path(),
    )?;
    let here = directory.path().canonicalize()?;
    let expected = format!(
        "skill\n/home/skill\n/tmp/x\n4\n{}\na\n/dev/null\nro\n0022\n /proc ro,\n",
        here.display()
    );
    assert_eq!(text, expected);
    assert!(!Path::new("/dev/shm/x").exists());
    Ok(())
}

fn granted(isolation: Isolation) -> Result<(), Failed> {
    let below = tempfile::tempdir_in("/var/tmp")?;
    for (directory, place) in [
        ("/tmp", "/tmp"),
        ("/var/tmp", "/var/tmp"),
        (&below.path().display().to_string(), ""),
        ("/dev/shm", "/dev/shm"),
        ("/", "/tmp"),
        ("/", "/var/tmp"),
    ] {
        let directory = Path::new(directory);
        let file = tempfile::NamedTempFile::new_in(directory.join(place))?;
        let name = file.path().display().to_string();
        let script = format!("pwd; echo changed > {name}");
        let (_, text) = run(command(&["sh", "-c", &script], isolation), directory)?;
        assert_eq!(text, format!("{}\n", directory.display()));
        assert_eq!(std::fs::read_to_string(&file)?, "changed\n", "{name}");
    }
    Ok(())
}

/// `bwrap` cannot limit how many files there are.
fn bounded(isolation: Isolation) -> Result<(), Failed> {
    if isolation != Isolation::Namespaces {
        return Ok(());
    }
    let directory = tempfile::tempdir()?;
    let words = ["stat", "-f", "-c", "%c", "/tmp", "/dev/shm", "/dev", "/"];
    let (_, text) = run(command(&words, isolation), directory.path())?;
    let most: Vec<u64> = text.lines().filter_map(|line| line.parse().ok()).collect();
    assert_eq!(most.len(), 4, "{text}");
    // The kernel's own memory for each is about as much.
    assert!(most.iter().all(|most| most << 10 <= 256 << 20), "{text}");
    Ok(())
}

fn carved(isolation: Isolation) -> Result<(), Failed> {
    if isolation == Isolation::None {
        return Ok(());
    }
    let directory = tempfile::tempdir()?;
    let root = directory.path().canonicalize()?;
    std::fs::create_dir_all(root.join("app/config"))?;
    std::fs::create_dir_all(root.join("data/store"))?;
    std::fs::write(root.join("app/config/luminarys.yaml"), "canary")?;
    std::fs::write(root.join("app/config/.env"), "secret")?;
    std::fs::write(root.join("data/store/key"), "secret")?;
    let script = "echo x > app/config/luminarys.yaml; rm -f app/config/luminarys.yaml; mv app other; mv app/config app/c2; \
                  mv app/config/luminarys.yaml app/config/old; cp /etc/hostname app/config/luminarys.yaml; \
                  rmdir app/config; rm -rf app data; ln -sf /tmp app; cat app/config/.env data/store/key; ls data; \
                  echo x > data/new; echo y > app/config/absent; echo z > app/fine; chmod 777 app/config/luminarys.yaml; \
                  perl -e 'rename q(app), q(other) or print qq(no\\n); rename q(app/config), q(c) or print qq(no\\n)'";
    let mut command = command(&["sh", "-c", script], isolation);
    let place = |name: &str, hidden| Carved {
        path: root.join(name),
        hidden,
    };
    command.confinement.carved = vec![
        place("app/config/luminarys.yaml", false),
        place("app/config/.env", true),
        place("app/config/absent", false),
        place("data", true),
        // A hidden place stays hidden, even when it is listed as read-only as well.
        place("data", false),
        place("data/store", false),
        place("data/store/key", true),
    ];
    let (_, text) = run(command, &root)?;
    let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap_or_default();
    assert_eq!(read("app/config/luminarys.yaml"), "canary", "{text}");
    assert_eq!(read("app/config/.env"), "secret", "{text}");
    assert_eq!(read("data/store/key"), "secret", "{text}");
    assert!(!text.contains("secret"), "{text}");
    assert!(!root.join("app/config/absent").exists() && !root.join("data/new").exists());
    assert_eq!(text.matches("no\n").count(), 2, "{text}");
    assert_eq!(
        read("app/fine"),
        "z\n",
        "what lies beside is still granted: {text}"
    );
    Ok(())
}
