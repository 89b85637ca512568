package main

import (
	"errors"
	"fmt"
	"strings"

	sdk "github.com/LuminarysAI/sdk-go"
)

// How long a command may run.
const timeoutMs = 30_000

// git runs a command in workdir. What comes from outside never stands where git looks for options.
func git(workdir string, arguments ...string) (string, error) {
	finished, err := sdk.ShellExec(sdk.ShellExecRequest{
		Command:   line(arguments),
		Workdir:   workdir,
		TimeoutMs: timeoutMs,
	})
	var failed *sdk.ABIError
	if errors.As(err, &failed) {
		return "", errors.New(failed.Msg)
	}
	if err != nil {
		return "", err
	}
	output := strings.TrimRight(finished.Output, " \t\r\n")
	if finished.ExitCode != 0 {
		return "", fmt.Errorf("git ended with %d: %s", finished.ExitCode, output)
	}
	return output, nil
}

// line is a command as a shell would have to be given it: every word in quotes, so that nothing in it is a shell's.
func line(arguments []string) string {
	out := "git --no-pager"
	for _, argument := range arguments {
		out += " '" + strings.ReplaceAll(argument, "'", `'\''`) + "'"
	}
	return out
}

// revision is a commit, branch or tag, which must not look like an option.
func revision(name string) (string, error) {
	if name == "" || strings.HasPrefix(name, "-") {
		return "", fmt.Errorf("%q is no name of a commit, branch or tag", name)
	}
	return name, nil
}

func orHead(name string) string {
	if name == "" {
		return "HEAD"
	}
	return name
}

// only is the end of a command that may be about one path.
func only(path string) []string {
	if path == "" {
		return []string{"--"}
	}
	return []string{"--", path}
}

// words are separated by blanks, except in quotes of either kind. Nothing else is special: a backslash is itself.
func words(list string) ([]string, error) {
	var found []string
	var word strings.Builder
	inWord, quote := false, rune(0)
	for _, character := range list {
		switch {
		case quote != 0 && character == quote:
			quote = 0
		case quote == 0 && (character == '"' || character == '\''):
			quote, inWord = character, true
		case quote == 0 && strings.ContainsRune(" \t\r\n", character):
			if inWord {
				found = append(found, word.String())
				word.Reset()
				inWord = false
			}
		default:
			word.WriteRune(character)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a quote is not closed: %s", list)
	}
	if inWord {
		found = append(found, word.String())
	}
	return found, nil
}
