package sdk

import (
	"encoding/json"
	"strings"
)

// Header is one header of a request or a response. Their order is kept.
type Header struct {
	Name  string `msgpack:"name"`
	Value string `msgpack:"value"`
}

// Cookie is one cookie.
type Cookie struct {
	Name  string `msgpack:"name"`
	Value string `msgpack:"value"`
	// Domain and Path are where it is sent to.
	Domain string `msgpack:"domain,omitempty"`
	Path   string `msgpack:"path,omitempty"`
	// Expires is in seconds since 1970; 0 means with the session.
	Expires int64 `msgpack:"expires,omitempty"`
	// Secure keeps it to encrypted connections, HTTPOnly from scripts.
	Secure   bool `msgpack:"secure,omitempty"`
	HTTPOnly bool `msgpack:"httponly,omitempty"`
}

// HttpResponse is a server's answer, whatever its status.
type HttpResponse struct {
	Status  int      `msgpack:"status"`
	Headers []Header `msgpack:"headers,omitempty"`
	Cookies []Cookie `msgpack:"cookies,omitempty"`
	Body    []byte   `msgpack:"body,omitempty"`
	// Truncated says that the body was longer than it might be.
	Truncated bool `msgpack:"truncated,omitempty"`
}

// HttpRequestOptions is a request with all its parts; [HttpRequest] sends it.
type HttpRequestOptions struct {
	// Method is GET when it is empty.
	Method string `msgpack:"method"`
	URL    string `msgpack:"url"`
	// Headers are sent in this order, Cookies beside those of the jar.
	Headers []Header `msgpack:"headers"`
	Cookies []Cookie `msgpack:"cookies"`
	Body    []byte   `msgpack:"body"`
	// TimeoutMs is how long to wait; 0 means 30 seconds.
	TimeoutMs int64 `msgpack:"timeout_ms"`
	// MaxBytes is how much of the body is wanted; 0 means as much as the manifest allows.
	MaxBytes int `msgpack:"max_bytes"`
	// FollowRedirects goes where the answer says.
	FollowRedirects bool `msgpack:"follow_redirects"`
	// UseJar sends and keeps the skill's cookies.
	UseJar bool `msgpack:"use_jar"`
}

// HttpGet fetches url. timeoutMs and maxBytes are as in [HttpRequestOptions].
func HttpGet(url string, timeoutMs int64, maxBytes int) (HttpResponse, error) {
	return call[HttpResponse](hostHttpGet, map[string]interface{}{
		"url":        url,
		"timeout_ms": timeoutMs,
		"max_bytes":  maxBytes,
	})
}

// HttpPost sends body to url. An empty contentType means application/octet-stream; timeoutMs and maxBytes are as in
// [HttpRequestOptions].
func HttpPost(url string, body []byte, contentType string, timeoutMs int64, maxBytes int) (HttpResponse, error) {
	return call[HttpResponse](hostHttpPost, map[string]interface{}{
		"url":          url,
		"body":         body,
		"content_type": contentType,
		"timeout_ms":   timeoutMs,
		"max_bytes":    maxBytes,
	})
}

// HttpRequest sends a request.
func HttpRequest(opts HttpRequestOptions) (HttpResponse, error) {
	return call[HttpResponse](hostHttpRequest, opts)
}

// HeadersFromJSON makes headers of a JSON object of names and values, in its order. Numbers and truth values are taken
// as they are written; where the object ends or is none, so do the headers.
func HeadersFromJSON(jsonStr string) []Header {
	decoder := json.NewDecoder(strings.NewReader(jsonStr))
	decoder.UseNumber()
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return nil
	}
	var headers []Header
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			break
		}
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			break
		}
		text := string(value)
		if strings.HasPrefix(text, `"`) && json.Unmarshal(value, &text) != nil {
			break
		}
		headers = append(headers, Header{Name: name.(string), Value: text})
	}
	return headers
}
