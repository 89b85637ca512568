//! Commands, run for real: this program is its own supervisor.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// This program.
const SELF: &str = "/proc/self/exe";

use libtest_mimic::{Arguments, Failed, Trial};
use luminarys_confine::{
    ARGUMENT, Command, ConfineError, Confinement, End, Handles, Limits, Running, Support, layers,
    start, supervise, support,
};

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(ARGUMENT) {
        return supervise();
    }
    type Test = fn() -> Result<(), Failed>;
    let tests: [(&str, Test); 6] = [
        ("exit codes and signals", ends),
        ("what cannot be started", not_started),
        ("files are confined", confined),
        ("nothing outlives a command", nothing_outlives),
        ("dropping kills", dropped),
        ("processes are counted", counted),
    ];
    let trials = tests.map(|(name, test)| Trial::test(name, test));
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit_code()
}

fn command(words: &[&str]) -> Command {
    Command {
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        environment: vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())],
        confinement: Confinement {
            system: ["/usr", "/bin", "/lib", "/lib64", "/etc", "/proc"]
                .map(Into::into)
                .into(),
            isolation: layers(Path::new(SELF)).isolation,
            required: true,
            home: "/home/skill".into(),
            ..Confinement::default()
        },
        limits: Limits {
            cpu_seconds: 60,
            processes: 50,
            file_bytes: 1 << 20,
            memory_bytes: 256 << 20,
        },
    }
}

/// Starts it in `directory`, which it may change; and where its output comes out.
async fn begin(words: &[&str], directory: &Path) -> Result<(Running, File), ConfineError> {
    let (reader, writer) = std::io::pipe().unwrap();
    let open = || OwnedFd::from(File::open(directory).unwrap());
    let handles = Handles {
        directory: open(),
        output: writer.into(),
        input: None,
        directories: vec![(open(), true)],
    };
    let running = start(Path::new(SELF), command(words), handles).await?;
    Ok((running, File::from(OwnedFd::from(reader))))
}

fn run(words: &[&str], directory: &Path) -> Result<(End, String), ConfineError> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (mut running, mut output) = begin(words, directory).await?;
        let end = tokio::time::timeout(Duration::from_secs(30), running.wait()).await;
        let mut text = String::new();
        output.read_to_string(&mut text).unwrap();
        Ok((end.expect("it does not end")?, text))
    })
}

fn alive(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

fn ends() -> Result<(), Failed> {
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
    ] {
        let (end, text) = run(&words, directory.path())?;
        assert_eq!((end, text.as_str()), expected, "{words:?}");
    }
    Ok(())
}

fn not_started() -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let missing = run(&["no-such-program"], directory.path());
    assert!(
        matches!(missing, Err(ConfineError::NotFound(_))),
        "{missing:?}"
    );
    std::fs::write(directory.path().join("text"), "x")?;
    let refused = run(&["./text"], directory.path());
    assert!(
        matches!(refused, Err(ConfineError::Failed(_))),
        "{refused:?}"
    );
    Ok(())
}

fn confined() -> Result<(), Failed> {
    if support() < Support::Full {
        eprintln!("not tried: the kernel has {:?}", support());
        return Ok(());
    }
    let (inside, outside) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let secret = outside.path().join("secret");
    std::fs::write(&secret, "secret")?;
    let script = format!(
        "cat {0}; echo x > {0}; echo ok > own; cat own; ls {1}; kill -0 {2} && echo signalled; cat /proc/{2}/environ | wc -c; mknod d b 8 0",
        secret.display(),
        outside.path().display(),
        std::process::id()
    );
    let (_, text) = run(&["sh", "-c", &script], inside.path())?;
    assert!(
        text.contains("ok\n") && !text.contains("signalled"),
        "{text}"
    );
    assert!(!text.contains("secret\n"), "{text}");
    assert!(text.lines().any(|line| line == "0"), "{text}");
    assert_eq!(std::fs::read_to_string(secret)?, "secret");
    assert!(!inside.path().join("d").exists(), "{text}");
    Ok(())
}

fn nothing_outlives() -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let script = "setsid sh -c 'echo $$; exec sleep 1000' & sleep 0.2; exit 0";
    let (end, text) = run(&["sh", "-c", script], directory.path())?;
    assert_eq!(end, End::Exit(0));
    let pid = text.trim().parse()?;
    assert!(!alive(pid), "{pid} is still there");
    Ok(())
}

fn dropped() -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let runtime = tokio::runtime::Runtime::new()?;
    let pids = runtime.block_on(async {
        let script = "sleep 1000 & echo $!; wait";
        let (running, mut output) = begin(&["sh", "-c", script], directory.path()).await?;
        let mut text = [0; 16];
        let length = output.read(&mut text).unwrap();
        let inner: i32 = String::from_utf8_lossy(&text[..length])
            .trim()
            .parse()
            .unwrap();
        Ok::<_, ConfineError>([running.pid, inner])
    })?;
    for pid in pids {
        for _ in 0..500 {
            if !alive(pid) {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(!alive(pid), "{pid} is still there");
    }
    Ok(())
}

fn counted() -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    for script in [
        "for i in $(seq 200); do sleep 1000 & done; wait",
        // Grows like a bomb, and ends by itself, should nothing else end it.
        "b() { [ $1 = 0 ] || { b $(($1-1)) & b $(($1-1)) & }; sleep 5; }; b 10; wait",
    ] {
        let (end, text) = run(&["sh", "-c", script], directory.path())?;
        // A user who is not the superuser is held to it by the kernel already.
        let held = end == End::TooManyProcesses || text.contains("fork");
        assert!(held, "{script}: {end:?} {text}");
    }
    Ok(())
}
