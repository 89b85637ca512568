package sdk

// Context is the call that a method serves: where it comes from, and what goes back beside the result.
type Context struct {
	request  *InvokeRequest
	response *InvokeResponse
}

// NewContext makes the context of a call. Generated code does that.
func NewContext(req *InvokeRequest, res *InvokeResponse) *Context {
	return &Context{request: req, response: res}
}

// RequestID names this call.
func (c *Context) RequestID() string { return c.request.RequestID }

// TraceID names the chain of calls that this one belongs to.
func (c *Context) TraceID() string { return c.request.TraceID }

// SessionID is the client's session.
func (c *Context) SessionID() string { return c.request.SessionID }

// LLMSessionID is the session of the model behind the client; empty when there is none.
func (c *Context) LLMSessionID() string { return c.request.LLMSessionID }

// SkillID is this skill's id in its manifest.
func (c *Context) SkillID() string { return c.request.SkillID }

// CallerID is the id of the skill that calls; empty when none does.
func (c *Context) CallerID() string { return c.request.CallerID }

// Method is the method's name.
func (c *Context) Method() string { return c.request.Method }

// SetLLMContext gives the model text beside the result, in place of what was there.
func (c *Context) SetLLMContext(text string) { c.response.LLMContext = text }

// AppendLLMContext adds text for the model, on a line of its own.
func (c *Context) AppendLLMContext(text string) {
	if c.response.LLMContext != "" {
		text = c.response.LLMContext + "\n" + text
	}
	c.response.LLMContext = text
}
