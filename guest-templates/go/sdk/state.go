package sdk

import "github.com/vmihailenco/msgpack/v5"

// StateEnvelope is a skill's state as it is stored: with the version of its own shape.
type StateEnvelope struct {
	// SchemaVersion is the skill's own count of how its state has changed.
	SchemaVersion int `msgpack:"schema_version"`
	// Data is the state in MessagePack.
	Data []byte `msgpack:"data"`
}

// MarshalState encodes state for [InvokeResponse].
func MarshalState(schemaVersion int, state interface{}) ([]byte, error) {
	data, err := msgpack.Marshal(state)
	if err != nil {
		return nil, err
	}
	return msgpack.Marshal(StateEnvelope{SchemaVersion: schemaVersion, Data: data})
}

// UnmarshalState decodes the state of an [InvokeRequest] into dst and returns the version it was stored with. Where
// nothing was stored yet, that is 0, and dst stays as it is.
func UnmarshalState(raw []byte, dst interface{}) (schemaVersion int, err error) {
	if len(raw) == 0 {
		return 0, nil
	}
	envelope, err := unmarshal[StateEnvelope](raw)
	if err != nil {
		return 0, err
	}
	if err := msgpack.Unmarshal(envelope.Data, dst); err != nil {
		return 0, err
	}
	return envelope.SchemaVersion, nil
}
