// @skill:id ai.example.notes

package main

// @skill:id ai.example.other
// @skill:name "Notes"
// @skill:version 1.0.0-beta
import "github.com/LuminarysAI/sdk-go"

// @skill:method far "A blank line parts them."

func Far() string { return "" }

// @skill:method receiver "Has a receiver."
func (t T) Receiver() string { return "" }

// @skill:method types "Wrong types."
// @skill:hint readonly
// @skill:hint read-only destructive
// @skill:title none
// @skill:param a required "A"
// @skill:param b required "B"
func Types(a map[string]string, b ...string) (string, int, error) { return "", 0, nil }

// @skill:method swapped "In another order."
// @skill:param b required "B"
// @skill:param a required "A"
func Swapped(a, b string) string { return "" }

func body() {
	// @skill:method inside "In a body."
}

// @skill:method last "At the end."
