// The smallest skill: what its methods are is in the lines that begin with @skill, and `lmsk generate` makes main.go of
// them.
//
// @skill:id       ai.luminarys.go.echo
// @skill:name     "Echo"
// @skill:version  1.0.0
// @skill:desc     "Repeats, answers and reverses text; needs no permission."
package main

import (
	"slices"

	sdk "github.com/LuminarysAI/sdk-go"
)

//go:generate lmsk generate .

// @skill:method  echo "Returns the message unchanged."
// @skill:param   message required "Text to return" example:"hello"
// @skill:result  "The same text"
// @skill:hint    read-only closed-world
func Echo(ctx *sdk.Context, message string) (string, error) {
	return message, nil
}

// @skill:method  ping "Answers \"pong\"."
// @skill:result  "The word pong"
// @skill:hint    read-only closed-world
func Ping(ctx *sdk.Context) (string, error) {
	return "pong", nil
}

// @skill:method  reverse "Returns the message with its characters in reverse order."
// @skill:param   message required "Text to reverse" example:"abc"
// @skill:result  "The reversed text"
// @skill:hint    read-only closed-world
func Reverse(ctx *sdk.Context, message string) (string, error) {
	characters := []rune(message)
	slices.Reverse(characters)
	return string(characters), nil
}
