// One call: what the host asks, and what the skill answers.

import { Decoder } from "./decoder";
import { Encoder } from "./encoder";

/** What the host asks. */
export class InvokeRequest {
  version: i32 = 0;
  request_id: string = "";
  trace_id: string = "";
  session_id: string = "";
  llm_session_id: string = "";
  method: string = "";
  /** The instance's id, from the manifest. */
  skill_id: string = "";
  /** The instance that calls; empty when it is a client. */
  caller_id: string = "";
  state: Uint8Array = new Uint8Array(0);
  /** The arguments: a map of names and values, encoded. May be empty when there are none. */
  payload: Uint8Array = new Uint8Array(0);
  /** When the call will be stopped, in nanoseconds since 1970; 0 when it will not. */
  deadline_ns: i64 = 0;
}

/** What the skill answers. */
export class InvokeResponse {
  version: i32 = 1;
  /** Replaces the state when it is not empty. */
  state: Uint8Array = new Uint8Array(0);
  /** The result: one value, encoded. */
  payload: Uint8Array = new Uint8Array(0);
  /** When it is not empty, the call has failed with this text. */
  error: string = "";
  /** A text for the model, beside the result. */
  llm_context: string = "";
}

/** What carries out calls, whatever their method. */
export type SkillHandler = (req: InvokeRequest) => InvokeResponse;

/** The answer of a call that has failed. */
export function errorResponse(msg: string): InvokeResponse {
  const response = new InvokeResponse();
  response.error = msg;
  return response;
}

export function decodeRequest(bytes: Uint8Array): InvokeRequest {
  const fields = new Decoder(bytes).decode();
  const request = new InvokeRequest();
  request.version = <i32>fields.getField("version").getInt();
  request.request_id = fields.getField("request_id").getStr();
  request.trace_id = fields.getField("trace_id").getStr();
  request.session_id = fields.getField("session_id").getStr();
  request.llm_session_id = fields.getField("llm_session_id").getStr();
  request.method = fields.getField("method").getStr();
  request.skill_id = fields.getField("skill_id").getStr();
  request.caller_id = fields.getField("caller_id").getStr();
  request.state = fields.getField("state").getBytes();
  request.payload = fields.getField("payload").getBytes();
  request.deadline_ns = fields.getField("deadline_ns").getInt();
  return request;
}

export function encodeResponse(response: InvokeResponse): Uint8Array {
  const out = new Encoder();
  out.encode_map_header(5);
  out.encode_str("version");
  out.encode_i64(1);
  out.encode_str("state");
  out.encode_bin(response.state);
  out.encode_str("payload");
  out.encode_bin(response.payload);
  out.encode_str("error");
  out.encode_str(response.error);
  out.encode_str("llm_context");
  out.encode_str(response.llm_context);
  return out.finish();
}
