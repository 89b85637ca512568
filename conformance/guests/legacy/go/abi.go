// A skill of the older ABI in Go: its exports, its imports, and how values pass between them.
package main

import (
	"bytes"
	"errors"
	"runtime"
	"unsafe"

	"github.com/vmihailenco/msgpack/v5"
)

// What the host has allocated, kept from the garbage collector.
var pinned = map[uint32][]byte{}

// The result of the last call.
var result []byte

func address(bytes []byte) uint32 {
	return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(bytes))))
}

//go:wasmexport skill_alloc
func skillAlloc(size uint32) uint32 {
	if size == 0 {
		return 0
	}
	buffer := make([]byte, size)
	pointer := address(buffer)
	pinned[pointer] = buffer
	return pointer
}

//go:wasmexport skill_free
func skillFree(pointer uint32) {
	if len(result) > 0 && address(result) == pointer {
		result = nil
		return
	}
	delete(pinned, pointer)
}

type request struct {
	SkillID  string `msgpack:"skill_id"`
	CallerID string `msgpack:"caller_id"`
	Method   string `msgpack:"method"`
	State    []byte `msgpack:"state"`
	Payload  []byte `msgpack:"payload"`
}

// As Go writes it: what is not set is nil.
type response struct {
	Version    int              `msgpack:"version"`
	State      []byte           `msgpack:"state"`
	Payload    []byte           `msgpack:"payload"`
	Error      string           `msgpack:"error,omitempty"`
	Commands   []map[string]any `msgpack:"commands"`
	LLMContext string           `msgpack:"llm_context,omitempty"`
}

func packed(value any) uint64 {
	encoded, err := msgpack.Marshal(value)
	if err != nil {
		panic(err)
	}
	result = encoded
	return uint64(address(result))<<32 | uint64(len(result))
}

//go:wasmexport skill_handle
func skillHandle(pointer, length uint32) uint64 {
	var asked request
	buffer := unsafe.Slice((*byte)(unsafe.Pointer(uintptr(pointer))), length)
	if err := msgpack.Unmarshal(bytes.Clone(buffer), &asked); err != nil {
		return packed(response{Version: 1, Error: err.Error()})
	}
	var arguments map[string]any
	if len(asked.Payload) > 0 {
		if err := msgpack.Unmarshal(asked.Payload, &arguments); err != nil {
			return packed(response{Version: 1, Error: err.Error()})
		}
	}
	answer := response{Version: 1}
	value, err := call(&asked, &answer, arguments)
	if err != nil {
		return packed(response{Version: 1, Error: err.Error()})
	}
	if answer.Payload, err = msgpack.Marshal(value); err != nil {
		return packed(response{Version: 1, Error: err.Error()})
	}
	return packed(answer)
}

type parameter struct {
	Name     string `msgpack:"name"`
	Type     string `msgpack:"type"`
	Required bool   `msgpack:"required,omitempty"`
}

type method struct {
	Name        string      `msgpack:"name"`
	Description string      `msgpack:"description"`
	Params      []parameter `msgpack:"params"`
}

//go:wasmexport skill_describe
func skillDescribe() uint64 {
	return packed(map[string]any{
		"version":       1,
		"skill_id":      "ai.luminarys.legacy.go",
		"skill_name":    "Legacy Go",
		"skill_version": "1.0.0",
		"description":   "The methods of matrix in Go, on the older ABI.",
		"methods":       methods,
		"requirements":  []any(nil),
		"sdk_version":   512,
	})
}

// Asks the host; the reply is decoded before anything else runs.
func ask(function func(pointer, length uint32) uint64, value any, reply any) error {
	encoded, err := msgpack.Marshal(value)
	if err != nil {
		return err
	}
	answer := function(address(encoded), uint32(len(encoded)))
	runtime.KeepAlive(encoded)
	pointer, length := uint32(answer>>32), uint32(answer)
	buffer := bytes.Clone(unsafe.Slice((*byte)(unsafe.Pointer(uintptr(pointer))), length))
	var failed struct {
		Error string `msgpack:"error"`
	}
	if err := msgpack.Unmarshal(buffer, &failed); err == nil && failed.Error != "" {
		return errors.New(failed.Error)
	}
	if reply == nil {
		return nil
	}
	return msgpack.Unmarshal(buffer, reply)
}

func main() {}
