// @skill:id      ai.example.notes
// @skill:name    "Notes"
// @skill:version 1.2.0
// @skill:desc    "Keeps notes."
// @skill:require http https://api.example.com/**
package main

import (
	"strings"

	host "github.com/LuminarysAI/sdk-go"
)

// Add adds a note.
//
// @skill:method add_note "Adds a note."
// @skill:param  title   required "Its first line"
// @skill:param  headers optional "As JSON" default:""
// @skill:param  count   "How many" default:20
// @skill:param  flag    "Whether" default:true
// @skill:result "The note's path"
// @skill:title   "A title of its own"
// @skill:hint    read-only, idempotent
// @skill:hint    closed-world
func Add(ctx *host.Context, title, headersJSON string, count int, flag bool) (string, error) {
	return strings.ToUpper(title), nil
}

// @skill:method raw "Bytes."
// @skill:param data "Bytes"
func raw(data []byte) []byte { return data }

// @skill:method check "Fails, perhaps."
func Check(_ *host.Context) error { return nil }

// @skill:method half "Halves."
// @skill:param number required "Number"
func Half(number float64) (half float64, err error) { return number / 2, nil }

/*
@skill:method nothing "Returns nothing."
@skill:internal
*/
func Nothing() {}
