package main

import (
	"bytes"
	"strings"
)

// fileLines is a file's text with LF for every line end, and what each line end is in the file.
type fileLines struct {
	text string
	ends []string
}

// newLines reads a file's text. Where it has no LF, a CR ends a line; elsewhere a lone CR is a character like others.
func newLines(file string) fileLines {
	separator := "\n"
	if !strings.Contains(file, "\n") {
		separator = "\r"
	}
	parts := strings.Split(file, separator)
	ends := make([]string, len(parts)-1)
	for at := range ends {
		ends[at] = separator
		if line, found := strings.CutSuffix(parts[at], "\r"); found {
			parts[at], ends[at] = line, "\r\n"
		}
	}
	return fileLines{strings.Join(parts, "\n"), ends}
}

// argument gives an argument the line ends of the text.
func (l fileLines) argument(argument string) string {
	if len(l.ends) == 0 {
		return argument
	}
	argument = strings.ReplaceAll(argument, "\r\n", "\n")
	if l.ends[0] == "\r" {
		argument = strings.ReplaceAll(argument, "\r", "\n")
	}
	return argument
}

// replace replaces before by after everywhere. Lines that both begin or end with keep their ends; other lines of after
// take those of the lines they replace, or of the line at that place.
func (l fileLines) replace(before, after string) fileLines {
	oldLines, newLines := strings.Split(before, "\n"), strings.Split(after, "\n")
	removed, added := len(oldLines)-1, len(newLines)-1
	shared := min(removed, added)
	head, tail := 0, 0
	for head < shared && oldLines[head] == newLines[head] {
		head++
	}
	for tail < shared-head && oldLines[removed-tail] == newLines[added-tail] {
		tail++
	}

	parts := strings.Split(l.text, before)
	var ends []string
	at := 0
	for position, part := range parts {
		if position > 0 {
			first, last := at+head, at+removed-tail
			ends = append(ends, l.ends[at:first]...)
			for line := range added - head - tail {
				ends = append(ends, l.end(first, last, line))
			}
			ends = append(ends, l.ends[last:at+removed]...)
			at += removed
		}
		next := at + strings.Count(part, "\n")
		ends = append(ends, l.ends[at:next]...)
		at = next
	}
	return fileLines{strings.Join(parts, after), ends}
}

// end is the line end of a new line where the ends from first to last are replaced.
func (l fileLines) end(first, last, line int) string {
	switch {
	case first+line < last:
		return l.ends[first+line]
	case first < last:
		return l.ends[last-1]
	case first < len(l.ends):
		return l.ends[first]
	case first > 0:
		return l.ends[first-1]
	default:
		return "\n"
	}
}

// file gives the text back as the file has it.
func (l fileLines) file() string {
	var file strings.Builder
	for at, line := range strings.Split(l.text, "\n") {
		if at > 0 {
			file.WriteString(l.ends[at-1])
		}
		file.WriteString(line)
	}
	return file.String()
}

// lastEnd is the line end of a file: that of the last line that has one; LF where none has.
func lastEnd(content []byte) string {
	at := bytes.LastIndexByte(content, '\n')
	switch {
	case at > 0 && content[at-1] == '\r':
		return "\r\n"
	case at < 0 && bytes.IndexByte(content, '\r') >= 0:
		return "\r"
	default:
		return "\n"
	}
}
