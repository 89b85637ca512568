package main

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	sdk "github.com/LuminarysAI/sdk-go"
)

func TestADiffHasItsHunk(t *testing.T) {
	for _, one := range []struct{ before, after, wanted string }{
		{"a\nb\nc\n", "a\nX\nc\n", "+1/-1|@@ -1,3 +1,3 @@\n a\n-b\n+X\n c"},
		{"", "a\n", "+1/-0|@@ -1,0 +1,1 @@\n+a"},
		{"a\n", "", "+0/-1|@@ -1,1 +1,0 @@\n-a"},
		{"a", "a\n", "+1/-1|@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a"},
		{"1\n2\n3\n4\n5\n6\n", "1\n2\n3\n4\n5\nx\n", "+1/-1|@@ -3,4 +3,4 @@\n 3\n 4\n 5\n-6\n+x"},
		{"a\nb\nc\nd\n", "b\nx\nd\ne\n", "+2/-2|@@ -1,4 +1,4 @@\n-a\n b\n-c\n+x\n d\n+e"},
	} {
		added, removed, diff := unified("/data/f.txt", one.before, one.after)
		wanted := strings.Replace(one.wanted, "|", "|--- f.txt (original)\n+++ f.txt (modified)\n", 1)
		if got := fmt.Sprintf("+%d/-%d|%s", added, removed, diff); got != wanted {
			t.Errorf("%q to %q:\n%s", one.before, one.after, got)
		}
	}
	if _, _, diff := unified("f", "a\n", "a\n"); diff != "(no changes)" {
		t.Error(diff)
	}
}

func TestHunksThatTouchAreOne(t *testing.T) {
	before := strings.Repeat("=\n", 20)
	near := "x\n" + strings.Repeat("=\n", 6) + "y\n" + strings.Repeat("=\n", 14)
	far := "x\n" + before + "y\n"
	if _, _, diff := unified("f", before, near); strings.Count(diff, "@@ -") != 1 {
		t.Error(diff)
	}
	if _, _, diff := unified("f", before, far); strings.Count(diff, "@@ -") != 2 {
		t.Error(diff)
	}
}

func TestLongFilesAreNotComparedLineByLine(t *testing.T) {
	var before, after strings.Builder
	for line := range 3000 {
		fmt.Fprintf(&before, "%d\n", line)
		fmt.Fprintf(&after, "%d\n", -line-1)
	}
	if added, removed, _ := unified("f", before.String(), after.String()); added != 3000 || removed != 3000 {
		t.Error(added, removed)
	}
}

func TestEdited(t *testing.T) {
	content := newLines("one two two")
	if got, err := edited("f", content, "two", "2", true); got.text != "one 2 2" || err != nil {
		t.Error(got, err)
	}
	for before, wanted := range map[string]string{"two": "2 locations", "three": "not found", "2": "nothing to change"} {
		if _, err := edited("f", content, before, "2", false); err == nil || !strings.Contains(err.Error(), wanted) {
			t.Error(before, err)
		}
	}
}

func TestAnAppendedLineIsALine(t *testing.T) {
	for content, wanted := range map[string]string{
		"": "b\n", "a": "a\nb\n", "a\n": "a\nb\n", "a\r\n": "a\r\nb\r\n", "a\r\nx": "a\r\nx\r\nb\r\n", "a\rx": "a\rx\rb\r",
	} {
		if got := string(appended([]byte(content), "b")); got != wanted {
			t.Errorf("%q: %q", content, got)
		}
	}
}

func TestGlobsAreSeparatedByCommas(t *testing.T) {
	for list, wanted := range map[string][]string{
		"":                  nil,
		"*.go":              {"*.go"},
		"*.go, *.{c,h},,a ": {"*.go", "*.{c,h}", "a"},
		"{a,b":              {"{a,b"},
	} {
		if got := globs(list); !reflect.DeepEqual(got, wanted) {
			t.Errorf("%q: %q", list, got)
		}
	}
}

func TestWhatCannotBeMoved(t *testing.T) {
	for _, pair := range [][2]string{{"/a", "/a"}, {"/a", "/a/b"}, {"/a/b", "/a"}, {"/", "/a"}} {
		if apart(pair[0], pair[1]) == nil {
			t.Error(pair)
		}
	}
	if err := apart("/a/b", "/a/bc"); err != nil {
		t.Error(err)
	}
}

func TestWhatIsShown(t *testing.T) {
	entries := []sdk.DirEntry{
		{Name: "d", IsDir: true, ModeStr: "drwxr-xr-x"},
		{Name: "f", Size: 1536, ModeStr: "-rw-r--r--", Mode: 0o644},
		{Name: "l", ModeStr: "lrwxrwxrwx"},
	}
	found := []sdk.GlobEntry{{Path: "a", IsDir: true}, {Path: "a/b"}}
	file := sdk.TextFileContent{Lines: []string{"x"}, TotalLines: 3, IsTruncated: true}
	hits := []sdk.GrepFileMatch{{Path: "/f", Matches: []sdk.GrepLineMatch{{LineNum: 7, Line: "x"}}}}
	for _, one := range [][2]string{
		{listed("/p", entries, false), "/p:\n  d/\t[dir]\n  f\t1.5KB\n  l\t[link]"},
		{listed("/p", entries[1:2], true), "/p:\n  f\t1.5KB\t1970-01-01 00:00\t-rw-r--r--"},
		{listed("/p", nil, true), "(empty directory: /p)"},
		{described("/p", entries[1]), "path: /p\nexists: true\ntype: file\nsize: 1536 (1.5KB)\nmodified: 1970-01-01 00:00 UTC\nmode: 0644 (-rw-r--r--)"},
		{indented("/p/", found), "/p/\n  a/\n    b"},
		{indented("/p", nil), "/p/\n  (empty)"},
		{numbered("/p", 2, file), "Showing lines 2-2 of 3 total (truncated)\n    2: x"},
		{numbered("/p", 5, sdk.TextFileContent{TotalLines: 3}), "No lines from 5 on: /p has 3"},
		{matches("p", hits), "1 matches across 1 files\n\n/f (1 matches)\n      7: x"},
		{size(1023), "1023B"},
		{size(2 << 20), "2.0MB"},
	} {
		if one[0] != one[1] {
			t.Errorf("%q, not %q", one[0], one[1])
		}
	}
}

func TestErrorsOfTheHostAreInItsOwnWords(t *testing.T) {
	err := fmt.Errorf("wrapped: %w", &sdk.ABIError{Msg: "not found: /a"})
	if plain(err).Error() != "not found: /a" || !missing(err) {
		t.Error(plain(err))
	}
	if missing(nil) || missing(errors.New("permission denied: /a")) || plain(nil) != nil {
		t.Error("something is missing")
	}
}
