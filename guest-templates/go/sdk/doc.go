// Package sdk is what a Luminarys skill in Go is written with: the functions of the host, the calls that come in, and
// what a skill says of itself.
//
// A skill is a package main of annotated functions in skill.go. `lmsk generate` writes its main.go, which registers them
// and exports what the host calls; the module is then built by
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o skill.wasm .
//
// The functions of the host exist inside a host only. Elsewhere, in unit tests for instance, each returns an error; the
// package compiles everywhere.
package sdk

// Version is the version of the protocol between host and skill.
const Version = 1

// The version of this SDK.
const (
	SDKVersionMajor = 0
	SDKVersionMinor = 2
	SDKVersionPatch = 0
	// SDKVersion is all three in one number, as the descriptor carries it.
	SDKVersion = SDKVersionMajor<<16 | SDKVersionMinor<<8 | SDKVersionPatch
)
