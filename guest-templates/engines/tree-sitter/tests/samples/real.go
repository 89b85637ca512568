package sdk

// ErrorKind says how a connection failed.
type ErrorKind string

// How a connection can fail.
const (
	// ErrorKindNone is no failure.
	ErrorKindNone ErrorKind = ""
	// ErrorKindEOF is the other side closing it.
	ErrorKindEOF ErrorKind = "eof"
	// ErrorKindReset is the other side breaking it off.
	ErrorKindReset ErrorKind = "reset"
	// ErrorKindTimeout is a wait that was too long.
	ErrorKindTimeout ErrorKind = "timeout"
	// ErrorKindTLS is encryption: a certificate, for instance.
	ErrorKindTLS ErrorKind = "tls"
	// ErrorKindIO is anything else.
	ErrorKindIO ErrorKind = "io"
)

// ConnEvent is the payload of a connection's callback: data that came, or how it ended.
type ConnEvent struct {
	ConnID string `msgpack:"conn_id"`
	Data   []byte `msgpack:"data,omitempty"`
	// ErrorKind and ErrorMsg say how it ended, if it has.
	ErrorKind ErrorKind `msgpack:"error_kind,omitempty"`
	ErrorMsg  string    `msgpack:"error_msg,omitempty"`
}

// UnmarshalConnEvent reads the payload of a connection's callback.
func UnmarshalConnEvent(payload []byte) (ConnEvent, error) {
	return unmarshal[ConnEvent](payload)
}

// TcpConnectOptions says where [TcpConnect] connects to, and how.
type TcpConnectOptions struct {
	// Addr is host:port.
	Addr string `msgpack:"addr"`
	// Callback is the method of this skill that is given what comes; empty throws it away.
	Callback string `msgpack:"callback"`
	// TLS encrypts; Insecure takes any certificate; ServerName is whose it must be, when that is not the host.
	TLS        bool   `msgpack:"tls"`
	Insecure   bool   `msgpack:"insecure"`
	ServerName string `msgpack:"server_name,omitempty"`
	// TimeoutMs is how long connecting may take; 0 means 30 seconds.
	TimeoutMs int64 `msgpack:"timeout_ms"`
}

// TcpConnect opens a connection that stays open between calls, and returns its id.
func TcpConnect(opts TcpConnectOptions) (string, error) {
	return connect(hostTcpConnect, opts)
}

// Opens a connection and returns its id.
func connect(function hostFunction, request any) (string, error) {
	reply, err := call[struct {
		ConnID string `msgpack:"conn_id"`
	}](function, request)
	return reply.ConnID, err
}

// TcpSetCallback has another method of this skill be given what comes.
func TcpSetCallback(connID, callback string) error {
	return perform(hostTcpSetCallback, map[string]string{"conn_id": connID, "callback": callback})
}

// TcpWrite sends data.
func TcpWrite(connID string, data []byte) error {
	return perform(hostTcpWrite, map[string]interface{}{"conn_id": connID, "data": data})
}

// TcpClose closes a connection; one that is closed already is no error.
func TcpClose(connID string) error {
	return perform(hostTcpClose, map[string]string{"conn_id": connID})
}

// TcpRequestOptions says what [TcpRequest] sends, and where.
type TcpRequestOptions struct {
	// Addr is host:port.
	Addr string `msgpack:"addr"`
	// Data is sent once connected.
	Data []byte `msgpack:"data"`
	// TLS encrypts; Insecure takes any certificate.
	TLS      bool `msgpack:"tls"`
	Insecure bool `msgpack:"insecure"`
	// TimeoutMs is how long all of it may take; 0 means 30 seconds.
	TimeoutMs int `msgpack:"timeout_ms"`
	// MaxBytes is how much is read; 0 means 1 MiB.
	MaxBytes int `msgpack:"max_bytes"`
}

// TcpRequestResult is what came back.
type TcpRequestResult struct {
	Data  []byte `msgpack:"data"`
	Error string `msgpack:"error,omitempty"`
}

// TcpRequest connects, sends, reads until the other side closes or a limit is reached, and closes.
func TcpRequest(opts TcpRequestOptions) (TcpRequestResult, error) {
	return call[TcpRequestResult](hostTcpRequest, opts)
}
