// A skill with one method. `lmsk generate` makes main.go of the lines that begin with @skill.
//
// @skill:id       ai.luminarys.go.empty
// @skill:name     "Empty"
// @skill:version  1.0.0
// @skill:desc     "Greets."
package main

import sdk "github.com/LuminarysAI/sdk-go"

//go:generate lmsk generate .

// @skill:method  greet "Greets somebody."
// @skill:param   name required "Whom to greet" example:Ada
// @skill:result  "The greeting"
func Greet(_ *sdk.Context, name string) (string, error) {
	return "Hello, " + name + "!", nil
}
