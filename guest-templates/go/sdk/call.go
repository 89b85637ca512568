package sdk

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/vmihailenco/msgpack/v5"
)

// ABIError is a function of the host that failed: a permission that is missing, a file that is not there, a server that
// does not answer.
type ABIError struct {
	// Msg is the host's own words.
	Msg string
}

// Error is the host's words, marked as such.
func (e *ABIError) Error() string { return "abi error: " + e.Msg }

var (
	errNoHost  = errors.New("sdk: not running in a host")
	errNoReply = errors.New("sdk: the host replied with nothing")
)

// What functions without a reply reply.
type nothing struct{}

// What functions without a request are asked with: an empty map.
type anything map[string]interface{}

// call asks function with request and decodes its reply.
func call[Reply any](function hostFunction, request any) (Reply, error) {
	var none Reply
	encoded, err := msgpack.Marshal(request)
	if err != nil {
		return none, fmt.Errorf("sdk: a request: %w", err)
	}
	answer, err := exchange(function, encoded)
	if err != nil {
		return none, err
	}
	if text := failure(answer); text != "" {
		return none, &ABIError{text}
	}
	reply, err := unmarshal[Reply](answer)
	if err != nil {
		return none, fmt.Errorf("sdk: the host's reply: %w", err)
	}
	return reply, nil
}

// perform asks function for something that has no reply.
func perform(function hostFunction, request any) error {
	_, err := call[nothing](function, request)
	return err
}

// failure is the error that a reply tells of; empty when it tells of none.
func failure(answer []byte) string {
	decoder := msgpack.NewDecoder(bytes.NewReader(answer))
	fields, err := decoder.DecodeMapLen()
	if err != nil {
		// A reply that is no map, such as the history's, cannot tell of one.
		return ""
	}
	for range fields {
		key, err := decoder.DecodeString()
		if err != nil {
			return ""
		}
		if key == "error" {
			text, _ := decoder.DecodeString()
			return text
		}
		if decoder.Skip() != nil {
			return ""
		}
	}
	return ""
}

// unmarshal decodes one value; with an error, it is the zero value.
func unmarshal[Value any](payload []byte) (Value, error) {
	var value, none Value
	if err := msgpack.Unmarshal(payload, &value); err != nil {
		return none, err
	}
	return value, nil
}
