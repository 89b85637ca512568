//go:build !wasip1

package sdk

import (
	"errors"
	"reflect"
	"testing"

	"github.com/vmihailenco/msgpack/v5"
)

// A host whose function replies with reply; what it is asked ends up in the map.
func host(t *testing.T, function *hostFunction, reply any) *map[string]any {
	t.Helper()
	asked := new(map[string]any)
	before := *function
	t.Cleanup(func() { *function = before })
	*function = func(request []byte) []byte {
		if err := msgpack.Unmarshal(request, asked); err != nil {
			t.Error(err)
		}
		return encoded(t, reply)
	}
	return asked
}

func TestOutsideOfAHostEveryFunctionFails(t *testing.T) {
	if _, err := FsRead("/a"); !errors.Is(err, errNoHost) {
		t.Error(err)
	}
	if _, err := HttpGet("http://a/", 0, 0); !errors.Is(err, errNoHost) {
		t.Error(err)
	}
	if got := GetEnv("KEY"); got != "" {
		t.Error(got)
	}
	LogInfo("nobody reads this", nil)
}

func TestARequestIsAMapAndItsReplyIsDecoded(t *testing.T) {
	asked := host(t, &hostFsLs, map[string]any{
		"entries": []any{map[string]any{"name": "a", "size": 3, "is_dir": false, "mode": 420, "later": true}},
		"unknown": []any{1, nil},
	})
	entries, err := FsLs("/data", true)
	if err != nil || !reflect.DeepEqual(entries, []DirEntry{{Name: "a", Size: 3, Mode: 0o644}}) {
		t.Error(entries, err)
	}
	if !reflect.DeepEqual(*asked, map[string]any{"path": "/data", "long": true}) {
		t.Error(*asked)
	}
}

func TestAReplysErrorIsAnABIError(t *testing.T) {
	host(t, &hostFsRead, map[string]any{"content": []byte("x"), "error": "not found: /a"})
	content, err := FsRead("/a")
	var failed *ABIError
	if !errors.As(err, &failed) || failed.Msg != "not found: /a" || err.Error() != "abi error: not found: /a" {
		t.Error(err)
	}
	if content != nil {
		t.Error(content)
	}
}

func TestAReplyThatIsNotUnderstoodIsAnError(t *testing.T) {
	host(t, &hostSysInfo, map[string]any{"num_cpu": "many"})
	if info, err := SysInfo(); err == nil || info != (SysInfoResult{}) {
		t.Error(info, err)
	}
	hostSysInfo = func([]byte) []byte { return nil }
	if _, err := SysInfo(); !errors.Is(err, errNoReply) {
		t.Error(err)
	}
	hostSysInfo = func([]byte) []byte { return []byte{0x81, 0xa5} }
	if _, err := SysInfo(); err == nil {
		t.Error("half a reply was taken")
	}
}

func TestTheHistoryIsAnArray(t *testing.T) {
	host(t, &hostHistoryGet, []any{map[string]any{"role": "user", "content": "hello"}})
	messages, err := HistoryGet("last:1")
	if err != nil || !reflect.DeepEqual(messages, []HistoryMessage{{"user", "hello"}}) {
		t.Error(messages, err)
	}
	host(t, &hostHistoryGet, map[string]any{"error": "there is no client"})
	if _, err := HistoryGet(""); err == nil {
		t.Error("an error was lost")
	}
}

func TestAPromptThatFailsIsAnErrorAndTellsSo(t *testing.T) {
	host(t, &hostPromptComplete, map[string]any{"error": "there is no model"})
	response, err := PromptComplete(PromptRequest{Prompt: "hello"})
	if err == nil || response.Error != "there is no model" {
		t.Error(response, err)
	}
}

func TestARequestKeepsItsHeadersInOrder(t *testing.T) {
	asked := host(t, &hostHttpRequest, map[string]any{"status": 404, "body": []byte("no")})
	response, err := HttpRequest(HttpRequestOptions{URL: "http://a/", Headers: HeadersFromJSON(`{"B":"1","A":"2"}`)})
	if err != nil || response.Status != 404 || string(response.Body) != "no" {
		t.Error(response, err)
	}
	headers := []any{map[string]any{"name": "B", "value": "1"}, map[string]any{"name": "A", "value": "2"}}
	if !reflect.DeepEqual((*asked)["headers"], headers) || (*asked)["follow_redirects"] != false {
		t.Error(*asked)
	}
}

func TestHeadersFromJSON(t *testing.T) {
	for text, wanted := range map[string][]Header{
		``:                                 nil,
		`[]`:                               nil,
		`{}`:                               nil,
		`{"a": "b\"c\u00e9", "a": "d"}`:    {{"a", `b"cé`}, {"a", "d"}},
		`{"n": 1.50, "t": true, "z": "y"}`: {{"n", "1.50"}, {"t", "true"}, {"z", "y"}},
		`{"a": "b", "c"`:                   {{"a", "b"}},
	} {
		if got := HeadersFromJSON(text); !reflect.DeepEqual(got, wanted) {
			t.Errorf("%s: %v", text, got)
		}
	}
}
