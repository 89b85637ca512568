package sdk

// InvokeRequest is a call of one of the skill's methods.
type InvokeRequest struct {
	// Version is the protocol's.
	Version int `msgpack:"version"`
	// RequestID names this call, TraceID the chain of calls that it belongs to.
	RequestID string `msgpack:"request_id"`
	TraceID   string `msgpack:"trace_id"`
	// SessionID is the client's session, LLMSessionID that of the model behind it.
	SessionID    string `msgpack:"session_id"`
	LLMSessionID string `msgpack:"llm_session_id"`
	// Method is the method's name, without the skill's.
	Method string `msgpack:"method"`
	// SkillID is this skill's id in its manifest.
	SkillID string `msgpack:"skill_id"`
	// CallerID is the id of the skill that calls; empty when none does.
	CallerID string `msgpack:"caller_id,omitempty"`
	// State is what an earlier response set; see [UnmarshalState].
	State []byte `msgpack:"state"`
	// Payload holds the arguments in MessagePack: a map by name.
	Payload []byte `msgpack:"payload"`
	// DeadlineNs is when the call will be stopped, in nanoseconds since 1970; 0 when that is not known.
	DeadlineNs int64 `msgpack:"deadline_ns"`
}

// InvokeResponse is what a call ends with.
type InvokeResponse struct {
	// Version is the protocol's; [CallHandler] sets it.
	Version int `msgpack:"version"`
	// State replaces the skill's state, unless it is empty; see [MarshalState].
	State []byte `msgpack:"state"`
	// Payload is the result, one value in MessagePack.
	Payload []byte `msgpack:"payload"`
	// Error fails the call when it is not empty; nothing else counts then.
	Error string `msgpack:"error,omitempty"`
	// Commands are carried out by the host after the call, in this order.
	Commands []Command `msgpack:"commands,omitempty"`
	// LLMContext is text for the model, beside the result.
	LLMContext string `msgpack:"llm_context,omitempty"`
}
