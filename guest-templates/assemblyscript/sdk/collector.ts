/**
 * An array under way. The garbage collector looks through the whole of an array again after each addition that it comes
 * across: one that grew by pushing would take the square of its length.
 */
export class Collector<T> {
  private full: T[][] = [];
  private last: T[] = [];

  push(item: T): void {
    if (this.last.length == 512) {
      this.full.push(this.last);
      this.last = [];
    }
    this.last.push(item);
  }

  /** All that has been added. */
  finish(): T[] {
    if (this.full.length == 0) return this.last;
    const all = new Array<T>(this.full.length * 512 + this.last.length);
    let place = 0;
    for (let index = 0; index < this.full.length; index++) {
      const part = this.full[index];
      for (let at = 0; at < part.length; at++) all[place++] = part[at];
    }
    for (let at = 0; at < this.last.length; at++) all[place++] = this.last[at];
    return all;
  }
}
