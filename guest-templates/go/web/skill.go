// HTTP for agents. Which servers are reached, the manifest says.
//
// @skill:id       ai.luminarys.go.web
// @skill:name     "Web"
// @skill:version  1.0.0
// @skill:desc     "HTTP requests to the servers that the manifest lists."
package main

import (
	"encoding/json"

	sdk "github.com/LuminarysAI/sdk-go"
)

//go:generate lmsk generate .

// @skill:method  get "Fetches a page, redirects followed. A status of 400 or more is an error."
// @skill:param   url required "The address" example:https://example.com/
// @skill:param   timeout_ms optional "Milliseconds to wait at most" default:30000
// @skill:result  "The body as text"
// @skill:hint    read-only
func Get(ctx *sdk.Context, url string, timeoutMs int64) (string, error) {
	return answered(send(sdk.HttpRequestOptions{Method: "GET", URL: url, TimeoutMs: timeoutMs}))
}

// @skill:method  get_json "Fetches JSON and shows it indented. A status of 400 or more, and what is no JSON, is an error."
// @skill:param   url required "The address"
// @skill:param   timeout_ms optional "Milliseconds to wait at most" default:30000
// @skill:result  "The JSON, indented"
// @skill:hint    read-only
func GetJSON(ctx *sdk.Context, url string, timeoutMs int64) (string, error) {
	text, err := answered(send(sdk.HttpRequestOptions{
		Method:    "GET",
		URL:       url,
		Headers:   []sdk.Header{{Name: "accept", Value: "application/json"}},
		TimeoutMs: timeoutMs,
	}))
	if err != nil {
		return "", err
	}
	return indented(text)
}

// @skill:method  post "Sends a body. A status of 400 or more is an error."
// @skill:param   url required "The address"
// @skill:param   body required "The body; JSON is recognised and said to be"
// @skill:param   timeout_ms optional "Milliseconds to wait at most" default:30000
// @skill:result  "The answer's body as text"
func Post(ctx *sdk.Context, url, body string, timeoutMs int64) (string, error) {
	return answered(send(sdk.HttpRequestOptions{
		Method:    "POST",
		URL:       url,
		Headers:   []sdk.Header{{Name: "content-type", Value: kind(body)}},
		Body:      []byte(body),
		TimeoutMs: timeoutMs,
	}))
}

// @skill:method  request "Sends any request, redirects followed. Every status is an answer."
// @skill:param   method required "The method" example:PUT
// @skill:param   url required "The address"
// @skill:param   body optional "The body" default:""
// @skill:param   headers optional "A JSON object: names and values" example:{"Accept":"text/html"}
// @skill:param   timeout_ms optional "Milliseconds to wait at most" default:30000
// @skill:result  "JSON: status and body"
func Request(ctx *sdk.Context, method, url, body, headers string, timeoutMs int64) (string, error) {
	wanted, err := parsed(headers)
	if err != nil {
		return "", err
	}
	answer, err := send(sdk.HttpRequestOptions{
		Method:    method,
		URL:       url,
		Headers:   wanted,
		Body:      []byte(body),
		TimeoutMs: timeoutMs,
	})
	if err != nil {
		return "", err
	}
	return asJSON(struct {
		Status int    `json:"status"`
		Body   string `json:"body"`
	}{answer.Status, text(answer.Body)})
}

// @skill:method  head "Asks for the headers alone."
// @skill:param   url required "The address"
// @skill:param   timeout_ms optional "Milliseconds to wait at most" default:30000
// @skill:result  "JSON: status and headers"
// @skill:hint    read-only
func Head(ctx *sdk.Context, url string, timeoutMs int64) (string, error) {
	answer, err := send(sdk.HttpRequestOptions{Method: "HEAD", URL: url, TimeoutMs: timeoutMs})
	if err != nil {
		return "", err
	}
	return asJSON(struct {
		Status  int               `json:"status"`
		Headers map[string]string `json:"headers"`
	}{answer.Status, joined(answer.Headers)})
}

// What a body is sent as.
func kind(content string) string {
	if json.Valid([]byte(content)) {
		return "application/json"
	}
	return "text/plain; charset=utf-8"
}
