// MessagePack, a value.

/**
 * A decoded value. What is asked of a value of another kind is empty: a text of a number is "", a number of a text 0.
 */
export class MsgValue {
  /** 0 nil, 1 boolean, 2 integer, 3 float, 4 text, 5 bytes, 6 array, 7 map. */
  kind: u8 = 0;
  b: bool = false;
  i: i64 = 0;
  f: f64 = 0;
  s: string = "";

  // Made when they are wanted: most values are none of these.
  private _bin: Uint8Array | null = null;
  private _arr: MsgValue[] | null = null;
  private _keys: string[] | null = null;
  private _vals: MsgValue[] | null = null;

  static nil(): MsgValue {
    return new MsgValue();
  }

  static bool(b: bool): MsgValue {
    const value = new MsgValue();
    value.kind = 1;
    value.b = b;
    return value;
  }

  static int(i: i64): MsgValue {
    const value = new MsgValue();
    value.kind = 2;
    value.i = i;
    return value;
  }

  static float(f: f64): MsgValue {
    const value = new MsgValue();
    value.kind = 3;
    value.f = f;
    return value;
  }

  static str(s: string): MsgValue {
    const value = new MsgValue();
    value.kind = 4;
    value.s = s;
    return value;
  }

  static bin(b: Uint8Array): MsgValue {
    const value = new MsgValue();
    value.kind = 5;
    value.bin = b;
    return value;
  }

  get bin(): Uint8Array {
    let bin = this._bin;
    if (!bin) this._bin = bin = new Uint8Array(0);
    return bin;
  }

  set bin(value: Uint8Array) {
    this._bin = value;
  }

  /** The items of an array. */
  get arr(): MsgValue[] {
    let arr = this._arr;
    if (!arr) this._arr = arr = [];
    return arr;
  }

  set arr(value: MsgValue[]) {
    this._arr = value;
  }

  /** The keys of a map, in their order. */
  get keys(): string[] {
    let keys = this._keys;
    if (!keys) this._keys = keys = [];
    return keys;
  }

  set keys(value: string[]) {
    this._keys = value;
  }

  /** The values of a map, in the order of their keys. */
  get vals(): MsgValue[] {
    let vals = this._vals;
    if (!vals) this._vals = vals = [];
    return vals;
  }

  set vals(value: MsgValue[]) {
    this._vals = value;
  }

  /** Text; of bytes their text in UTF-8. */
  getStr(): string {
    if (this.kind == 5) return String.UTF8.decodeUnsafe(this.bin.dataStart, this.bin.length);
    return this.kind == 4 ? this.s : "";
  }

  /** A number without its fraction; of a boolean 0 or 1. */
  getInt(): i64 {
    if (this.kind == 1) return this.b ? 1 : 0;
    if (this.kind == 3) return <i64>this.f;
    return this.kind == 2 ? this.i : 0;
  }

  getFloat(): f64 {
    if (this.kind == 3) return this.f;
    return this.kind == 2 ? <f64>this.i : 0;
  }

  /** A boolean; a number that is not 0 is true. */
  getBool(): bool {
    if (this.kind == 1) return this.b;
    if (this.kind == 3) return this.f != 0;
    return this.kind == 2 ? this.i != 0 : false;
  }

  /** Bytes; of text its bytes in UTF-8. */
  getBytes(): Uint8Array {
    if (this.kind == 4) return Uint8Array.wrap(String.UTF8.encode(this.s));
    return this.kind == 5 ? this.bin : new Uint8Array(0);
  }

  getArrayLen(): i32 {
    return this.kind == 6 ? this.arr.length : 0;
  }

  /** An item of an array; nil beyond its ends. */
  getIndex(idx: i32): MsgValue {
    if (idx < 0 || idx >= this.getArrayLen()) return MsgValue.nil();
    return this.arr[idx];
  }

  /** The value of a map's key; nil when it has no such key. */
  getField(key: string): MsgValue {
    if (this.kind != 7) return MsgValue.nil();
    const place = this.keys.indexOf(key);
    return place < 0 ? MsgValue.nil() : this.vals[place];
  }
}
