// Files for agents. This file has the methods that look at one file or directory, change.go those that change something,
// and find.go those that look for something.
//
// @skill:id       ai.luminarys.go.fs
// @skill:name     "File System"
// @skill:version  1.0.0
// @skill:desc     "Reads, writes, edits, lists and searches files in the granted directories."
package main

import (
	"fmt"
	"strings"

	sdk "github.com/LuminarysAI/sdk-go"
)

//go:generate lmsk generate .

// @skill:method  read "Reads a whole text file. Binary files are refused; for long files use read_lines."
// @skill:param   path required "Absolute path of the file" example:/data/notes.txt
// @skill:result  "The file's text"
// @skill:hint    read-only closed-world
func Read(ctx *sdk.Context, path string) (string, error) {
	content, err := sdk.FsRead(path)
	if err != nil {
		return "", plain(err)
	}
	return text(path, content)
}

// @skill:method  read_lines "Reads a range of lines of a text file, numbered from 1."
// @skill:param   path required "Absolute path of the file"
// @skill:param   start optional "First line, from 1" default:1
// @skill:param   end optional "Last line, inclusive; 0 means the last of the file" default:0
// @skill:result  "A line that says which lines these are, then the lines with their numbers"
// @skill:hint    read-only closed-world
func ReadLines(ctx *sdk.Context, path string, start, end int64) (string, error) {
	start = max(start, 1)
	wanted := sdk.FSReadLinesRequest{Path: path, Offset: int(start - 1)}
	if end != 0 {
		if end < start {
			return "", fmt.Errorf("end (%d) is before start (%d)", end, start)
		}
		wanted.Limit = int(end - start + 1)
	}
	found, err := sdk.FsReadLines(wanted)
	if err != nil {
		return "", plain(err)
	}
	return numbered(path, int(start), found), nil
}

// Lines with their numbers, the first of which is start.
func numbered(path string, start int, found sdk.TextFileContent) string {
	if len(found.Lines) == 0 {
		return fmt.Sprintf("No lines from %d on: %s has %d", start, path, found.TotalLines)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "Showing lines %d-%d of %d total", start, start+len(found.Lines)-1, found.TotalLines)
	if found.IsTruncated {
		out.WriteString(" (truncated)")
	}
	for index, line := range found.Lines {
		fmt.Fprintf(&out, "\n%5d: %s", start+index, line)
	}
	return out.String()
}

// @skill:method  count_lines "Counts the lines of a text file."
// @skill:param   path required "Absolute path of the file"
// @skill:result  "The number of lines"
// @skill:hint    read-only closed-world
func CountLines(ctx *sdk.Context, path string) (int64, error) {
	// One line is asked for; the host counts the rest.
	found, err := sdk.FsReadLines(sdk.FSReadLinesRequest{Path: path, Limit: 1})
	return int64(found.TotalLines), plain(err)
}

// @skill:method  list "Lists a directory, hidden files too."
// @skill:param   path required "Absolute path of the directory"
// @skill:param   detailed optional "Add the time of the last change (UTC) and the mode" default:false
// @skill:result  "One line an entry: name, then size or [dir]"
// @skill:hint    read-only closed-world
func List(ctx *sdk.Context, path string, detailed bool) (string, error) {
	// The mode is what tells a link.
	entries, err := sdk.FsLs(path, true)
	if err != nil {
		return "", plain(err)
	}
	return listed(path, entries, detailed), nil
}

func listed(path string, entries []sdk.DirEntry, detailed bool) string {
	if len(entries) == 0 {
		return fmt.Sprintf("(empty directory: %s)", path)
	}
	var out strings.Builder
	out.WriteString(path + ":")
	for _, entry := range entries {
		switch kind(entry) {
		case "directory":
			fmt.Fprintf(&out, "\n  %s/\t[dir]", entry.Name)
		case "symlink":
			fmt.Fprintf(&out, "\n  %s\t[link]", entry.Name)
		default:
			fmt.Fprintf(&out, "\n  %s\t%s", entry.Name, size(entry.Size))
		}
		if detailed {
			fmt.Fprintf(&out, "\t%s\t%s", moment(entry.ModTime), entry.ModeStr)
		}
	}
	return out.String()
}

// @skill:method  stat "Describes a file or directory. One that is missing is not an error."
// @skill:param   path required "Absolute path"
// @skill:result  "Lines: exists, type, size, modified, mode"
// @skill:hint    read-only closed-world
func Stat(ctx *sdk.Context, path string) (string, error) {
	entry, found, err := lookUp(path)
	if err != nil {
		return "", plain(err)
	}
	if !found {
		return fmt.Sprintf("path: %s\nexists: false", path), nil
	}
	return described(path, entry), nil
}

func described(path string, entry sdk.DirEntry) string {
	out := fmt.Sprintf("path: %s\nexists: true\ntype: %s\nsize: %d (%s)", path, kind(entry), entry.Size, size(entry.Size))
	if entry.ModeStr != "" {
		out += fmt.Sprintf("\nmodified: %s UTC\nmode: %04o (%s)", moment(entry.ModTime), entry.Mode, entry.ModeStr)
	}
	return out
}
