// A table of methods. Skills of the older ABI have it from `lmsk generate`; here it is written by hand.

import {
  Context,
  Decoder,
  Encoder,
  InvokeRequest,
  InvokeResponse,
  MethodDesc,
  MethodParam,
  MsgValue,
  errorResponse,
} from "../../../../guest-templates/assemblyscript/sdk";

/** What a method is given, and where it puts what it returns. */
export class Call {
  result: Encoder = new Encoder();

  constructor(
    public context: Context,
    private given: MsgValue,
  ) {}

  text(name: string): string {
    return this.given.getField(name).getStr();
  }

  integer(name: string): i64 {
    return this.given.getField(name).getInt();
  }

  float(name: string): f64 {
    return this.given.getField(name).getFloat();
  }

  flag(name: string): bool {
    return this.given.getField(name).getBool();
  }
}

export type Handler = (call: Call) => void;

export const methods: MethodDesc[] = [];
const handlers: Handler[] = [];

export function required(name: string, type: string): MethodParam {
  const param = optional(name, type);
  param.required = true;
  return param;
}

export function optional(name: string, type: string): MethodParam {
  const param = new MethodParam();
  param.name = name;
  param.type = type;
  return param;
}

export function method(name: string, params: MethodParam[], handler: Handler): void {
  const described = new MethodDesc();
  described.name = name;
  described.description = "Method " + name + ".";
  described.params = params;
  methods.push(described);
  handlers.push(handler);
}

export function dispatch(request: InvokeRequest): InvokeResponse {
  for (let index = 0; index < methods.length; index++) {
    if (methods[index].name != request.method) continue;
    const response = new InvokeResponse();
    const given = request.payload.length > 0 ? new Decoder(request.payload).decode() : MsgValue.nil();
    const call = new Call(new Context(request, response), given);
    handlers[index](call);
    response.payload = call.result.finish();
    return response;
  }
  return errorResponse("unknown method: " + request.method);
}
