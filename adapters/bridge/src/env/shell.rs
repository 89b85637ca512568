//! `shell_exec`: commands.

use super::{Outcome, Reply, explain, functions};
use crate::bindings::luminarys::skill::shell::{self, Command, End, RunOptions, StartOptions};
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
        let options = StartOptions::new();
        if let Some(path) = &directory {
            options.set_directory(path);
        }
        if let Some(path) = request.filled("log_file") {
            options.set_log_file(&path);
        }
        let daemon = shell::start(&command, Some(&options));
        let daemon = daemon.and_then(|daemon| daemon.info()).map_err(explain)?;
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
    let options = RunOptions::new();
    if let Some(path) = &directory {
        options.set_directory(path);
    }
    options.set_timeout(request.positive::<u32>("timeout_ms").unwrap_or(0).into());
    if let Some(pattern) = request.filled("grep") {
        options.set_grep(&pattern);
    }
    options.set_tail(request.positive("tail").unwrap_or(0));
    let finished = shell::run(&command, Some(&options)).map_err(explain)?;
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
