// MessagePack, written: every value in the smallest form.

/** Writes values one after the other. */
export class Encoder {
  private buffer: ArrayBuffer = new ArrayBuffer(128);
  private used: i32 = 0;

  encode_nil(): void {
    this.byte(0xc0);
  }

  encode_bool(v: bool): void {
    this.byte(v ? 0xc3 : 0xc2);
  }

  encode_u32(v: u32): void {
    this.encode_i64(<i64>v);
  }

  encode_i64(v: i64): void {
    if (v >= -32 && v < 128) this.byte(<u8>v);
    else if (v >= 0) this.unsigned(<u64>v);
    else if (v >= i8.MIN_VALUE) this.marked<u8>(0xd0, <u8>v);
    else if (v >= i16.MIN_VALUE) this.marked<u16>(0xd1, <u16>v);
    else if (v >= i32.MIN_VALUE) this.marked<u32>(0xd2, <u32>v);
    else this.marked<u64>(0xd3, <u64>v);
  }

  encode_f64(v: f64): void {
    this.marked<u64>(0xcb, reinterpret<u64>(v));
  }

  /** Text. Halves of surrogate pairs, which UTF-8 has not, become U+FFFD. */
  encode_str(s: string): void {
    const length = String.UTF8.byteLength(s);
    if (length < 32) this.byte(<u8>(0xa0 | length));
    else if (length < 0x100) this.marked<u8>(0xd9, <u8>length);
    else if (length < 0x10000) this.marked<u16>(0xda, <u16>length);
    else this.marked<u32>(0xdb, <u32>length);
    const place = this.reserve(length);
    String.UTF8.encodeUnsafe(changetype<usize>(s), s.length, place, false, String.UTF8.ErrorMode.REPLACE);
  }

  encode_bin(data: Uint8Array): void {
    const length = data.length;
    if (length < 0x100) this.marked<u8>(0xc4, <u8>length);
    else if (length < 0x10000) this.marked<u16>(0xc5, <u16>length);
    else this.marked<u32>(0xc6, <u32>length);
    memory.copy(this.reserve(length), data.dataStart, length);
  }

  /** The beginning of a map: as many pairs of key and value must follow. */
  encode_map_header(n: i32): void {
    if (n < 16) this.byte(<u8>(0x80 | n));
    else if (n < 0x10000) this.marked<u16>(0xde, <u16>n);
    else this.marked<u32>(0xdf, <u32>n);
  }

  /** The beginning of an array: as many values must follow. */
  encode_array_header(n: i32): void {
    if (n < 16) this.byte(<u8>(0x90 | n));
    else if (n < 0x10000) this.marked<u16>(0xdc, <u16>n);
    else this.marked<u32>(0xdd, <u32>n);
  }

  /** A copy of everything written so far. */
  finish(): Uint8Array {
    const bytes = new Uint8Array(this.used);
    memory.copy(bytes.dataStart, changetype<usize>(this.buffer), this.used);
    return bytes;
  }

  private unsigned(value: u64): void {
    if (value <= u8.MAX_VALUE) this.marked<u8>(0xcc, <u8>value);
    else if (value <= u16.MAX_VALUE) this.marked<u16>(0xcd, <u16>value);
    else if (value <= u32.MAX_VALUE) this.marked<u32>(0xce, <u32>value);
    else this.marked<u64>(0xcf, value);
  }

  private byte(value: u8): void {
    store<u8>(this.reserve(1), value);
  }

  /** A marker, and a number with its highest byte first. */
  private marked<T>(marker: u8, value: T): void {
    this.byte(marker);
    store<T>(this.reserve(sizeof<T>()), bswap<T>(value));
  }

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
}
