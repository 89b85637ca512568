//! What the tests of commands share. Each is its own supervisor.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use luminarys_commands::process::{
    Command, Confinement, End, Handles, Isolation, Limits, ProcessError, Running, layers, start,
};

/// Every kind that this machine has: there is always the last.
pub fn isolations() -> Vec<Isolation> {
    let best = layers();
    if best.isolation == Isolation::None {
        eprintln!("no namespaces are tried: {}", best.without);
        return vec![Isolation::None];
    }
    let mut all = vec![best.isolation, Isolation::None];
    if Path::new("/usr/bin/bwrap").exists() && best.isolation != Isolation::Bubblewrap {
        all.push(Isolation::Bubblewrap);
    }
    all
}

/// A command that may use nothing but the system's programs.
pub fn command(words: &[&str], isolation: Isolation) -> Command {
    Command {
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        environment: vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())],
        confinement: Confinement {
            isolation,
            required: true,
            system: ["/usr", "/bin", "/lib", "/lib64", "/etc/hostname", "/proc"]
                .map(Into::into)
                .into(),
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
pub async fn begin(command: Command, directory: &Path) -> Result<(Running, File), ProcessError> {
    let (reader, writer) = std::io::pipe()?;
    let open = || File::open(directory).map(OwnedFd::from);
    let handles = Handles {
        directory: open()?,
        output: writer.into(),
        errors: None,
        input: None,
        directories: vec![(open()?, true)],
    };
    let running = start(command, handles).await?;
    Ok((running, File::from(OwnedFd::from(reader))))
}

/// Runs it to its end; returns its output.
pub fn run(command: Command, directory: &Path) -> Result<(End, String), ProcessError> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let (mut running, mut output) = begin(command, directory).await?;
        let end = tokio::time::timeout(Duration::from_secs(30), running.wait()).await;
        let mut text = Vec::new();
        output.read_to_end(&mut text)?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let end = end.map_err(|_| ProcessError::Unexpected(format!("timeout; output: {text}")))?;
        Ok((end?, text))
    })
}
