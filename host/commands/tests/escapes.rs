//! What a hostile command tries with the machine. Each attempt is a Perl script that says "refused" when nothing came of it;
//! beside that, canaries outside must stay as they are.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "escapes/attempts.rs"]
mod attempts;
mod common;

use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use attempts::Where::Everywhere;
use attempts::{ATTEMPTS, NUMBERS};
use common::{command, isolations, run};
use libtest_mimic::{Arguments, Failed, Trial};
use luminarys_commands::process::Isolation;
use luminarys_commands::{ARGUMENT, supervise};

/// Says what came of an attempt; `call_` calls the system, `sock` makes a socket.
const PRELUDE: &str = r#"
use strict; use warnings; use Socket; no warnings;
sub say_ { print(($_[0] ? "DONE" : "refused"), " $!\n"); exit }
sub call_ { my $r = syscall($_[0] + 0, @_[1..$#_]); say_($r >= 0) }
sub sock { socket(my $s, $_[0], $_[1], $_[2]) or say_(0); $s }
"#;

/// What is outside, and must stay as it is.
struct World {
    directory: tempfile::TempDir,
    stream: UnixListener,
    named: UnixListener,
    datagram: UnixDatagram,
    tcp: TcpListener,
    udp: UdpSocket,
    sibling: std::process::Child,
    canary: Canary,
}

#[derive(Debug, PartialEq)]
struct Canary(String, u32, u32, i64, i64, u64);

impl World {
    fn new() -> std::io::Result<Self> {
        let directory = tempfile::tempdir()?;
        let at = |name: &str| directory.path().join(name);
        fs::write(at("canary"), "canary")?;
        let world = Self {
            stream: UnixListener::bind(at("stream"))?,
            named: UnixListener::bind_addr(&SocketAddr::from_abstract_name(
                at("abstract").as_os_str().as_bytes(),
            )?)?,
            datagram: UnixDatagram::bind(at("datagram"))?,
            tcp: TcpListener::bind("127.0.0.1:0")?,
            udp: UdpSocket::bind("127.0.0.1:0")?,
            sibling: std::process::Command::new("sleep").arg("600").spawn()?,
            canary: Canary::of(&at("canary"))?,
            directory,
        };
        world.stream.set_nonblocking(true)?;
        world.named.set_nonblocking(true)?;
        world.datagram.set_nonblocking(true)?;
        world.tcp.set_nonblocking(true)?;
        world.udp.set_nonblocking(true)?;
        Ok(world)
    }

    fn fill(&self, script: &str) -> std::io::Result<String> {
        let outside = self.directory.path().display().to_string();
        let mut script = script
            .replace("OUTSIDE", &outside)
            .replace("HOSTPID", &std::process::id().to_string())
            .replace("SIBLING", &self.sibling.id().to_string())
            .replace("TCPPORT", &self.tcp.local_addr()?.port().to_string())
            .replace("UDPPORT", &self.udp.local_addr()?.port().to_string());
        for (name, number) in NUMBERS {
            script = script.replace(&format!("{name},"), &format!("{number},"));
        }
        Ok(format!("{PRELUDE}{script}"))
    }

    fn untouched(&mut self) -> Result<(), String> {
        let mut byte = [0];
        let checks = [
            (
                self.named.accept().is_err(),
                "a connection to the abstract socket",
            ),
            (
                self.stream.accept().is_err(),
                "a connection to the UNIX socket",
            ),
            (self.datagram.recv(&mut byte).is_err(), "a UNIX datagram"),
            (self.tcp.accept().is_err(), "a TCP connection"),
            (self.udp.recv(&mut byte).is_err(), "a UDP datagram"),
            (
                matches!(self.sibling.try_wait(), Ok(None)),
                "the end of another process",
            ),
        ];
        for (held, what) in checks {
            if !held {
                return Err(format!("there was {what}"));
            }
        }
        let now =
            Canary::of(&self.directory.path().join("canary")).map_err(|error| error.to_string())?;
        if now != self.canary {
            return Err(format!(
                "the canary changed from {:?} to {now:?}",
                self.canary
            ));
        }
        Ok(())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.sibling.kill();
        let _ = self.sibling.wait();
    }
}

impl Canary {
    fn of(path: &Path) -> std::io::Result<Self> {
        let metadata = fs::metadata(path)?;
        let text = fs::read_to_string(path)?;
        Ok(Self(
            text,
            metadata.mode(),
            metadata.uid(),
            metadata.mtime(),
            metadata.ctime(),
            metadata.nlink(),
        ))
    }
}

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(ARGUMENT) {
        return supervise();
    }
    let mut trials = Vec::new();
    for isolation in isolations() {
        for (name, holds, script) in ATTEMPTS {
            if holds == Everywhere || isolation != Isolation::None {
                trials.push(Trial::test(format!("{isolation:?}: {name}"), move || {
                    attempt(isolation, script, false)
                }));
            }
            // These are no network.
            if name.starts_with("a UNIX") || name.starts_with("an abstract") {
                let name = format!("{isolation:?}, with the network: {name}");
                trials.push(Trial::test(name, move || attempt(isolation, script, true)));
            }
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn attempt(isolation: Isolation, script: &str, network: bool) -> Result<(), Failed> {
    let mut world = World::new()?;
    let inside: PathBuf = tempfile::tempdir()?.keep();
    let script = world.fill(script)?;
    let mut command = command(&["perl", "-e", &script], isolation);
    command.confinement.network = network;
    let outcome = run(command, &inside);
    fs::remove_dir_all(&inside)?;
    let (end, text) = outcome?;
    world.untouched()?;
    if !text.starts_with("refused") {
        return Err(format!("it ended with {end:?} and the output {text:?}").into());
    }
    Ok(())
}
