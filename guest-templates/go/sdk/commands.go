package sdk

// CommandType says what a command asks the host to do.
type CommandType string

// What the host can be asked to do after a call.
const (
	// CmdCallModule calls another skill.
	CmdCallModule CommandType = "call_module"
	// CmdBatchInvoke calls several methods at once.
	CmdBatchInvoke CommandType = "batch_invoke"
	// CmdSchedule calls a method of this skill later.
	CmdSchedule CommandType = "schedule"
	// CmdEmitEvent publishes an event.
	CmdEmitEvent CommandType = "emit_event"
	// CmdSubscribe has a topic's events delivered to this skill.
	CmdSubscribe CommandType = "subscribe"
	// CmdStoreKV stores a value under a key.
	CmdStoreKV CommandType = "store_kv"
	// CmdLoadKV has a stored value delivered to this skill.
	CmdLoadKV CommandType = "load_kv"
	// CmdSpawn calls another skill whose answer nobody waits for.
	CmdSpawn CommandType = "spawn"
	// CmdTerminate ends this instance of the skill.
	CmdTerminate CommandType = "terminate"
)

// Command is something for the host to do after a call; see [InvokeResponse].
type Command struct {
	// Type says what.
	Type CommandType `msgpack:"type"`
	// Payload says with what; its keys depend on the type.
	Payload map[string]interface{} `msgpack:"payload,omitempty"`
}

// NewCallModule calls method of the skill skillID. The answer goes to this skill's method callback, with callCtx as it
// is here; an empty callback throws it away.
func NewCallModule(skillID, method string, payload interface{}, callback, callCtx string) Command {
	return Command{CmdCallModule, map[string]interface{}{
		"skill_id": skillID,
		"method":   method,
		"payload":  payload,
		"callback": callback,
		"call_ctx": callCtx,
	}}
}

// NewSchedule calls this skill's method after delayMs milliseconds.
func NewSchedule(method string, delayMs int64, payload interface{}) Command {
	return Command{CmdSchedule, map[string]interface{}{"method": method, "delay_ms": delayMs, "payload": payload}}
}

// NewEmitEvent publishes payload under topic.
func NewEmitEvent(topic string, payload interface{}) Command {
	return Command{CmdEmitEvent, map[string]interface{}{"topic": topic, "payload": payload}}
}

// NewStoreKV stores value under key.
func NewStoreKV(key string, value interface{}) Command {
	return Command{CmdStoreKV, map[string]interface{}{"key": key, "value": value}}
}

// NewLoadKV has what is stored under key delivered to this skill's method callback.
func NewLoadKV(key, callback string) Command {
	return Command{CmdLoadKV, map[string]interface{}{"key": key, "callback": callback}}
}
