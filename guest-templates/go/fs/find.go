package main

import (
	"fmt"
	"strings"

	sdk "github.com/LuminarysAI/sdk-go"
)

// Levels that tree shows when it is not told.
const treeDepth = 3

// @skill:method  find "Finds files by name pattern: * stops at /, ** does not."
// @skill:param   path required "Absolute path of the directory to look in"
// @skill:param   pattern required "Glob, relative to path" example:**/*.go
// @skill:param   only_files optional "Leave directories out" default:true
// @skill:param   hidden optional "Names that begin with a dot too" default:false
// @skill:param   max_depth optional "Levels below path; 0 means all" default:0
// @skill:result  "Absolute paths, one a line"
// @skill:hint    read-only closed-world
func Find(ctx *sdk.Context, path, pattern string, onlyFiles, hidden bool, maxDepth int64) (string, error) {
	found, err := sdk.FsGlob(sdk.GlobOptions{
		Patterns:    []string{pattern},
		Path:        path,
		MatchHidden: hidden,
		MaxDepth:    int(maxDepth),
		OnlyFiles:   onlyFiles,
	})
	if err != nil {
		return "", plain(err)
	}
	if len(found) == 0 {
		return none(pattern), nil
	}
	names := make([]string, 0, len(found))
	for _, entry := range found {
		names = append(names, strings.TrimRight(path, "/")+"/"+entry.Path+slash(entry))
	}
	return strings.Join(names, "\n"), nil
}

// @skill:method  tree "Shows a directory as an indented tree."
// @skill:param   path required "Absolute path of the directory"
// @skill:param   max_depth optional "Levels below path; 0 means 3" default:3
// @skill:param   hidden optional "Names that begin with a dot too" default:false
// @skill:result  "One line an entry, directories with a slash"
// @skill:hint    read-only closed-world
func Tree(ctx *sdk.Context, path string, maxDepth int64, hidden bool) (string, error) {
	if maxDepth == 0 {
		maxDepth = treeDepth
	}
	found, err := sdk.FsGlob(sdk.GlobOptions{
		Patterns:    []string{"**"},
		Path:        path,
		MatchHidden: hidden,
		MaxDepth:    int(maxDepth),
	})
	if err != nil {
		return "", plain(err)
	}
	return indented(path, found), nil
}

// Every entry's name, by as many levels to the right as it is below path.
func indented(path string, found []sdk.GlobEntry) string {
	out := strings.TrimRight(path, "/") + "/"
	if len(found) == 0 {
		return out + "\n  (empty)"
	}
	for _, entry := range found {
		level := strings.Count(entry.Path, "/") + 1
		name := entry.Path[strings.LastIndexByte(entry.Path, '/')+1:]
		out += "\n" + strings.Repeat("  ", level) + name + slash(entry)
	}
	return out
}

func slash(entry sdk.GlobEntry) string {
	if entry.IsDir {
		return "/"
	}
	return ""
}

// @skill:method  search "Searches text files for a regular expression."
// @skill:param   pattern required "Regular expression (RE2 syntax)" example:TODO|FIXME
// @skill:param   path optional "Directory or file; all granted directories when left out"
// @skill:param   fixed optional "Take the pattern as plain text" default:false
// @skill:param   case_insensitive optional "Do not tell a from A" default:false
// @skill:param   include optional "Only files that match one of these globs, separated by commas" example:*.go,*.{c,h}
// @skill:param   exclude optional "No files that match one of these globs, separated by commas"
// @skill:param   max_count optional "Matching lines for each file; 0 means all" default:0
// @skill:result  "Matching lines with their numbers, by file"
// @skill:hint    read-only closed-world
func Search(ctx *sdk.Context, pattern, path string, fixed, caseInsensitive bool, include, exclude string, maxCount int64) (string, error) {
	return lines(sdk.GrepOptions{
		Pattern:         pattern,
		Path:            path,
		Fixed:           fixed,
		CaseInsensitive: caseInsensitive,
		Include:         globs(include),
		Exclude:         globs(exclude),
		MaxCount:        int(maxCount),
		TypeFilter:      "text",
	})
}

