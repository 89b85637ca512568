// MessagePack: what is written is the smallest form, what is read is any.

/** Writes values one after the other. */
export class Encoder {
  private buffer: ArrayBuffer = new ArrayBuffer(256);
  private used: i32 = 0;

  private reserve(count: i32): usize {
    const needed = this.used + count;
    if (needed > this.buffer.byteLength) {
      const larger = new ArrayBuffer(max(needed, this.buffer.byteLength * 2));
      memory.copy(changetype<usize>(larger), changetype<usize>(this.buffer), this.used);
      this.buffer = larger;
    }
    const place = changetype<usize>(this.buffer) + this.used;
    this.used = needed;
    return place;
  }

  private byte(value: u8): void {
    store<u8>(this.reserve(1), value);
  }

  /** A marker and a length, in the smallest of the forms of 8, 16 and 32 bits. */
  private sized(marker8: u8, marker16: u8, marker32: u8, length: i32): void {
    if (length < 256 && marker8 != 0) {
      this.byte(marker8);
      this.byte(<u8>length);
    } else if (length < 65536) {
      this.byte(marker16);
      store<u16>(this.reserve(2), bswap<u16>(<u16>length));
    } else {
      this.byte(marker32);
      store<u32>(this.reserve(4), bswap<u32>(length));
    }
  }

  nil(): this {
    this.byte(0xc0);
    return this;
  }

  flag(value: bool): this {
    this.byte(value ? 0xc3 : 0xc2);
    return this;
  }

  integer(value: i64): this {
    if (value >= 0 && value < 128) {
      this.byte(<u8>value);
    } else if (value < 0 && value >= -32) {
      this.byte(<u8>(0xe0 | (value & 0x1f)));
    } else {
      this.byte(0xd3);
      store<i64>(this.reserve(8), bswap<i64>(value));
    }
    return this;
  }

  float(value: f64): this {
    this.byte(0xcb);
    store<u64>(this.reserve(8), bswap<u64>(reinterpret<u64>(value)));
    return this;
  }

  text(value: string): this {
    const encoded = String.UTF8.encode(value);
    const length = encoded.byteLength;
    if (length < 32) this.byte(<u8>(0xa0 | length));
    else this.sized(0xd9, 0xda, 0xdb, length);
    memory.copy(this.reserve(length), changetype<usize>(encoded), length);
    return this;
  }

  bytes(value: Uint8Array): this {
    this.sized(0xc4, 0xc5, 0xc6, value.length);
    memory.copy(this.reserve(value.length), value.dataStart, value.length);
    return this;
  }

  /** The beginning of an array of so many items. */
  array(length: i32): this {
    if (length < 16) this.byte(<u8>(0x90 | length));
    else this.sized(0, 0xdc, 0xdd, length);
    return this;
  }

  /** The beginning of a map of so many pairs. */
  map(length: i32): this {
    if (length < 16) this.byte(<u8>(0x80 | length));
    else this.sized(0, 0xde, 0xdf, length);
    return this;
  }

  /** Everything written so far. */
  finish(): Uint8Array {
    return Uint8Array.wrap(this.buffer, 0, this.used);
  }
}

export enum Kind {
  Nil,
  Flag,
  Integer,
  Float,
  Text,
  Bytes,
  List,
  Map,
}

/** A decoded value. What is asked of one of another kind is empty. */
export class Value {
  kind: Kind = Kind.Nil;
  number: i64 = 0;
  real: f64 = 0;
  content: Uint8Array = new Uint8Array(0);
  keys: Value[] = [];
  items: Value[] = [];

  text(): string {
    if (this.kind != Kind.Text && this.kind != Kind.Bytes) return "";
    return String.UTF8.decodeUnsafe(this.content.dataStart, this.content.length);
  }

  integer(): i64 {
    return this.kind == Kind.Float ? <i64>this.real : this.number;
  }

  float(): f64 {
    return this.kind == Kind.Float ? this.real : <f64>this.number;
  }

  flag(): bool {
    return this.integer() != 0;
  }

