//! `shell_exec`: commands.

use super::{Outcome, Reply, explain, functions};
use crate::bindings::luminarys::skill::shell::{self, Command, End, Options};
use crate::wire::{Fields as _, Value};

functions! {
    shell_exec = execute;
}

/// What shells say of a signal.
const SIGNALLED: i32 = 128;

fn execute(request: &Value<'_>) -> Outcome {
    let command = Command::Line(request.text("command"));
    let directory = request.filled("workdir");
    let mut reply = Reply::default();
    if request.flag("as_daemon") {
        let log_file = request.filled("log_file");
        let daemon =
            shell::start(&command, directory.as_deref(), log_file.as_deref()).map_err(explain)?;
        let out = reply
            .head
            .map(4)
            .text("output")
            .text("")
            .text("exit_code")
            .integer(0);
        out.text("pid")
            .integer(daemon.pid.into())
            .text("log_file")
            .text(&daemon.log_file);
        return Ok(reply);
    }
    let options = Options {
        directory,
        timeout_ms: request.positive("timeout_ms"),
        input: Vec::new(),
        grep: request.filled("grep"),
        tail: request.positive("tail"),
    };
    let finished = shell::run(&command, &options).map_err(explain)?;
    let code = match finished.end {
        End::Exit(code) => code,
        End::Signal(signal) => SIGNALLED + signal,
    };
    reply
        .head
        .map(2)
        .text("output")
        .text(&finished.output)
        .text("exit_code")
        .integer(code.into());
    Ok(reply)
}
