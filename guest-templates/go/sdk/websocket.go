package sdk

// Kinds of WebSocket messages.
const (
	WsMessageText   = "text"
	WsMessageBinary = "binary"
	WsMessageClose  = "close"
)

// WsEvent is the payload of a WebSocket's callback: a message that came, or how the connection ended.
type WsEvent struct {
	ConnID string `msgpack:"conn_id"`
	Data   []byte `msgpack:"data,omitempty"`
	// MessageType is text, binary or close.
	MessageType string `msgpack:"message_type,omitempty"`
	// CloseCode and CloseText are what the other side closed with.
	CloseCode int    `msgpack:"close_code,omitempty"`
	CloseText string `msgpack:"close_text,omitempty"`
	// ErrorKind and ErrorMsg say how the connection failed, if it has.
	ErrorKind ErrorKind `msgpack:"error_kind,omitempty"`
	ErrorMsg  string    `msgpack:"error_msg,omitempty"`
}

// UnmarshalWsEvent reads the payload of a WebSocket's callback.
func UnmarshalWsEvent(payload []byte) (WsEvent, error) {
	return unmarshal[WsEvent](payload)
}

// WsConnect opens a WebSocket and returns its id. This skill's method callback is given what comes; a timeoutMs of 0
// means 30 seconds; insecure takes any certificate.
func WsConnect(url string, headers []Header, timeoutMs int64, callback string, insecure bool) (string, error) {
	return connect(hostWsConnect, map[string]interface{}{
		"url":        url,
		"headers":    headers,
		"timeout_ms": timeoutMs,
		"callback":   callback,
		"insecure":   insecure,
	})
}

// WsSend sends a message of the given type, text or binary.
func WsSend(connID string, data []byte, messageType string) error {
	return perform(hostWsSend, map[string]interface{}{
		"conn_id":      connID,
		"data":         data,
		"message_type": messageType,
	})
}

// WsClose closes a WebSocket with a code, 1000 for instance, and a reason.
func WsClose(connID string, code int, reason string) error {
	return perform(hostWsClose, map[string]interface{}{"conn_id": connID, "code": code, "reason": reason})
}
