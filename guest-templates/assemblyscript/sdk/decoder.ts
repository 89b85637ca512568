// MessagePack, read: any form.

import { Collector } from "./collector";
import { MsgValue } from "./value";

/** As deep as arrays and maps may be nested. */
const MAX_DEPTH: i32 = 100;

/** Reads values one after the other. Throws when the bytes end within one. */
export class Decoder {
  private place: i32 = 0;
  private depth: i32 = 0;

  constructor(private data: Uint8Array) {}

  decode(): MsgValue {
    const marker = this.number<u8>();
    if (marker < 0x80 || marker >= 0xe0) return MsgValue.int(<i64>(<i8>marker));
    if (marker < 0x90) return this.map(marker & 0x0f);
    if (marker < 0xa0) return this.array(marker & 0x0f);
    if (marker < 0xc0) return this.text(marker & 0x1f);
    switch (marker) {
      case 0xc0: return MsgValue.nil();
      case 0xc2: return MsgValue.bool(false);
      case 0xc3: return MsgValue.bool(true);
      case 0xc4: return this.bytes(this.number<u8>());
      case 0xc5: return this.bytes(this.number<u16>());
      case 0xc6: return this.bytes(this.number<u32>());
      case 0xc7: return this.extension(this.number<u8>());
      case 0xc8: return this.extension(this.number<u16>());
      case 0xc9: return this.extension(this.number<u32>());
      case 0xca: return MsgValue.float(reinterpret<f32>(this.number<u32>()));
      case 0xcb: return MsgValue.float(reinterpret<f64>(this.number<u64>()));
      case 0xcc: return MsgValue.int(this.number<u8>());
      case 0xcd: return MsgValue.int(this.number<u16>());
      case 0xce: return MsgValue.int(this.number<u32>());
      case 0xcf: return MsgValue.int(this.number<u64>());
      case 0xd0: return MsgValue.int(<i64>(<i8>this.number<u8>()));
      case 0xd1: return MsgValue.int(<i64>(<i16>this.number<u16>()));
      case 0xd2: return MsgValue.int(<i64>(<i32>this.number<u32>()));
      case 0xd3: return MsgValue.int(<i64>this.number<u64>());
      case 0xd4: return this.extension(1);
      case 0xd5: return this.extension(2);
      case 0xd6: return this.extension(4);
      case 0xd7: return this.extension(8);
      case 0xd8: return this.extension(16);
      case 0xd9: return this.text(this.number<u8>());
      case 0xda: return this.text(this.number<u16>());
      case 0xdb: return this.text(this.number<u32>());
      case 0xdc: return this.array(this.number<u16>());
      case 0xdd: return this.array(this.number<u32>());
      case 0xde: return this.map(this.number<u16>());
      case 0xdf: return this.map(this.number<u32>());
      default: throw new Error("malformed MessagePack");
    }
  }

  /** Where the next so many bytes are. */
  private take(count: u32): usize {
    if (count > <u32>(this.data.length - this.place)) throw new Error("malformed MessagePack: its end is missing");
    const start = this.data.dataStart + this.place;
    this.place += count;
    return start;
  }

  private number<T>(): T {
    return bswap<T>(load<T>(this.take(sizeof<T>())));
  }

  private text(length: u32): MsgValue {
    return MsgValue.str(String.UTF8.decodeUnsafe(this.take(length), length));
  }

  private bytes(length: u32): MsgValue {
    const start = this.take(length);
    const bytes = new Uint8Array(length);
    memory.copy(bytes.dataStart, start, length);
    return MsgValue.bin(bytes);
  }

  /** A value of a type that MessagePack does not know: its bytes. */
  private extension(length: u32): MsgValue {
    this.take(1);
    return this.bytes(length);
  }

  private array(length: u32): MsgValue {
    this.enter(length);
    const value = new MsgValue();
    value.kind = 6;
    const items = new Collector<MsgValue>();
    for (let index: u32 = 0; index < length; index++) items.push(this.decode());
    value.arr = items.finish();
    this.depth--;
    return value;
  }

  private map(length: u32): MsgValue {
    this.enter(length);
    const value = new MsgValue();
    value.kind = 7;
    const keys = new Collector<string>();
    const vals = new Collector<MsgValue>();
    for (let index: u32 = 0; index < length; index++) {
      keys.push(this.decode().getStr());
      vals.push(this.decode());
    }
    value.keys = keys.finish();
    value.vals = vals.finish();
    this.depth--;
    return value;
  }

  private enter(length: u32): void {
    // An item is a byte at least: a length that lies is found before anything is made of it.
    if (length > <u32>(this.data.length - this.place)) throw new Error("malformed MessagePack: its end is missing");
    if (++this.depth > MAX_DEPTH) throw new Error("MessagePack is nested too deeply");
  }
}
