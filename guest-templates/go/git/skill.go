// Git, through the real git. This file has the methods that look at a repository, change.go those that change it.
//
// @skill:id       ai.luminarys.go.git
// @skill:name     "Git"
// @skill:version  1.0.0
// @skill:desc     "Looks at git repositories and changes them."
// @skill:require  shell git **
package main

import (
	"fmt"

	sdk "github.com/LuminarysAI/sdk-go"
)

//go:generate lmsk generate .

// @skill:method  status "What has changed since the last commit."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:result  "Branch, and one line a changed file"
// @skill:hint    non-destructive idempotent
func Status(ctx *sdk.Context, workdir string) (string, error) {
	return git(workdir, "status", "--short", "--branch")
}

// @skill:method  diff "Changes of the working tree, or of what is staged."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:param   path optional "Only this file or directory"
// @skill:param   staged optional "What is staged" default:false
// @skill:result  "A unified diff"
// @skill:hint    non-destructive idempotent
func Diff(ctx *sdk.Context, workdir, path string, staged bool) (string, error) {
	arguments := []string{"diff"}
	if staged {
		arguments = append(arguments, "--cached")
	}
	return git(workdir, append(arguments, only(path)...)...)
}

// @skill:method  log "The last commits."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:param   count optional "How many" default:20
// @skill:param   path optional "Only those that changed this file or directory"
// @skill:param   oneline optional "One line each" default:false
// @skill:result  "Commits, the newest first"
// @skill:hint    non-destructive idempotent
func Log(ctx *sdk.Context, workdir string, count int64, path string, oneline bool) (string, error) {
	format := "--format=%h %an <%ae> %ad%n    %s"
	if oneline {
		format = "--format=%h %s"
	}
	arguments := []string{"log", fmt.Sprintf("--max-count=%d", count), "--date=iso-strict", format}
	return git(workdir, append(arguments, only(path)...)...)
}

// @skill:method  show "One commit with its changes."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:param   ref optional "Commit, branch or tag; HEAD when left out"
// @skill:param   stat optional "Only which files changed, and how much" default:false
// @skill:result  "Message and diff"
// @skill:hint    non-destructive idempotent
func Show(ctx *sdk.Context, workdir, ref string, stat bool) (string, error) {
	shown, err := revision(orHead(ref))
	if err != nil {
		return "", err
	}
	arguments := []string{"show"}
	if stat {
		arguments = append(arguments, "--stat")
	}
	return git(workdir, append(arguments, shown, "--")...)
}

// @skill:method  blame "Who changed each line of a file last."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:param   path required "The file"
// @skill:result  "One line a line"
// @skill:hint    non-destructive idempotent
func Blame(ctx *sdk.Context, workdir, path string) (string, error) {
	return git(workdir, "blame", "--date=short", "--", path)
}

// @skill:method  branches "All branches, the current one marked."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:result  "One line a branch"
// @skill:hint    non-destructive idempotent
func Branches(ctx *sdk.Context, workdir string) (string, error) {
	return git(workdir, "branch", "--all", "--verbose")
}

// @skill:method  tags "All tags."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:result  "One line a tag"
// @skill:hint    non-destructive idempotent
func Tags(ctx *sdk.Context, workdir string) (string, error) {
	return git(workdir, "tag", "--list")
}

// @skill:method  diff_stat "Which files differ between two commits, and how much."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:param   from optional "The older; HEAD when left out"
// @skill:param   to optional "The newer; the working tree when left out"
// @skill:result  "One line a file"
// @skill:hint    non-destructive idempotent
func DiffStat(ctx *sdk.Context, workdir, from, to string) (string, error) {
	arguments := []string{"diff", "--stat"}
	ends := []string{orHead(from)}
	if to != "" {
		ends = append(ends, to)
	}
	for _, end := range ends {
		named, err := revision(end)
		if err != nil {
			return "", err
		}
		arguments = append(arguments, named)
	}
	return git(workdir, append(arguments, "--")...)
}

// @skill:method  stash_list "What is put aside."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:result  "One line each"
// @skill:hint    non-destructive idempotent
func StashList(ctx *sdk.Context, workdir string) (string, error) {
	return git(workdir, "stash", "list")
}
