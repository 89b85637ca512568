// Package server answers requests.
package server

import (
	"fmt"
	"net/http"
)

// Version is what clients are told.
const Version = "1.2"

const (
	// small requests
	small = 1 << 10
	large = 1 << 20 // and large ones
)

var (
	// ErrClosed says that a server was closed.
	ErrClosed = fmt.Errorf("closed")
	count     int
)

var registry = map[string]Handler{}

type (
	// Handler answers one request.
	Handler interface {
		// Handle does it.
		Handle(w http.ResponseWriter, r *http.Request) error
		fmt.Stringer
	}

	names = []string
)

// Server holds the handlers.
type Server[T any] struct {
	handlers map[string]Handler
	value    T
}

// ID names a server.
type ID int

// New makes a server.
//
// It has no handlers.
func New[T any](value T) *Server[T] {
	local := func() {}
	local()
	type hidden struct{ a int }
	const inner = 1
	return &Server[T]{value: value}
}

//go:noinline
func (s *Server[T]) Start(
	address string,
	port int,
) error {
	return http.ListenAndServe(fmt.Sprintf("%s:%d", address, port), nil)
}

func (id ID) String() string { return fmt.Sprint(int(id)) }

func init() { count++ }
