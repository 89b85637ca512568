package sdk

// FSReadLinesRequest says which lines [FsReadLines] reads.
type FSReadLinesRequest struct {
	// Path is the file's.
	Path string `msgpack:"path"`
	// Offset is the first line, from 0.
	Offset int `msgpack:"offset"`
	// Limit is how many; 0 means all that follow.
	Limit int `msgpack:"limit"`
}

// TextFileContent is lines of a text file.
type TextFileContent struct {
	// Lines are without their ends.
	Lines []string `msgpack:"lines"`
	// TotalLines is how many the whole file has.
	TotalLines int `msgpack:"total_lines"`
	// Offset is the first one's number, from 0.
	Offset int `msgpack:"offset"`
	// IsTruncated says that more lines follow.
	IsTruncated bool `msgpack:"is_truncated"`
}

// FsReadLines reads lines of a text file. A binary file is an error.
func FsReadLines(req FSReadLinesRequest) (TextFileContent, error) {
	return call[TextFileContent](hostFsReadLines, req)
}

// GrepOptions says what [FsGrep] looks for, and where.
type GrepOptions struct {
	// Pattern is a regular expression in RE2 syntax.
	Pattern string `msgpack:"pattern"`
	// Path is a directory or a file; empty means all granted directories.
	Path string `msgpack:"path"`
	// Fixed takes the pattern as plain text, CaseInsensitive does not tell a from A.
	Fixed           bool `msgpack:"fixed"`
	CaseInsensitive bool `msgpack:"case_insensitive"`
	// MaxDepth is how many levels below Path are searched, MaxCount how many lines of a file are told; 0 means all.
	MaxDepth int `msgpack:"max_depth"`
	MaxCount int `msgpack:"max_count"`
	// Workers is how many files are searched at once; 0 leaves that to the host.
	Workers int `msgpack:"workers"`
	// TypeFilter chooses files by kind: text, code, all, or a language such as go.
	TypeFilter string `msgpack:"type_filter"`
	// Include and Exclude choose files by globs.
	Include []string `msgpack:"include"`
	Exclude []string `msgpack:"exclude"`
	// IgnoreDirs are names of directories that are left out; nil leaves that to the host.
	IgnoreDirs []string `msgpack:"ignore_dirs"`
	// WithLines asks for the text of the lines, FilenameOnly for the files alone.
	WithLines    bool `msgpack:"with_lines"`
	FilenameOnly bool `msgpack:"filename_only"`
}

// GrepFileMatch is a file with lines that match.
type GrepFileMatch struct {
	Path    string          `msgpack:"path"`
	Matches []GrepLineMatch `msgpack:"matches"`
}

// GrepLineMatch is a line that matches.
type GrepLineMatch struct {
	// LineNum counts from 1.
	LineNum int `msgpack:"line_num"`
	// Line is its text, when that was asked for.
	Line string `msgpack:"line,omitempty"`
	// Ranges are the places in it that match.
	Ranges []GrepRange `msgpack:"ranges,omitempty"`
}

// GrepRange is a part of a line, in bytes; End is the first byte after it.
type GrepRange struct {
	Start int `msgpack:"start"`
	End   int `msgpack:"end"`
}

// FsGrep searches text files.
func FsGrep(opts GrepOptions) ([]GrepFileMatch, error) {
	reply, err := call[struct {
		Matches []GrepFileMatch `msgpack:"matches"`
	}](hostFsGrep, opts)
	return reply.Matches, err
}

// GlobOptions says which names [FsGlob] looks for, and where.
type GlobOptions struct {
	// Patterns are globs, one of which a name must match: *, **, ?, [abc], {a,b}.
	Patterns []string `msgpack:"patterns"`
	// Path is the directory that they are relative to; empty means all granted directories.
	Path string `msgpack:"path"`
	// MatchHidden finds names that begin with a dot too.
	MatchHidden bool `msgpack:"match_hidden"`
	// IgnoreDirs are names of directories that are left out; nil leaves that to the host.
	IgnoreDirs []string `msgpack:"ignore_dirs"`
	// MaxDepth is how many levels below Path are looked at; 0 means all.
	MaxDepth int `msgpack:"max_depth"`
	// OnlyFiles leaves directories out, OnlyDirs files.
	OnlyFiles bool `msgpack:"only_files"`
	OnlyDirs  bool `msgpack:"only_dirs"`
}

// GlobEntry is a name that was found.
type GlobEntry struct {
	// Path is relative to the directory that was searched, if one was given.
	Path  string `msgpack:"path"`
	IsDir bool   `msgpack:"is_dir"`
}

// FsGlob finds files and directories by name.
func FsGlob(opts GlobOptions) ([]GlobEntry, error) {
	reply, err := call[struct {
		Matches []GlobEntry `msgpack:"matches"`
	}](hostFsGlob, opts)
	return reply.Matches, err
}
