package sdk

// SkillDescriptor is what a skill says of itself.
type SkillDescriptor struct {
	// Version is the protocol's.
	Version int `msgpack:"version"`
	// SkillID, SkillName, SkillVersion and Description are the skill's identity; see [SetSkillIdentity].
	SkillID      string `msgpack:"skill_id,omitempty"`
	SkillName    string `msgpack:"skill_name,omitempty"`
	SkillVersion string `msgpack:"skill_version,omitempty"`
	Description  string `msgpack:"description,omitempty"`
	// Methods are what can be called.
	Methods []MethodInfo `msgpack:"methods"`
	// Requirements are what the manifest must grant.
	Requirements []RequirementInfo `msgpack:"requirements,omitempty"`
	// SDKVersionCode is [SDKVersion].
	SDKVersionCode uint32 `msgpack:"sdk_version,omitempty"`
}

// RequirementInfo is a permission without which the skill is not loaded.
type RequirementInfo struct {
	// Kind is fs, http, tcp, ws, shell, llm, env or invoke.
	Kind string `msgpack:"kind"`
	// Pattern is a path, an address, a command, a variable's name or a skill's id.
	Pattern string `msgpack:"pattern,omitempty"`
	// Mode is ro or rw, for fs.
	Mode string `msgpack:"mode,omitempty"`
}

// MethodInfo describes a method. [Method] begins one; every further step returns it with something added.
type MethodInfo struct {
	// Name is what the method is called by.
	Name string `msgpack:"name"`
	// Description tells what it does.
	Description string `msgpack:"description"`
	// Params are its parameters, in order.
	Params []ParamInfo `msgpack:"params,omitempty"`
	// MCPHidden keeps it out of the list of tools; skills may still call it.
	MCPHidden bool `msgpack:"mcp_hidden,omitempty"`
	// PrivateCallback leaves it to the host and to this skill.
	PrivateCallback bool `msgpack:"private_callback,omitempty"`

	handler Handler
}

// Method describes a method without parameters.
func Method(name, description string) MethodInfo {
	return MethodInfo{Name: name, Description: description}
}

// Param adds the parameter p under name.
func (m MethodInfo) Param(name string, p ParamInfo) MethodInfo {
	p.Name = name
	// A new slice: two methods that began as one must not share it.
	m.Params = append(m.Params[:len(m.Params):len(m.Params)], p)
	return m
}

// SetInternal keeps the method out of the list of tools; skills may still call it.
func (m MethodInfo) SetInternal() MethodInfo {
	m.MCPHidden = true
	return m
}

// Callback makes the method one that only the host and this skill itself may call: it is given events of connections,
// batches, timers and topics.
func (m MethodInfo) Callback() MethodInfo {
	m.PrivateCallback = true
	return m.SetInternal()
}

// Handle gives the method a function of its own, which is asked before the skill's handler.
func (m MethodInfo) Handle(fn Handler) MethodInfo {
	m.handler = fn
	return m
}

// ParamInfo describes a parameter. [TypeString] and its like begin one; every further step returns it with something
// added.
type ParamInfo struct {
	// Name is what the argument is called by.
	Name string `msgpack:"name"`
	// Description tells what it is.
	Description string `msgpack:"description,omitempty"`
	// TypeVal is string, integer, number, boolean, object or array.
	TypeVal string `msgpack:"type"`
	// IsRequired says that it must be given.
	IsRequired bool `msgpack:"required,omitempty"`
	// EnumVals are the only values it may have, if there are any here.
	EnumVals []string `msgpack:"enum,omitempty"`
	// Items describes what an array holds.
	Items *ParamInfo `msgpack:"items,omitempty"`
	// DefaultVal is what it is when it is not given.
	DefaultVal interface{} `msgpack:"default,omitempty"`
	// ExampleVal is a value for people to look at.
	ExampleVal interface{} `msgpack:"example,omitempty"`
}

// TypeString describes a text.
func TypeString() ParamInfo { return ParamInfo{TypeVal: "string"} }

// TypeInt describes a whole number.
func TypeInt() ParamInfo { return ParamInfo{TypeVal: "integer"} }

// TypeNumber describes a number.
func TypeNumber() ParamInfo { return ParamInfo{TypeVal: "number"} }

// TypeBool describes a truth value.
func TypeBool() ParamInfo { return ParamInfo{TypeVal: "boolean"} }

// TypeObject describes values by name.
func TypeObject() ParamInfo { return ParamInfo{TypeVal: "object"} }

// TypeArray describes a list of items.
func TypeArray(items ParamInfo) ParamInfo { return ParamInfo{TypeVal: "array", Items: &items} }

// Required says that the parameter must be given.
func (p ParamInfo) Required() ParamInfo {
	p.IsRequired = true
	return p
}

// Desc tells what the parameter is.
func (p ParamInfo) Desc(d string) ParamInfo {
	p.Description = d
	return p
}

// Enum lists the only values that the parameter may have.
func (p ParamInfo) Enum(values ...string) ParamInfo {
	p.EnumVals = values
	return p
}

// Default tells what the parameter is when it is not given.
func (p ParamInfo) Default(v interface{}) ParamInfo {
	p.DefaultVal = v
	return p
}

// Example shows a value.
func (p ParamInfo) Example(v interface{}) ParamInfo {
	p.ExampleVal = v
	return p
}
