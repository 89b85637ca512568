// Long texts.

/**
 * Text under way, of which each part is copied once. Adding to a string, which `Array.join` does too where the compiler is
 * asked to shrink, copies all of it each time.
 */
export class Writer {
  private buffer: ArrayBuffer = new ArrayBuffer(4096);
  private used: i32 = 0;

  add(text: string): void {
    const size = text.length << 1;
    if (this.used + size > this.buffer.byteLength) {
      const larger = new ArrayBuffer(max(this.used + size, this.buffer.byteLength * 2));
      memory.copy(changetype<usize>(larger), changetype<usize>(this.buffer), this.used);
      this.buffer = larger;
    }
    memory.copy(changetype<usize>(this.buffer) + this.used, changetype<usize>(text), size);
    this.used += size;
  }

  /** Adds text that begins a line of its own. */
  line(text: string): void {
    if (this.used > 0) this.add("\n");
    this.add(text);
  }

  finish(): string {
    return String.UTF16.decodeUnsafe(changetype<usize>(this.buffer), this.used);
  }
}
