package main

import (
	"errors"

	sdk "github.com/LuminarysAI/sdk-go"
)

// @skill:method  init "Makes a repository."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:result  "git's words"
// @skill:hint    non-destructive idempotent
func Init(ctx *sdk.Context, workdir string) (string, error) {
	return git(workdir, "init")
}

// @skill:method  add "Stages files."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:param   paths required "Files and directories, `.` for all; separated by blanks, in quotes what has blanks itself"
// @skill:result  "What is staged now"
// @skill:hint    non-destructive idempotent
func Add(ctx *sdk.Context, workdir, paths string) (string, error) {
	names, err := words(paths)
	if err != nil {
		return "", err
	}
	if len(names) == 0 {
		return "", errors.New("paths names no file")
	}
	if _, err := git(workdir, append([]string{"add", "--"}, names...)...); err != nil {
		return "", err
	}
	return git(workdir, "diff", "--cached", "--name-status")
}

// @skill:method  commit "Commits what is staged."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:param   message required "The message"
// @skill:result  "git's words"
// @skill:hint    non-destructive
func Commit(ctx *sdk.Context, workdir, message string) (string, error) {
	return git(workdir, "commit", "--message="+message)
}

// @skill:method  create_branch "Makes a branch and goes to it."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:param   name required "The new branch"
// @skill:param   from optional "Where it begins; HEAD when left out"
// @skill:result  "git's words"
// @skill:hint    non-destructive
func CreateBranch(ctx *sdk.Context, workdir, name, from string) (string, error) {
	branch, err := revision(name)
	if err != nil {
		return "", err
	}
	start, err := revision(orHead(from))
	if err != nil {
		return "", err
	}
	return git(workdir, "switch", "--create", branch, start)
}

// @skill:method  checkout "Goes to a branch, a tag or a commit."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:param   ref required "Where to"
// @skill:result  "git's words"
func Checkout(ctx *sdk.Context, workdir, ref string) (string, error) {
	there, err := revision(ref)
	if err != nil {
		return "", err
	}
	return git(workdir, "checkout", there, "--")
}

// @skill:method  stash "Puts changes aside."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:param   message optional "What they are"
// @skill:result  "git's words"
func Stash(ctx *sdk.Context, workdir, message string) (string, error) {
	arguments := []string{"stash", "push"}
	if message != "" {
		arguments = append(arguments, "--message="+message)
	}
	return git(workdir, arguments...)
}

// @skill:method  stash_pop "Takes back what was put aside last."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:result  "git's words"
func StashPop(ctx *sdk.Context, workdir string) (string, error) {
	return git(workdir, "stash", "pop")
}

// @skill:method  restore "Throws the changes of a file away."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:param   path required "The file or directory"
// @skill:result  "git's words"
// @skill:hint    destructive idempotent
func Restore(ctx *sdk.Context, workdir, path string) (string, error) {
	return git(workdir, "restore", "--", path)
}
