package main

import (
	"errors"
	"fmt"
	"strings"
)

const scheme = "node://"

var (
	// errBoth is what a copy between two other nodes is told.
	errBoth = errors.New("either source or dest must be on this node: copy from one node to here, then from here to the other")
	// errElsewhere is what a list of another node is told.
	errElsewhere = errors.New("only directories of this node are listed")
)

// place is where a file is: without a node, on this one.
type place struct {
	node, path string
}

// parsePlace reads a path of this node, or node://NODE/PATH. Without a name, as in node:///path, the node is this one.
func parsePlace(text string) (place, error) {
	rest, isElsewhere := strings.CutPrefix(text, scheme)
	if !isElsewhere {
		return place{path: text}, nil
	}
	slash := strings.IndexByte(rest, '/')
	if slash < 0 {
		return place{}, fmt.Errorf("%q has no path; write node://NODE/PATH", text)
	}
	return place{node: rest[:slash], path: rest[slash:]}, nil
}