  /** A value of a map; nil when it has none. */
  field(key: string): Value {
    for (let index = 0; index < this.keys.length; index++) {
      if (this.keys[index].text() == key) return this.items[index];
    }
    return new Value();
  }
}

/** Reads one value. */
export function decode(bytes: Uint8Array): Value {
  return new Decoder(bytes).value(0);
}

class Decoder {
  private place: i32 = 0;

  constructor(private bytes: Uint8Array) {}

  private take(count: i32): usize {
    if (count < 0 || count > this.bytes.length - this.place) throw new Error("malformed MessagePack");
    const place = this.bytes.dataStart + this.place;
    this.place += count;
    return place;
  }

  private length(size: i32): i32 {
    if (size == 1) return load<u8>(this.take(1));
    if (size == 2) return bswap<u16>(load<u16>(this.take(2)));
    return bswap<u32>(load<u32>(this.take(4)));
  }

  private integer(value: i64): Value {
    const made = new Value();
    made.kind = Kind.Integer;
    made.number = value;
    return made;
  }

  private float(value: f64): Value {
    const made = new Value();
    made.kind = Kind.Float;
    made.real = value;
    return made;
  }

  private sliced(kind: Kind, length: i32): Value {
    const start = this.take(length);
    const made = new Value();
    made.kind = kind;
    made.content = new Uint8Array(length);
    memory.copy(made.content.dataStart, start, length);
    return made;
  }

  private list(length: i32, depth: i32): Value {
    const made = new Value();
    made.kind = Kind.List;
    for (let index = 0; index < length; index++) made.items.push(this.value(depth));
    return made;
  }

  private map(length: i32, depth: i32): Value {
    const made = new Value();
    made.kind = Kind.Map;
    for (let index = 0; index < length; index++) {
      made.keys.push(this.value(depth));
      made.items.push(this.value(depth));
    }
    return made;
  }

  value(depth: i32): Value {
    if (depth > 100) throw new Error("MessagePack is nested too deeply");
    const marker = load<u8>(this.take(1));
    const inner = depth + 1;
    if (marker < 0x80) return this.integer(marker);
    if (marker < 0x90) return this.map(marker & 0x0f, inner);
    if (marker < 0xa0) return this.list(marker & 0x0f, inner);
    if (marker < 0xc0) return this.sliced(Kind.Text, marker & 0x1f);
    if (marker >= 0xe0) return this.integer(<i64>(<i8>marker));
    switch (marker) {
      case 0xc2:
      case 0xc3: {
        const made = this.integer(marker & 1);
        made.kind = Kind.Flag;
        return made;
      }
      case 0xc4: return this.sliced(Kind.Bytes, this.length(1));
      case 0xc5: return this.sliced(Kind.Bytes, this.length(2));
      case 0xc6: return this.sliced(Kind.Bytes, this.length(4));
      case 0xca: return this.float(reinterpret<f32>(bswap<u32>(load<u32>(this.take(4)))));
      case 0xcb: return this.float(reinterpret<f64>(bswap<u64>(load<u64>(this.take(8)))));
      case 0xcc: return this.integer(load<u8>(this.take(1)));
      case 0xcd: return this.integer(bswap<u16>(load<u16>(this.take(2))));
      case 0xce: return this.integer(bswap<u32>(load<u32>(this.take(4))));
      case 0xcf:
      case 0xd3: return this.integer(bswap<i64>(load<i64>(this.take(8))));
      case 0xd0: return this.integer(load<i8>(this.take(1)));
      case 0xd1: return this.integer(<i64>bswap<i16>(load<i16>(this.take(2))));
      case 0xd2: return this.integer(<i64>bswap<i32>(load<i32>(this.take(4))));
      case 0xd9: return this.sliced(Kind.Text, this.length(1));
      case 0xda: return this.sliced(Kind.Text, this.length(2));
      case 0xdb: return this.sliced(Kind.Text, this.length(4));
      case 0xdc: return this.list(this.length(2), inner);
      case 0xdd: return this.list(this.length(4), inner);
      case 0xde: return this.map(this.length(2), inner);
      case 0xdf: return this.map(this.length(4), inner);
      case 0xc0: return new Value();
      default: throw new Error("malformed MessagePack");
    }
  }
}
