// What the host calls: memory, one call, the description. `lib.ts` exports these four functions.

import { MethodDesc, describeMethods, encodeDescriptor } from "./describe";
import { InvokeResponse, SkillHandler, decodeRequest, encodeResponse, errorResponse } from "./invoke";

let handler: SkillHandler | null = null;
/** What the host has allocated, kept until it frees it. */
const allocations = new Map<u32, ArrayBuffer>();
/** The last result, kept until the host frees it or there is another. */
let result: Uint8Array = new Uint8Array(0);

/** Says what the skill's methods are and what carries them out. What was said before is forgotten. */
export function register(dispatch: SkillHandler, methods: MethodDesc[]): void {
  handler = dispatch;
  describeMethods(methods);
}

/** Memory for the host. It stays where it is until the host frees it. */
export function skill_alloc(size: u32): u32 {
  if (size == 0) return 0;
  const buffer = new ArrayBuffer(size);
  const pointer = <u32>changetype<usize>(buffer);
  allocations.set(pointer, buffer);
  return pointer;
}

/** Takes back what was allocated, or a result. */
export function skill_free(ptr: u32): void {
  if (allocations.has(ptr)) allocations.delete(ptr);
  else if (ptr == <u32>result.dataStart) result = new Uint8Array(0);
}

/** Carries out one call. */
export function skill_handle(reqPtr: u32, reqLen: u32): u64 {
  const bytes = new Uint8Array(reqLen);
  memory.copy(bytes.dataStart, reqPtr, reqLen);
  const dispatch = handler;
  let response: InvokeResponse;
  if (dispatch) response = dispatch(decodeRequest(bytes));
  else response = errorResponse("the skill has registered no methods");
  return packed(encodeResponse(response));
}

/** Says what the skill is. */
export function skill_describe(): u64 {
  return packed(encodeDescriptor());
}

function packed(bytes: Uint8Array): u64 {
  result = bytes;
  return (<u64>bytes.dataStart << 32) | <u64>bytes.length;
}
