// As much of JSON as these methods need: whether a text is JSON, the same indented, and a text as JSON.

import { Writer } from "./writer";

const QUOTE: i32 = 0x22;
const BACKSLASH: i32 = 0x5c;

/** As deep as values may be nested. */
const MAX_DEPTH: i32 = 200;

export function isJson(text: string): bool {
  return new Reader(text).whole();
}

/** JSON with a line for each value. Throws when the text is no JSON. */
export function indented(text: string): string {
  const reader = new Reader(text);
  if (!reader.whole()) throw new Error("not JSON: unexpected at character " + (reader.place + 1).toString());
  return reader.out.finish();
}

/** A text as a value of JSON. */
export function quoted(text: string): string {
  const out = new Writer();
  out.add('"');
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code >= 0x20 && code != QUOTE && code != BACKSLASH) continue;
    out.add(text.substring(start, index));
    start = index + 1;
    if (code == QUOTE || code == BACKSLASH) out.add("\\" + String.fromCharCode(code));
    else if (code == 0x0a) out.add("\\n");
    else if (code == 0x0d) out.add("\\r");
    else if (code == 0x09) out.add("\\t");
    else out.add("\\u" + code.toString(16).padStart(4, "0"));
  }
  out.add(text.substring(start));
  out.add('"');
  return out.finish();
}

/** Reads a value and writes it indented. Every function says whether what it reads is there. */
class Reader {
  place: i32 = 0;
  out: Writer = new Writer();
  private depth: i32 = 0;

  constructor(private text: string) {}

  whole(): bool {
    return this.value() && this.next() < 0;
  }

  /** The character here; -1 at the end. */
  private here(): i32 {
    return this.place < this.text.length ? this.text.charCodeAt(this.place) : -1;
  }

  /** The next character that is no blank; -1 at the end. */
  private next(): i32 {
    let code = this.here();
    while (code == 0x20 || code == 0x09 || code == 0x0a || code == 0x0d) {
      this.place++;
      code = this.here();
    }
    return code;
  }

  private passed(code: i32): bool {
    if (this.next() != code) return false;
    this.place++;
    return true;
  }

  private value(): bool {
    const code = this.next();
    if (code == QUOTE) return this.string();
    if (code == 0x7b) return this.items(0x7d, "{", "}");
    if (code == 0x5b) return this.items(0x5d, "[", "]");
    if (code == 0x2d || (code >= 0x30 && code <= 0x39)) return this.number();
    return this.word("true") || this.word("false") || this.word("null");
  }

  /** An object or an array. */
  private items(close: i32, first: string, last: string): bool {
    this.place++;
    if (++this.depth > MAX_DEPTH) return false;
    this.out.add(first);
    if (this.next() != close) {
      let comma = "";
      do {
        this.out.add(comma + "\n" + "  ".repeat(this.depth));
        comma = ",";
        if (close == 0x7d && !this.name()) return false;
        if (!this.value()) return false;
      } while (this.passed(0x2c));
      this.out.add("\n" + "  ".repeat(this.depth - 1));
    }
    this.depth--;
    this.out.add(last);
    return this.passed(close);
  }

  private name(): bool {
    if (this.next() != QUOTE || !this.string() || !this.passed(0x3a)) return false;
    this.out.add(": ");
    return true;
  }

  private string(): bool {
    const start = this.place++;
    while (true) {
      const code = this.here();
      if (code < 0x20) return false;
      this.place++;
      if (code == QUOTE) break;
      if (code == BACKSLASH && !this.escape()) return false;
    }
    this.out.add(this.text.substring(start, this.place));
    return true;
  }

  private escape(): bool {
    const code = this.here();
    this.place++;
    if (code != 0x75) return code >= 0 && '"\\/bfnrt'.includes(String.fromCharCode(code));
    for (let count = 0; count < 4; count++) {
      const digit = this.here() | 0x20;
      if (!((digit >= 0x30 && digit <= 0x39) || (digit >= 0x61 && digit <= 0x66))) return false;
      this.place++;
    }
    return true;
  }

  private digits(): bool {
    const start = this.place;
    while (this.here() >= 0x30 && this.here() <= 0x39) this.place++;
    return this.place > start;
  }

  private number(): bool {
    const start = this.place;
    if (this.here() == 0x2d) this.place++;
    if (this.here() == 0x30) this.place++;
    else if (!this.digits()) return false;
    if (this.here() == 0x2e) {
      this.place++;
      if (!this.digits()) return false;
    }
    if ((this.here() | 0x20) == 0x65) {
      this.place++;
      if (this.here() == 0x2b || this.here() == 0x2d) this.place++;
      if (!this.digits()) return false;
    }
    this.out.add(this.text.substring(start, this.place));
    return true;
  }

  private word(word: string): bool {
    if (!this.text.startsWith(word, this.place)) return false;
    this.place += word.length;
    this.out.add(word);
    return true;
  }
}
