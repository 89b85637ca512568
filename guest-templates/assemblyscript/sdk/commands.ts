// What a skill may ask the host to do after a call. Payloads and values are encoded values.
//
// The answer of a call has no place for commands in this version: these are for skills that encode it themselves.

import { Request } from "./host";

export const CMD_CALL_MODULE: string = "call_module";
export const CMD_BATCH_INVOKE: string = "batch_invoke";
export const CMD_SCHEDULE: string = "schedule";
export const CMD_EMIT_EVENT: string = "emit_event";
export const CMD_SUBSCRIBE: string = "subscribe";
export const CMD_STORE_KV: string = "store_kv";
export const CMD_LOAD_KV: string = "load_kv";
export const CMD_SPAWN: string = "spawn";
export const CMD_TERMINATE: string = "terminate";

export class Command {
  type: string = "";
  /** A map, encoded. */
  payload: Uint8Array = new Uint8Array(0);
}

/** One of the calls of a `batch_invoke`. */
export class BatchItem {
  index: i32 = 0;
  skill_id: string = "";
  method: string = "";
  payload: Uint8Array = new Uint8Array(0);
}

export class BatchItemResult {
  index: i32 = 0;
  payload: Uint8Array = new Uint8Array(0);
  error: string = "";
}

/** What the callback of a `batch_invoke` is given. */
export class BatchResult {
  batch_id: string = "";
  items: BatchItemResult[] = [];
}

/** Tells a topic's subscribers. */
export function newEmitEvent(topic: string, payload: Uint8Array = new Uint8Array(0)): Command {
  return command(CMD_EMIT_EVENT, new Request().text("topic", topic).bytes("payload", payload));
}

/** Calls another skill; `callback` is given the result and `callCtx`. */
export function newCallModule(
  skillId: string,
  method: string,
  payload: Uint8Array = new Uint8Array(0),
  callback: string = "",
  callCtx: string = "",
): Command {
  const request = new Request().text("skill_id", skillId).text("method", method).bytes("payload", payload);
  return command(CMD_CALL_MODULE, request.text("callback", callback).text("call_ctx", callCtx));
}

/** Keeps a value under a key. */
export function newStoreKV(key: string, value: Uint8Array): Command {
  return command(CMD_STORE_KV, new Request().text("key", key).bytes("value", value));
}

/** Asks for the value of a key, which `callback` is given. */
export function newLoadKV(key: string, callback: string): Command {
  return command(CMD_LOAD_KV, new Request().text("key", key).text("callback", callback));
}

/** Calls a method of the skill itself, later. */
export function newSchedule(method: string, delayMs: i64, payload: Uint8Array = new Uint8Array(0)): Command {
  const request = new Request().text("method", method).integer("delay_ms", delayMs).bytes("payload", payload);
  return command(CMD_SCHEDULE, request);
}

function command(type: string, request: Request): Command {
  const made = new Command();
  made.type = type;
  made.payload = request.finish();
  return made;
}
