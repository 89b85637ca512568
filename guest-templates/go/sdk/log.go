package sdk

// How much a message of the log matters.
const (
	LogLevelDebug = "debug"
	LogLevelInfo  = "info"
	LogLevelWarn  = "warn"
	LogLevelError = "error"
)

// Log writes message to the skill's log, with fields beside it. A log that cannot be written is no failure.
func Log(level, message string, fields map[string]any) {
	_ = perform(hostLogWrite, map[string]any{"level": level, "message": message, "fields": fields})
}

// LogDebug logs what helps in finding faults.
func LogDebug(message string, fields map[string]any) { Log(LogLevelDebug, message, fields) }

// LogInfo logs what happened.
func LogInfo(message string, fields map[string]any) { Log(LogLevelInfo, message, fields) }

// LogWarn logs what may be wrong.
func LogWarn(message string, fields map[string]any) { Log(LogLevelWarn, message, fields) }

// LogError logs what is wrong.
func LogError(message string, fields map[string]any) { Log(LogLevelError, message, fields) }
