package main

import "testing"

func TestPlacesAreRead(t *testing.T) {
	for text, wanted := range map[string]place{
		"/data/a":         {path: "/data/a"},
		"node:///data/a":  {path: "/data/a"},
		"node://b/data/a": {node: "b", path: "/data/a"},
		"node://b/":       {node: "b", path: "/"},
		"node:/b/a":       {path: "node:/b/a"},
	} {
		if got, err := parsePlace(text); got != wanted || err != nil {
			t.Errorf("%q: %v %v", text, got, err)
		}
	}
	for _, text := range []string{"node://", "node://b"} {
		if got, err := parsePlace(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}
