package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	sdk "github.com/LuminarysAI/sdk-go"
)

// How much of a body that tells of a failure is shown, in characters.
const beginning = 500

// send sends a request and goes where the answer says. An error is in the host's own words.
func send(request sdk.HttpRequestOptions) (sdk.HttpResponse, error) {
	request.FollowRedirects = true
	answer, err := sdk.HttpRequest(request)
	var failed *sdk.ABIError
	if errors.As(err, &failed) {
		err = errors.New(failed.Msg)
	}
	return answer, err
}

// body is that of an answer that tells of no failure.
func answered(answer sdk.HttpResponse, err error) (string, error) {
	if err != nil {
		return "", err
	}
	content := text(answer.Body)
	if answer.Status >= 400 {
		characters := []rune(content)
		return "", fmt.Errorf("status %d: %s", answer.Status, string(characters[:min(len(characters), beginning)]))
	}
	return content, nil
}

// text is a body with what is not UTF-8 replaced.
func text(content []byte) string {
	return strings.ToValidUTF8(string(content), "\uFFFD")
}

func indented(content string) (string, error) {
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(strings.TrimSpace(content)), "", "  "); err != nil {
		return "", fmt.Errorf("not JSON: %w", err)
	}
	return out.String(), nil
}

// parsed is the headers of a JSON object, by name.
func parsed(object string) ([]sdk.Header, error) {
	if strings.TrimSpace(object) == "" {
		return nil, nil
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal([]byte(object), &values); err != nil {
		return nil, fmt.Errorf("headers: %w", err)
	}
	var headers []sdk.Header
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value := string(values[name])
		switch {
		case strings.HasPrefix(value, `"`):
			if err := json.Unmarshal(values[name], &value); err != nil {
				return nil, fmt.Errorf("headers: %s: %w", name, err)
			}
		case !strings.ContainsAny(value[:1], "-0123456789"):
			return nil, fmt.Errorf("headers: %s: a text is wanted, not %s", name, value)
		}
		headers = append(headers, sdk.Header{Name: name, Value: value})
	}
	return headers, nil
}

// joined is headers by name. One that came twice is one with a comma, as for a list.
func joined(headers []sdk.Header) map[string]string {
	all := map[string]string{}
	for _, header := range headers {
		if before, found := all[header.Name]; found {
			all[header.Name] = before + ", " + header.Value
		} else {
			all[header.Name] = header.Value
		}
	}
	return all
}

// asJSON is value as JSON, with < and & as they are.
func asJSON(value any) (string, error) {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return strings.TrimSuffix(out.String(), "\n"), err
}
