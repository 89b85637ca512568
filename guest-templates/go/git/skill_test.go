package main

import (
	"reflect"
	"strings"
	"testing"
)

func TestEveryWordOfACommandIsQuoted(t *testing.T) {
	wanted := `git --no-pager 'commit' '--message=it'\''s $HOME; ` + "`x`" + `'`
	if got := line([]string{"commit", "--message=it's $HOME; `x`"}); got != wanted {
		t.Error(got)
	}
}

func TestNoRevisionIsAnOption(t *testing.T) {
	for _, name := range []string{"", "-a", "--output=/etc/passwd"} {
		if _, err := revision(name); err == nil || !strings.Contains(err.Error(), "is no name") {
			t.Errorf("%q: %v", name, err)
		}
	}
	if got, err := revision(orHead("")); got != "HEAD" || err != nil {
		t.Error(got, err)
	}
}

func TestWords(t *testing.T) {
	for list, wanted := range map[string][]string{
		"":                     nil,
		" a.txt  b/c ":         {"a.txt", "b/c"},
		`"a b" 'c d'e\ "" '"'`: {"a b", `c de\`, "", `"`},
	} {
		if got, err := words(list); !reflect.DeepEqual(got, wanted) || err != nil {
			t.Errorf("%q: %q, %v", list, got, err)
		}
	}
	if _, err := words(`"a`); err == nil {
		t.Error("a quote may stay open")
	}
}
