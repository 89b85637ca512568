package sdk

// Handler serves calls.
type Handler func(req InvokeRequest) InvokeResponse

// What the skill has registered while it was initialised.
var registered struct {
	descriptor SkillDescriptor
	handler    Handler
	own        map[string]Handler
}

// Register adds methods, and makes h the skill's handler unless it is nil. It may be called several times, from init
// functions; generated code does so once.
func Register(h Handler, methods ...MethodInfo) {
	if h != nil {
		registered.handler = h
	}
	for _, method := range methods {
		registered.descriptor.Methods = append(registered.descriptor.Methods, method)
		if method.handler == nil {
			continue
		}
		if registered.own == nil {
			registered.own = make(map[string]Handler)
		}
		registered.own[method.Name] = method.handler
	}
}

// RegisterMethods adds methods that are written by hand beside the generated ones, each with its own [MethodInfo.Handle].
func RegisterMethods(methods ...MethodInfo) {
	Register(nil, methods...)
}

// RegisterRequirements adds what the manifest must grant. Generated code calls it.
func RegisterRequirements(reqs ...RequirementInfo) {
	registered.descriptor.Requirements = append(registered.descriptor.Requirements, reqs...)
}

// SetSkillIdentity says which skill this is. Generated code calls it.
func SetSkillIdentity(id, name, version, description string) {
	registered.descriptor.SkillID = id
	registered.descriptor.SkillName = name
	registered.descriptor.SkillVersion = version
	registered.descriptor.Description = description
}

// GetDescriptor is what the skill says of itself, after all it has registered.
func GetDescriptor() SkillDescriptor {
	descriptor := registered.descriptor
	descriptor.Version = Version
	descriptor.SDKVersionCode = SDKVersion
	return descriptor
}

// CallHandler serves a call: by the method's own function if it has one, else by the skill's handler.
func CallHandler(req InvokeRequest) InvokeResponse {
	handler, found := registered.own[req.Method]
	if !found {
		handler = registered.handler
	}
	if handler == nil {
		return InvokeResponse{Version: Version, Error: "the skill has registered no handler: is main.go generated?"}
	}
	response := handler(req)
	if response.Version == 0 {
		response.Version = Version
	}
	return response
}
