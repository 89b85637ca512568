package sdk

import (
	"reflect"
	"strings"
	"testing"

	"github.com/vmihailenco/msgpack/v5"
)

func encoded(t *testing.T, value any) []byte {
	t.Helper()
	bytes, err := msgpack.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}

// Begins anew, as in a module of its own.
func fresh(t *testing.T) {
	before := registered
	t.Cleanup(func() { registered = before })
	registered.descriptor, registered.handler, registered.own = SkillDescriptor{}, nil, nil
}

func TestTheDescriptorIsWhatWasRegistered(t *testing.T) {
	fresh(t)
	SetSkillIdentity("ai.example.a", "A", "1.2.3", "An example.")
	RegisterRequirements(RequirementInfo{Kind: "fs", Pattern: "/data/**", Mode: "rw"})
	Register(nil, Method("find", "Finds.").
		Param("path", TypeString().Required().Desc("Where").Example("/data")).
		Param("kinds", TypeArray(TypeString()).Enum("a", "b")).
		Param("depth", TypeInt().Default(3)))
	RegisterMethods(Method("on_data", "Is given data.").Callback())

	var got map[string]any
	if err := msgpack.Unmarshal(encoded(t, GetDescriptor()), &got); err != nil {
		t.Fatal(err)
	}
	wanted := map[string]any{
		"version": int8(1), "sdk_version": uint32(512),
		"skill_id": "ai.example.a", "skill_name": "A", "skill_version": "1.2.3", "description": "An example.",
		"requirements": []any{map[string]any{"kind": "fs", "pattern": "/data/**", "mode": "rw"}},
		"methods": []any{
			map[string]any{"name": "find", "description": "Finds.", "params": []any{
				map[string]any{"name": "path", "type": "string", "required": true, "description": "Where", "example": "/data"},
				map[string]any{"name": "kinds", "type": "array", "enum": []any{"a", "b"}, "items": map[string]any{"name": "", "type": "string"}},
				map[string]any{"name": "depth", "type": "integer", "default": int8(3)},
			}},
			map[string]any{"name": "on_data", "description": "Is given data.", "mcp_hidden": true, "private_callback": true},
		},
	}
	if !reflect.DeepEqual(got, wanted) {
		t.Errorf("%#v", got)
	}
}

func TestMethodsThatBeganAsOneDoNotShareParameters(t *testing.T) {
	base := Method("a", "").Param("one", TypeString())
	left, right := base.Param("left", TypeBool()), base.Param("right", TypeBool())
	if left.Params[1].Name != "left" || right.Params[1].Name != "right" || len(base.Params) != 1 {
		t.Error(left, right, base)
	}
}

func TestAMethodsOwnHandlerComesFirst(t *testing.T) {
	fresh(t)
	if response := CallHandler(InvokeRequest{Method: "a"}); response.Error == "" || response.Version != 1 {
		t.Error(response)
	}
	Register(func(req InvokeRequest) InvokeResponse { return InvokeResponse{Payload: []byte("common")} })
	RegisterMethods(Method("a", "").Handle(func(InvokeRequest) InvokeResponse {
		return InvokeResponse{Payload: []byte("own")}
	}))
	for method, wanted := range map[string]string{"a": "own", "b": "common"} {
		if response := CallHandler(InvokeRequest{Method: method}); string(response.Payload) != wanted || response.Version != 1 {
			t.Error(method, response)
		}
	}
}

func TestTheResultIsKeptUntilItIsFreed(t *testing.T) {
	if WriteResult(nil) != 0 {
		t.Error("nothing is somewhere")
	}
	packed := WriteResult([]byte("abc"))
	if uint32(packed) != 3 {
		t.Error(packed)
	}
	ShrinkResultBuf(uint32(packed>>32) + 1)
	if result == nil {
		t.Error("freed by another's address")
	}
	ShrinkResultBuf(uint32(packed >> 32))
	if result != nil {
		t.Error("still there")
	}
	ShrinkResultBuf(0)
}

func TestAnErrorResponse(t *testing.T) {
	response, err := unmarshal[InvokeResponse](MarshalErrorResponse("it broke"))
	if err != nil || response.Error != "it broke" || response.Version != 1 {
		t.Error(response, err)
	}
}

func TestTheContextOfACall(t *testing.T) {
	request := InvokeRequest{RequestID: "r", TraceID: "t", SessionID: "s", LLMSessionID: "l", SkillID: "i", CallerID: "c", Method: "m"}
	var response InvokeResponse
	ctx := NewContext(&request, &response)
	got := ctx.RequestID() + ctx.TraceID() + ctx.SessionID() + ctx.LLMSessionID() + ctx.SkillID() + ctx.CallerID() + ctx.Method()
	if got != "rtslicm" {
		t.Error(got)
	}
	ctx.AppendLLMContext("one")
	ctx.AppendLLMContext("two")
	if response.LLMContext != "one\ntwo" {
		t.Error(response.LLMContext)
	}
	ctx.SetLLMContext("three")
	if response.LLMContext != "three" {
		t.Error(response.LLMContext)
	}
}

func TestStateComesBackWithItsVersion(t *testing.T) {
	type state struct {
		Count int
		Names []string
	}
	stored, err := MarshalState(2, state{3, []string{"a"}})
	if err != nil {
		t.Fatal(err)
	}
	var got state
	if version, err := UnmarshalState(stored, &got); version != 2 || err != nil || got.Count != 3 || got.Names[0] != "a" {
		t.Error(version, err, got)
	}
	if version, err := UnmarshalState(nil, &got); version != 0 || err != nil || got.Count != 3 {
		t.Error(version, err, got)
	}
	if _, err := UnmarshalState([]byte("no state"), &got); err == nil {
		t.Error("anything is a state")
	}
}

func TestCommands(t *testing.T) {
	command := BatchInvokeCommand([]BatchItem{{Index: 7, SkillID: "fs", Method: "read", Payload: []byte{0x80}}}, "done", 2)
	text := string(encoded(t, command))
	for _, part := range []string{"batch_invoke", "items", "skill_id", "read", "callback", "done", "concurrency"} {
		if !strings.Contains(text, part) {
			t.Error(part, "is missing in", command)
		}
	}
	result, err := UnmarshalBatchResult(encoded(t, BatchResult{"b", []BatchItemResult{{Index: 7, Error: "no"}}}))
	if err != nil || result.Items[0].Index != 7 || result.Items[0].Error != "no" {
		t.Error(result, err)
	}
	if call := NewCallModule("fs", "read", nil, "done", "x"); call.Type != CmdCallModule || call.Payload["call_ctx"] != "x" {
		t.Error(call)
	}
}
