package sdk

import (
	"unsafe"

	"github.com/vmihailenco/msgpack/v5"
)

// The result that the host has not yet read, kept from the garbage collector.
var result []byte

// WriteResult keeps b for the host to read and returns where it is: the address in the upper half, the length in the
// lower. The next result takes its place.
func WriteResult(b []byte) uint64 {
	result = b
	if len(b) == 0 {
		return 0
	}
	return uint64(address(b))<<32 | uint64(len(b))
}

// ShrinkResultBuf lets go of the result at ptr, which the host has read. Other addresses are none of its business.
func ShrinkResultBuf(ptr uint32) {
	if len(result) > 0 && address(result) == ptr {
		result = nil
	}
}

// MarshalErrorResponse encodes a response that fails the call with msg.
func MarshalErrorResponse(msg string) []byte {
	encoded, err := msgpack.Marshal(InvokeResponse{Version: Version, Error: msg})
	if err != nil {
		// Numbers and texts can always be encoded.
		panic(err)
	}
	return encoded
}

// The address of what b holds in the skill's memory.
func address(b []byte) uint32 {
	return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(b))))
}
