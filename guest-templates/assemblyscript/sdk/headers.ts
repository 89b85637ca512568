// A JSON object whose values are texts, numbers or booleans.

const QUOTE: i32 = 0x22;
const BACKSLASH: i32 = 0x5c;
const COMMA: i32 = 0x2c;
const COLON: i32 = 0x3a;
const OPEN: i32 = 0x7b;
const CLOSE: i32 = 0x7d;

export class HeaderParser {
  private place: i32 = 0;

  constructor(private json: string) {}

  /** Names and values in turn. */
  pairs(): string[] {
    const pairs: string[] = [];
    if (this.next() < 0) return pairs;
    this.expect(OPEN);
    if (this.next() != CLOSE) {
      do {
        pairs.push(this.text());
        this.expect(COLON);
        pairs.push(this.next() == QUOTE ? this.text() : this.word());
      } while (this.passed(COMMA));
    }
    this.expect(CLOSE);
    if (this.next() >= 0) throw new Error(this.failure());
    return pairs;
  }

  /** The next character that is no blank; -1 at the end. */
  private next(): i32 {
    while (this.place < this.json.length) {
      const code = this.json.charCodeAt(this.place);
      if (code != 0x20 && code != 0x09 && code != 0x0a && code != 0x0d) return code;
      this.place++;
    }
    return -1;
  }

  private passed(code: i32): bool {
    if (this.next() != code) return false;
    this.place++;
    return true;
  }

  private expect(code: i32): void {
    if (!this.passed(code)) throw new Error(this.failure());
  }

  private text(): string {
    this.expect(QUOTE);
    let text = "";
    let start = this.place;
    while (this.place < this.json.length) {
      const code = this.json.charCodeAt(this.place);
      if (code == QUOTE) {
        text += this.json.substring(start, this.place++);
        return text;
      }
      if (code == BACKSLASH) {
        text += this.json.substring(start, this.place) + this.escaped();
        start = this.place;
      } else {
        this.place++;
      }
    }
    throw new Error(this.failure());
  }

  private escaped(): string {
    const at = this.place + 1;
    this.place += 2;
    if (at >= this.json.length) throw new Error(this.failure());
    switch (this.json.charCodeAt(at)) {
      case QUOTE: return '"';
      case BACKSLASH: return "\\";
      case 0x2f: return "/";
      case 0x62: return "\b";
      case 0x66: return "\f";
      case 0x6e: return "\n";
      case 0x72: return "\r";
      case 0x74: return "\t";
      case 0x75: {
        this.place += 4;
        if (this.place > this.json.length) throw new Error(this.failure());
        const code = F64.parseInt(this.json.substring(at + 1, this.place), 16);
        if (!isFinite(code)) throw new Error(this.failure());
        return String.fromCharCode(<i32>code);
      }
      default: throw new Error(this.failure());
    }
  }

  /** A number, `true` or `false`, as it is written. */
  private word(): string {
    const start = this.place;
    while (this.place < this.json.length) {
      const code = this.json.charCodeAt(this.place);
      const letter = (code >= 0x61 && code <= 0x7a) || code == 0x45;
      const digit = (code >= 0x30 && code <= 0x39) || code == 0x2b || code == 0x2d || code == 0x2e;
      if (!letter && !digit) break;
      this.place++;
    }
    const word = this.json.substring(start, this.place);
    if (word != "true" && word != "false" && !isFinite(F64.parseFloat(word))) throw new Error(this.failure());
    return word;
  }

  private failure(): string {
    return "headers: a JSON object of texts is wanted; character " + (this.place + 1).toString() + " fits none";
  }
}
