// The difference of two texts, by lines: the shortest, as Myers finds it ("An O(ND) Difference Algorithm", 1986).

import { Writer } from "./writer";

/** Unchanged lines shown around a change. */
const CONTEXT: i32 = 3;
/** Changed lines up to which the shortest difference is looked for: that takes the square of them. */
const LIMIT: i32 = 1500;

const SAME: u8 = 0x20;
const REMOVED: u8 = 0x2d;
const ADDED: u8 = 0x2b;

/** A text's lines, with their ends. Where each begins is kept, not the lines: a file may have very many. */
class Lines {
  count: i32 = 0;
  private starts: Int32Array = new Int32Array(0);

  constructor(private text: string) {
    let count = 0;
    for (let place = 0; place < text.length; place = this.after(place)) count++;
    this.count = count;
    this.starts = new Int32Array(count + 1);
    let line = 0;
    for (let place = 0; place < text.length; place = this.after(place)) this.starts[line++] = place;
    this.starts[count] = text.length;
  }

  /** Where the next line begins. */
  private after(place: i32): i32 {
    const end = this.text.indexOf("\n", place);
    return end < 0 ? this.text.length : end + 1;
  }

  line(index: i32): string {
    return this.text.substring(this.starts[index], this.starts[index + 1]);
  }

  same(index: i32, other: Lines, at: i32): bool {
    const length = this.starts[index + 1] - this.starts[index];
    if (length != other.starts[at + 1] - other.starts[at]) return false;
    const here = changetype<usize>(this.text) + (this.starts[index] << 1);
    const there = changetype<usize>(other.text) + (other.starts[at] << 1);
    return memory.compare(here, there, length << 1) == 0;
  }
}

export class Diff {
  added: i32 = 0;
  removed: i32 = 0;
  private before: Lines;
  private after: Lines;
  /** What happens to each line, in order. */
  private steps: u8[] = [];

  constructor(before: string, after: string) {
    const old = new Lines(before);
    const fresh = new Lines(after);
    this.before = old;
    this.after = fresh;
    let head = 0;
    let tail = 0;
    const shorter = min(old.count, fresh.count);
    while (head < shorter && old.same(head, fresh, head)) head++;
    while (tail < shorter - head && old.same(old.count - 1 - tail, fresh, fresh.count - 1 - tail)) tail++;
    this.push(SAME, head);
    this.between(head, old.count - tail, fresh.count - tail);
    this.push(SAME, tail);
    for (let index = 0; index < this.steps.length; index++) {
      if (this.steps[index] == ADDED) this.added++;
      if (this.steps[index] == REMOVED) this.removed++;
    }
  }

  private push(step: u8, count: i32): void {
    for (let index = 0; index < count; index++) this.steps.push(step);
  }

  /** Compares lines from `start` on. */
  private between(start: i32, beforeEnd: i32, afterEnd: i32): void {
    const width = beforeEnd - start;
    const height = afterEnd - start;
    // Nothing to look for where one side is empty.
    const most = width == 0 || height == 0 ? -1 : min(width + height, LIMIT);
    const origin = most + 1;
    // How far each diagonal has come, and how far it had come before each round.
    const reached = new Int32Array(2 * max(most, 0) + 3);
    const rounds: Int32Array[] = [];
    for (let round = 0; round <= most; round++) {
      rounds.push(reached.slice(origin - round - 1, origin + round + 2));
      for (let diagonal = -round; diagonal <= round; diagonal += 2) {
        const at = origin + diagonal;
        const down = diagonal == -round || (diagonal != round && reached[at - 1] < reached[at + 1]);
        let x = down ? reached[at + 1] : reached[at - 1] + 1;
        while (x < width && x - diagonal < height && this.before.same(start + x, this.after, start + x - diagonal)) x++;
        reached[at] = x;
        if (x >= width && x - diagonal >= height) {
          this.walkBack(rounds, width, height);
          return;
        }
      }
    }
    // Too much has changed to look for the shortest.
    this.push(REMOVED, width);
    this.push(ADDED, height);
  }

  private walkBack(rounds: Int32Array[], width: i32, height: i32): void {
    const steps: u8[] = [];
    let x = width;
    let y = height;
    for (let round = rounds.length - 1; round > 0; round--) {
      const reached = rounds[round];
      const at = x - y + round + 1;
      const down = x - y == -round || (x - y != round && reached[at - 1] < reached[at + 1]);
      const fromX = down ? reached[at + 1] : reached[at - 1];
      const fromY = fromX - (down ? x - y + 1 : x - y - 1);
      while (x > fromX && y > fromY) {
        steps.push(SAME);
        x--;
        y--;
      }
      steps.push(down ? ADDED : REMOVED);
      x = fromX;
      y = fromY;
    }
    this.push(SAME, x);
    for (let index = steps.length - 1; index >= 0; index--) this.steps.push(steps[index]);
  }

  /** As a unified diff. Both counts stand in every hunk's header, and an empty side begins at 1. */
  unified(path: string): string {
    if (this.added + this.removed == 0) return "(no changes)";
    const name = path.substring(path.lastIndexOf("/") + 1);
    const out = new Writer();
    out.add("--- " + name + " (original)\n+++ " + name + " (modified)");
    let old = 0;
    let fresh = 0;
    let at = 0;
    while (true) {
      let first = at;
      while (first < this.steps.length && this.steps[first] == SAME) first++;
      if (first == this.steps.length) break;
      const start = max(first - CONTEXT, at);
      old += start - at;
      fresh += start - at;
      const end = this.hunkEnd(first);
      this.header(start, end, old, fresh, out);
      for (at = start; at < end; at++) {
        const step = this.steps[at];
        const line = step == ADDED ? this.after.line(fresh) : this.before.line(old);
        if (step != ADDED) old++;
        if (step != REMOVED) fresh++;
        out.add("\n" + String.fromCharCode(step));
        if (line.endsWith("\n")) out.add(line.substring(0, line.length - 1));
        else out.add(line + "\n\\ No newline at end of file");
      }
    }
    return out.finish();
  }

  private header(start: i32, end: i32, old: i32, fresh: i32, out: Writer): void {
    let removed = 0;
    let added = 0;
    for (let at = start; at < end; at++) {
      if (this.steps[at] != ADDED) removed++;
      if (this.steps[at] != REMOVED) added++;
    }
    out.add("\n@@ -" + range(old, removed) + " +" + range(fresh, added) + " @@");
  }

  /** Where a hunk ends: after the first change that has nothing but unchanged lines behind it, or many of them. */
  private hunkEnd(first: i32): i32 {
    let last = first;
    for (let index = first; index < this.steps.length && index <= last + 2 * CONTEXT + 1; index++) {
      if (this.steps[index] != SAME) last = index;
    }
    return min(last + CONTEXT + 1, this.steps.length);
  }
}

function range(start: i32, count: i32): string {
  return (start + 1).toString() + "," + count.toString();
}
