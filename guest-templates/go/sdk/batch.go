package sdk

// BatchItem is one call of a batch.
type BatchItem struct {
	// Index is the caller's own number for it; its result carries the same.
	Index int `msgpack:"index"`
	// SkillID and Method say what is called.
	SkillID string `msgpack:"skill_id"`
	Method  string `msgpack:"method"`
	// Payload holds the arguments in MessagePack: a map by name.
	Payload []byte `msgpack:"payload"`
}

// BatchItemResult is how one call of a batch ended.
type BatchItemResult struct {
	// Index is the item's.
	Index int `msgpack:"index"`
	// Payload is the result, one value in MessagePack.
	Payload []byte `msgpack:"payload,omitempty"`
	// Error is why it failed; empty when it did not.
	Error string `msgpack:"error,omitempty"`
}

// BatchResult is how a batch ended: the payload of its callback.
type BatchResult struct {
	// BatchID names the batch.
	BatchID string `msgpack:"batch_id"`
	// Items has a result for each call.
	Items []BatchItemResult `msgpack:"items"`
}

// BatchInvokePayload is the payload of a batch's command as one type; [BatchInvokeCommand] makes the command itself.
type BatchInvokePayload struct {
	// Items are the calls.
	Items []BatchItem `msgpack:"items"`
	// Callback is the method of this skill that is given the [BatchResult].
	Callback string `msgpack:"callback"`
	// Concurrency is how many calls may run at once; 0 sets no limit.
	Concurrency int `msgpack:"concurrency"`
}

// BatchInvokeCommand makes all calls of items, at most concurrency at once (0 sets no limit), and gives this skill's
// method callback the [BatchResult].
func BatchInvokeCommand(items []BatchItem, callback string, concurrency int) Command {
	calls := make([]interface{}, 0, len(items))
	for _, item := range items {
		calls = append(calls, map[string]interface{}{
			"index":    item.Index,
			"skill_id": item.SkillID,
			"method":   item.Method,
			"payload":  item.Payload,
		})
	}
	return Command{CmdBatchInvoke, map[string]interface{}{
		"items":       calls,
		"callback":    callback,
		"concurrency": concurrency,
	}}
}

// UnmarshalBatchResult reads the payload of a batch's callback.
func UnmarshalBatchResult(payload []byte) (*BatchResult, error) {
	result, err := unmarshal[BatchResult](payload)
	if err != nil {
		return nil, err
	}
	return &result, nil
}
