package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	sdk "github.com/LuminarysAI/sdk-go"
)

// @skill:method  write "Writes a text file, replacing what is there and making missing directories."
// @skill:param   path required "Absolute path of the file"
// @skill:param   content required "The whole new text"
// @skill:result  "What changed, as a unified diff"
// @skill:hint    idempotent closed-world
func Write(ctx *sdk.Context, path, content string) (string, error) {
	found, unread := sdk.FsRead(path)
	if err := sdk.FsWrite(path, []byte(content)); err != nil {
		return "", plain(err)
	}
	if missing(unread) {
		return created(path, content), nil
	}
	before, err := text(path, found)
	if unread != nil || err != nil {
		// It cannot be compared, yet it may be replaced.
		return fmt.Sprintf("Wrote %s (%s, in place of a long or binary file)", path, size(int64(len(content)))), nil
	}
	return changed("Wrote", path, before, content), nil
}

// @skill:method  append_line "Adds one line to the end of a file, which is made if it is missing."
// @skill:param   path required "Absolute path of the file"
// @skill:param   line required "The line, without a line end"
// @skill:result  "A confirmation"
// @skill:hint    non-destructive closed-world
func AppendLine(ctx *sdk.Context, path, line string) (string, error) {
	content, err := sdk.FsRead(path)
	switch {
	case missing(err):
		// Should it be there after all, this fails and nothing is lost.
		err = sdk.FsCreate(path, []byte(line+"\n"))
	case err == nil:
		err = sdk.FsWrite(path, appended(content, line))
	}
	if err != nil {
		return "", plain(err)
	}
	return fmt.Sprintf("Appended to %s: %s", path, line), nil
}

// A last line that has no end is given one: without it, two would become one.
func appended(content []byte, line string) []byte {
	end := lastEnd(content)
	if len(content) > 0 && !bytes.HasSuffix(content, []byte(end)) {
		content = append(content, end...)
	}
	return append(content, line+end...)
}

// @skill:method  edit "Replaces text in a file. old_string must occur exactly once unless replace_all is set. With an empty old_string a new file is made. Line ends stay as they are in the file; LF matches each kind."
// @skill:param   path required "Absolute path of the file"
// @skill:param   old_string required "Text to replace, exactly as in the file; empty to make a new file"
// @skill:param   new_string optional "Text to put there; leave out to delete old_string" default:""
// @skill:param   replace_all optional "Replace every occurrence" default:false
// @skill:result  "What changed, as a unified diff"
// @skill:hint    destructive closed-world
func Edit(ctx *sdk.Context, path, oldString, newString string, replaceAll bool) (string, error) {
	found, err := sdk.FsRead(path)
	switch {
	case missing(err) && oldString == "":
		if err := sdk.FsCreate(path, []byte(newString)); err != nil {
			return "", plain(err)
		}
		return created(path, newString), nil
	case missing(err):
		return "", fmt.Errorf("not found: %s; give an empty old_string to make a new file", path)
	case err != nil:
		return "", plain(err)
	case oldString == "":
		return "", fmt.Errorf("%s exists already; old_string must be the text to replace", path)
	}
	content, err := text(path, found)
	if err != nil {
		return "", err
	}
	before := newLines(content)
	after, err := edited(path, before, before.argument(oldString), before.argument(newString), replaceAll)
	if err != nil {
		return "", err
	}
	if err := sdk.FsWrite(path, []byte(after.file())); err != nil {
		return "", plain(err)
	}
	return changed("Edited", path, before.text, after.text), nil
}

func edited(path string, content fileLines, before, after string, everywhere bool) (fileLines, error) {
	if before == after {
		return fileLines{}, errors.New("old_string and new_string are the same: there is nothing to change")
	}
	switch hits := strings.Count(content.text, before); {
	case hits == 0:
		return fileLines{}, fmt.Errorf("old_string was not found in %s; it must match exactly, blanks included", path)
	case hits > 1 && !everywhere:
		return fileLines{}, fmt.Errorf(
			"old_string is at %d locations in %s; add lines around it until it is at one, or set replace_all", hits, path)
	}
	return content.replace(before, after), nil
}

// @skill:method  delete "Deletes a file, or a directory with everything in it."
// @skill:param   path required "Absolute path"
// @skill:result  "A confirmation"
// @skill:hint    destructive idempotent closed-world
func Delete(ctx *sdk.Context, path string) (string, error) {
	return done(sdk.FsDelete(path), "Deleted: "+path)
}

// @skill:method  mkdir "Makes a directory and its missing parents. Braces make several at once."
// @skill:param   path required "Absolute path" example:/data/{logs,cache}
// @skill:result  "A confirmation"
// @skill:hint    non-destructive idempotent closed-world
func Mkdir(ctx *sdk.Context, path string) (string, error) {
	return done(sdk.FsMkdir(path), "Created directory: "+path)
}

// @skill:method  chmod "Changes permission bits."
// @skill:param   path required "Absolute path"
// @skill:param   mode required "The bits as a decimal number: 420 is 0644, 493 is 0755" example:420
// @skill:param   recursive optional "Everything inside a directory too" default:false
// @skill:result  "A confirmation"
// @skill:hint    idempotent closed-world
func Chmod(ctx *sdk.Context, path string, mode int64, recursive bool) (string, error) {
	if mode < 0 || mode > 0o7777 {
		return "", fmt.Errorf("%d is no mode: 0 to %d are", mode, 0o7777)
	}
	return done(sdk.FsChmod(path, uint32(mode), recursive), fmt.Sprintf("Changed mode of %s to 0%03o", path, mode))
}

// @skill:method  copy "Copies one file; a file at the destination is replaced."
// @skill:param   source required "Absolute path of the file"
// @skill:param   dest required "Absolute path of the copy, name included"
// @skill:result  "A confirmation"
// @skill:hint    idempotent closed-world
func Copy(ctx *sdk.Context, source, dest string) (string, error) {
	return done(sdk.FsCopy(source, dest), fmt.Sprintf("Copied: %s -> %s", source, dest))
}

// @skill:method  move "Moves or renames a file or directory; a file at the destination is replaced."
// @skill:param   source required "Absolute path of what is there"
// @skill:param   dest required "Absolute path of where it goes, name included"
// @skill:result  "A confirmation"
// @skill:hint    destructive closed-world
func Move(ctx *sdk.Context, source, dest string) (string, error) {
	return done(move(source, dest), fmt.Sprintf("Moved: %s -> %s", source, dest))
}
