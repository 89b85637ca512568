package sdk

import "errors"

// HistoryMessage is one message of the dialogue.
type HistoryMessage struct {
	// Role is who said it: user, assistant.
	Role    string `msgpack:"role"`
	Content string `msgpack:"content"`
}

// HistoryGet fetches messages of the dialogue: last:10 the last ten, role:user those of a role, nothing all.
func HistoryGet(filter string) ([]HistoryMessage, error) {
	return call[[]HistoryMessage](hostHistoryGet, map[string]string{"filter": filter})
}

// PromptRequest is a question to the language model.
type PromptRequest struct {
	Prompt string `msgpack:"prompt"`
	// Temperature and MaxTokens are left to the host when they are 0.
	Temperature float64 `msgpack:"temperature"`
	MaxTokens   int     `msgpack:"max_tokens"`
}

// PromptResponse is the model's answer.
type PromptResponse struct {
	Content string `msgpack:"content"`
	// Error is why there is none.
	Error string `msgpack:"error,omitempty"`
}

// PromptComplete asks the language model. A failure is both an error and told in the response.
func PromptComplete(req PromptRequest) (PromptResponse, error) {
	response, err := call[PromptResponse](hostPromptComplete, req)
	var failed *ABIError
	if errors.As(err, &failed) {
		response.Error = failed.Msg
	}
	return response, err
}
