// One call, and the methods that there are.

import { Encoder, Value, decode } from "./msgpack";

/** What a method is given, and where it puts what it returns. It fails by throwing an `Error`. */
export class Call {
  private arguments: Value = new Value();
  /** What the method returns: one value. */
  result: Encoder = new Encoder();
  /** A text for the model, beside the result. */
  hint: string = "";
  /** Replaces the skill's state when it is not empty. */
  newState: Uint8Array = new Uint8Array(0);

  constructor(private request: Value) {
    const payload = request.field("payload").content;
    if (payload.length > 0) this.arguments = decode(payload);
  }

  get method(): string {
    return this.request.field("method").text();
  }

  /** The instance id, from the manifest. */
  get skill(): string {
    return this.request.field("skill_id").text();
  }

  get state(): Uint8Array {
    return this.request.field("state").content;
  }

  text(name: string): string {
    return this.arguments.field(name).text();
  }

  integer(name: string): i64 {
    return this.arguments.field(name).integer();
  }

  float(name: string): f64 {
    return this.arguments.field(name).float();
  }

  flag(name: string): bool {
    return this.arguments.field(name).flag();
  }
}

export class Parameter {
  constructor(
    public name: string,
    public type: string,
    public required: bool,
    public description: string,
  ) {}
}

export class Method {
  constructor(
    public name: string,
    public description: string,
    public parameters: Parameter[],
    public handler: (call: Call) => void,
  ) {}
}

export const methods: Method[] = [];

/** A parameter that every call must have. `type` is string, integer, number, boolean, object or array. */
export function required(name: string, type: string, description: string = ""): Parameter {
  return new Parameter(name, type, true, description);
}

/** A parameter that a call may leave out. */
export function optional(name: string, type: string, description: string = ""): Parameter {
  return new Parameter(name, type, false, description);
}

/** Adds a method. */
export function method(name: string, description: string, parameters: Parameter[], handler: (call: Call) => void): void {
  methods.push(new Method(name, description, parameters, handler));
}

/** Calls the method that is asked for. */
export function dispatch(call: Call): void {
  const name = call.method;
  for (let index = 0; index < methods.length; index++) {
    if (methods[index].name == name) {
      methods[index].handler(call);
      return;
    }
  }
  throw new Error("unknown method: " + name);
}