// @skill:method  search_code "Searches source code only: no configuration, data or documentation."
// @skill:param   pattern required "Regular expression (RE2 syntax)" example:func New
// @skill:param   path optional "Directory or file; all granted directories when left out"
// @skill:param   language optional "One language, such as rust, go, ts or py; all when left out"
// @skill:param   case_insensitive optional "Do not tell a from A" default:false
// @skill:param   max_count optional "Matching lines for each file; 0 means all" default:0
// @skill:result  "Matching lines with their numbers, by file"
// @skill:hint    read-only closed-world
func SearchCode(ctx *sdk.Context, pattern, path, language string, caseInsensitive bool, maxCount int64) (string, error) {
	if language == "" {
		language = "code"
	}
	return lines(sdk.GrepOptions{
		Pattern:         pattern,
		Path:            path,
		CaseInsensitive: caseInsensitive,
		MaxCount:        int(maxCount),
		TypeFilter:      language,
	})
}

// @skill:method  search_files "Says which files match a regular expression, without their lines."
// @skill:param   pattern required "Regular expression (RE2 syntax)"
// @skill:param   path optional "Directory; all granted directories when left out"
// @skill:param   fixed optional "Take the pattern as plain text" default:false
// @skill:param   case_insensitive optional "Do not tell a from A" default:false
// @skill:param   include optional "Only files that match one of these globs, separated by commas"
// @skill:result  "Absolute paths, one a line"
// @skill:hint    read-only closed-world
func SearchFiles(ctx *sdk.Context, pattern, path string, fixed, caseInsensitive bool, include string) (string, error) {
	found, err := sdk.FsGrep(sdk.GrepOptions{
		Pattern:         pattern,
		Path:            path,
		Fixed:           fixed,
		CaseInsensitive: caseInsensitive,
		Include:         globs(include),
		TypeFilter:      "text",
		FilenameOnly:    true,
	})
	if err != nil {
		return "", plain(err)
	}
	if len(found) == 0 {
		return none(pattern), nil
	}
	names := make([]string, 0, len(found))
	for _, file := range found {
		names = append(names, file.Path)
	}
	return strings.Join(names, "\n"), nil
}

// @skill:method  search_in_file "Searches one file, whatever its kind."
// @skill:param   path required "Absolute path of the file"
// @skill:param   pattern required "Regular expression (RE2 syntax)"
// @skill:param   fixed optional "Take the pattern as plain text" default:false
// @skill:param   case_insensitive optional "Do not tell a from A" default:false
// @skill:result  "Matching lines with their numbers"
// @skill:hint    read-only closed-world
func SearchInFile(ctx *sdk.Context, path, pattern string, fixed, caseInsensitive bool) (string, error) {
	return lines(sdk.GrepOptions{
		Pattern:         pattern,
		Path:            path,
		Fixed:           fixed,
		CaseInsensitive: caseInsensitive,
		TypeFilter:      "all",
	})
}

// Matching lines, by file.
func lines(options sdk.GrepOptions) (string, error) {
	options.WithLines = true
	found, err := sdk.FsGrep(options)
	if err != nil {
		return "", plain(err)
	}
	return matches(options.Pattern, found), nil
}

func matches(pattern string, found []sdk.GrepFileMatch) string {
	if len(found) == 0 {
		return none(pattern)
	}
	total := 0
	var files strings.Builder
	for _, file := range found {
		total += len(file.Matches)
		fmt.Fprintf(&files, "\n\n%s (%d matches)", file.Path, len(file.Matches))
		for _, hit := range file.Matches {
			fmt.Fprintf(&files, "\n  %5d: %s", hit.LineNum, hit.Line)
		}
	}
	return fmt.Sprintf("%d matches across %d files%s", total, len(found), files.String())
}

func none(pattern string) string {
	return fmt.Sprintf("(no matches for: %s)", pattern)
}
