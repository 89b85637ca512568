// How the host is called: a request as a map, a reply as a value.

import { Collector } from "./collector";
import { Decoder } from "./decoder";
import { Encoder } from "./encoder";
import { MsgValue } from "./value";

/** Calls a function of the host with an encoded request, and decodes its reply. An `error` in it is left to the caller. */
export function abiCall(fn: (ptr: u32, len: u32) => u64, encoded: Uint8Array): MsgValue {
  const packed = fn(<u32>encoded.dataStart, encoded.length);
  const length = <i32>(packed & 0xffffffff);
  if (length == 0) return MsgValue.nil();
  const reply = new Uint8Array(length);
  memory.copy(reply.dataStart, <usize>(packed >> 32), length);
  return new Decoder(reply).decode();
}

/** Throws when a reply has an `error`. */
export function checkError(resp: MsgValue, op: string): void {
  const error = resp.getField("error").getStr();
  if (error.length > 0) throw new Error("abi error: " + op + ": " + error);
}

/** A request without fields. */
export function emptyReq(): Uint8Array {
  return new Request().finish();
}

/** A request under way: a map whose fields, 15 at most, are counted as they are added. */
export class Request {
  private fields: u8 = 0;
  private out: Encoder = new Encoder();

  constructor() {
    this.out.encode_map_header(0);
  }

  /** Adds a key; the caller writes its value. */
  key(key: string): Encoder {
    this.fields++;
    this.out.encode_str(key);
    return this.out;
  }

  text(key: string, value: string): this {
    this.key(key).encode_str(value);
    return this;
  }

  integer(key: string, value: i64): this {
    this.key(key).encode_i64(value);
    return this;
  }

  flag(key: string, value: bool): this {
    this.key(key).encode_bool(value);
    return this;
  }

  bytes(key: string, value: Uint8Array): this {
    this.key(key).encode_bin(value);
    return this;
  }

  texts(key: string, values: string[]): this {
    const out = this.key(key);
    out.encode_array_header(values.length);
    for (let index = 0; index < values.length; index++) out.encode_str(values[index]);
    return this;
  }

  finish(): Uint8Array {
    const bytes = this.out.finish();
    bytes[0] = 0x80 | this.fields;
    return bytes;
  }

  /** Calls the host. Throws when the reply has an `error`. */
  send(fn: (ptr: u32, len: u32) => u64, op: string): MsgValue {
    const reply = abiCall(fn, this.finish());
    checkError(reply, op);
    return reply;
  }
}

/** A list of texts. */
export function texts(list: MsgValue): string[] {
  const made = new Collector<string>();
  for (let index = 0; index < list.getArrayLen(); index++) made.push(list.getIndex(index).getStr());
  return made.finish();
}
