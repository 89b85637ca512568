// What the host calls: memory, one call, the description. A skill re-exports these four functions.

import { Call, dispatch } from "./call";
import { describe } from "./describe";
import { Encoder, decode } from "./msgpack";

/** What the host has allocated, kept until it frees it. */
const pinned = new Map<usize, ArrayBuffer>();
/** The result of the last call. */
let result: Uint8Array = new Uint8Array(0);

function packed(bytes: Uint8Array): u64 {
  result = bytes;
  return (<u64>bytes.dataStart << 32) | <u64>bytes.length;
}

export function skill_alloc(size: u32): usize {
  if (size == 0) return 0;
  const buffer = new ArrayBuffer(size);
  const pointer = changetype<usize>(buffer);
  pinned.set(pointer, buffer);
  return pointer;
}

export function skill_free(pointer: usize): void {
  if (pointer == result.dataStart) result = new Uint8Array(0);
  else if (pinned.has(pointer)) pinned.delete(pointer);
}

export function skill_describe(): u64 {
  return packed(describe());
}

export function skill_handle(pointer: usize, length: u32): u64 {
  const request = new Uint8Array(length);
  memory.copy(request.dataStart, pointer, length);
  const call = new Call(decode(request));
  dispatch(call);
  const response = new Encoder();
  response.map(4).text("version").integer(1);
  response.text("state").bytes(call.newState);
  response.text("payload").bytes(call.result.finish());
  response.text("llm_context").text(call.hint);
  return packed(response.finish());
}
