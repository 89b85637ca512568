package main

import sdk "github.com/LuminarysAI/sdk-go"

// @skill:id ai.example.readme
// @skill:name "Readme"
// @skill:version 1.0.0

// @skill:method ping "Answers."
func Ping(ctx *sdk.Context) (string, error) { return "pong", nil }
