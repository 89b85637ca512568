// @skill:id ai.example.odd
// @skill:name "Odd"
// @skill:version 1.0.0
package main

// @skill:method start "Is called by Go."
func main() {}

// @skill:method mine "Has a context of its own."
// @skill:param  n "N"
func Mine(ctx *MyContext, n int) string { return "" }

// @skill:method generic "Is generic."
// @skill:param  a "A"
func Generic[T any](a string) string { return a }

// @skill:method bytes "Takes bytes."
// @skill:param  a "A"
func Bytes(a []uint8) [] byte { return a }
