// Commands, those that `permissions.shell` lists.

import { Request } from "./host";
import * as env from "./imports";

export class ShellResult {
  /** Output and errors in the order in which they came. */
  output: string = "";
  exit_code: i32 = 0;
  /** Of a daemon. */
  pid: i32 = 0;
  /** Of a daemon: where its output goes. */
  log_file: string = "";
}

/**
 * Runs a command. An exit code that is not 0 is an answer, not an error.
 *
 * @param workdir absolute; the first of the granted ones when empty
 * @param timeoutMs 0 for 30 s
 * @param tail keeps so many of the last lines; 0 for all
 * @param grep keeps the lines in which this regular expression is found
 * @param asDaemon leaves it running and returns at once
 * @param logFile where a daemon's output goes; one of the host's choice when empty
 */
export function shellExec(
  command: string,
  workdir: string = "",
  timeoutMs: i64 = 0,
  tail: i64 = 0,
  grep: string = "",
  asDaemon: bool = false,
  logFile: string = "",
): ShellResult {
  const request = new Request().text("command", command).text("workdir", workdir);
  request.integer("timeout_ms", timeoutMs).integer("tail", tail).text("grep", grep);
  request.flag("as_daemon", asDaemon).text("log_file", logFile);
  const reply = request.send(env.shell_exec, "shell_exec");
  const made = new ShellResult();
  made.output = reply.getField("output").getStr();
  made.exit_code = <i32>reply.getField("exit_code").getInt();
  made.pid = <i32>reply.getField("pid").getInt();
  made.log_file = reply.getField("log_file").getStr();
  return made;
}
