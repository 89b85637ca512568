package main

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	sdk "github.com/LuminarysAI/sdk-go"
)

// plain is the host's error in its own words.
func plain(err error) error {
	var failed *sdk.ABIError
	if errors.As(err, &failed) {
		return errors.New(failed.Msg)
	}
	return err
}

// done confirms what did not fail.
func done(err error, confirmation string) (string, error) {
	if err != nil {
		return "", plain(err)
	}
	return confirmation, nil
}

// missing says whether an error of the host is that nothing is there.
func missing(err error) bool {
	if err == nil {
		return false
	}
	words := strings.ToLower(plain(err).Error())
	return strings.HasPrefix(words, "not found") || strings.Contains(words, "no such file")
}

// lookUp is what stands at file, if something does.
func lookUp(file string) (entry sdk.DirEntry, found bool, err error) {
	above, name := path.Split(path.Clean(file))
	entries, err := sdk.FsLs(path.Clean(above), true)
	if err == nil {
		for _, entry := range entries {
			if entry.Name == name {
				return entry, true, nil
			}
		}
		return sdk.DirEntry{}, false, nil
	}
	if !missing(err) {
		// What is above it is not granted; it may be all the same, as a directory.
		if _, err = sdk.FsLs(file, false); err == nil {
			return sdk.DirEntry{Name: name, IsDir: true}, true, nil
		}
	}
	if missing(err) {
		err = nil
	}
	return sdk.DirEntry{}, false, err
}

// kind is directory, symlink, file or other.
func kind(entry sdk.DirEntry) string {
	switch {
	case entry.IsDir:
		return "directory"
	case strings.HasPrefix(entry.ModeStr, "l"), strings.HasPrefix(entry.ModeStr, "L"):
		return "symlink"
	case entry.ModeStr == "", strings.HasPrefix(entry.ModeStr, "-"):
		return "file"
	}
	return "other"
}

// text is a file's bytes; an error for a binary file.
func text(file string, content []byte) (string, error) {
	if !utf8.Valid(content) || bytes.IndexByte(content, 0) >= 0 {
		return "", fmt.Errorf("%s is a binary file; this method reads text in UTF-8 only", file)
	}
	return string(content), nil
}

// size has one decimal: 12B, 1.5KB, 2.0MB.
func size(count int64) string {
	if count < 1024 {
		return fmt.Sprintf("%dB", count)
	}
	amount, unit := float64(count)/1024, 0
	units := []string{"KB", "MB", "GB", "TB"}
	for amount >= 1024 && unit+1 < len(units) {
		amount /= 1024
		unit++
	}
	return fmt.Sprintf("%.1f%s", amount, units[unit])
}

// moment is seconds since 1970 as 2026-05-04 09:30, in UTC.
func moment(seconds int64) string {
	return time.Unix(seconds, 0).UTC().Format("2006-01-02 15:04")
}

// globs are separated by commas; one in braces separates nothing.
func globs(list string) []string {
	var found []string
	depth, start := 0, 0
	for at, character := range list + "," {
		switch {
		case character == '{':
			depth++
		case character == '}':
			depth--
		case character == ',' && (depth <= 0 || at == len(list)):
			if glob := strings.TrimSpace(list[start:at]); glob != "" {
				found = append(found, glob)
			}
			start = at + 1
		}
	}
	return found
}
