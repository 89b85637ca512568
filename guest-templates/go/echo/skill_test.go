package main

import "testing"

func TestReverse(t *testing.T) {
	for message, wanted := range map[string]string{"": "", "abc": "cba", "привет": "тевирп"} {
		if got, err := Reverse(nil, message); got != wanted || err != nil {
			t.Errorf("%q: %q, %v", message, got, err)
		}
	}
}
