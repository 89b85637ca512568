package sdk

// ShellExecRequest is a command to run.
type ShellExecRequest struct {
	// Command is one line, split into words as a shell would.
	Command string `msgpack:"command"`
	// Workdir is where it runs; empty leaves that to the host.
	Workdir string `msgpack:"workdir"`
	// TimeoutMs is how long it may run; 0 means 30 seconds.
	TimeoutMs int `msgpack:"timeout_ms"`
	// Tail keeps that many of the last lines; 0 keeps all.
	Tail int `msgpack:"tail"`
	// Grep keeps lines that match this regular expression.
	Grep string `msgpack:"grep"`
	// AsDaemon leaves it running and returns at once.
	AsDaemon bool `msgpack:"as_daemon"`
	// LogFile is where a daemon's output goes.
	LogFile string `msgpack:"log_file,omitempty"`
}

// ShellExecResult is how a command ended, or where a daemon is.
type ShellExecResult struct {
	// Output is standard output and standard error as they came.
	Output string `msgpack:"output"`
	// ExitCode is the command's own; one that is not 0 is no error of [ShellExec].
	ExitCode int `msgpack:"exit_code"`
	// Pid and LogFile are a daemon's.
	Pid     int    `msgpack:"pid,omitempty"`
	LogFile string `msgpack:"log_file,omitempty"`
	Error   string `msgpack:"error,omitempty"`
}

// ShellExec runs a command.
func ShellExec(req ShellExecRequest) (ShellExecResult, error) {
	return call[ShellExecResult](hostShellExec, req)
}
