package main

import (
	"reflect"
	"strings"
	"testing"

	sdk "github.com/LuminarysAI/sdk-go"
)

func TestBody(t *testing.T) {
	if got, err := answered(sdk.HttpResponse{Status: 200, Body: []byte("a\xffb")}, nil); got != "a\uFFFDb" || err != nil {
		t.Error(got, err)
	}
	long := strings.Repeat("é", 600)
	_, err := answered(sdk.HttpResponse{Status: 404, Body: []byte(long)}, nil)
	if err == nil || err.Error() != "status 404: "+strings.Repeat("é", 500) {
		t.Error(err)
	}
}

func TestIndented(t *testing.T) {
	if got, err := indented("[1,{\"z\":1,\"a\":1.50}]\n"); got != "[\n  1,\n  {\n    \"z\": 1,\n    \"a\": 1.50\n  }\n]" || err != nil {
		t.Error(got, err)
	}
	if _, err := indented("x"); err == nil || !strings.HasPrefix(err.Error(), "not JSON") {
		t.Error(err)
	}
}

func TestHeadersOfARequest(t *testing.T) {
	for object, wanted := range map[string][]sdk.Header{
		" ":                     nil,
		`{}`:                    nil,
		`{"B": "1", "A": 2.50}`: {{Name: "A", Value: "2.50"}, {Name: "B", Value: "1"}},
	} {
		if got, err := parsed(object); !reflect.DeepEqual(got, wanted) || err != nil {
			t.Errorf("%s: %v, %v", object, got, err)
		}
	}
	for _, object := range []string{"nonsense", `[]`, `{"A": {}}`, `{"A": true}`, `{"A": null}`, `{} x`} {
		if got, err := parsed(object); err == nil || !strings.HasPrefix(err.Error(), "headers: ") {
			t.Errorf("%s: %v, %v", object, got, err)
		}
	}
}

func TestHeadersOfAnAnswer(t *testing.T) {
	got := joined([]sdk.Header{{Name: "a", Value: "1"}, {Name: "b", Value: "2"}, {Name: "a", Value: "3"}})
	if !reflect.DeepEqual(got, map[string]string{"a": "1, 3", "b": "2"}) {
		t.Error(got)
	}
}

func TestKind(t *testing.T) {
	if kind(`{"a": 1}`) != "application/json" || kind("plain") != "text/plain; charset=utf-8" {
		t.Error("not recognised")
	}
}
