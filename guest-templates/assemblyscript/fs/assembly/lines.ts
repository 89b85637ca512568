// Texts whose line ends stay as they are in the file.

import { Writer } from "./writer";

/** A file's text with LF for every line end, and what each line end is in the file. */
export class Lines {
  constructor(public text: string, private ends: string[]) {}

  /** Reads a file's text. Where it has no LF, a CR ends a line; elsewhere a lone CR is a character like others. */
  static of(file: string): Lines {
    const separator = file.includes("\n") ? "\n" : "\r";
    const text = new Writer();
    const ends: string[] = [];
    let start = 0;
    let end = file.indexOf(separator);
    while (end >= 0) {
      const isPair = separator == "\n" && end > start && file.charCodeAt(end - 1) == 0x0d;
      text.add(file.substring(start, isPair ? end - 1 : end) + "\n");
      ends.push(isPair ? "\r\n" : separator);
      start = end + 1;
      end = file.indexOf(separator, start);
    }
    text.add(file.substring(start));
    return new Lines(text.finish(), ends);
  }

  /** Gives an argument the line ends of `text`. */
  argument(argument: string): string {
    if (this.ends.length == 0) return argument;
    const unix = argument.replaceAll("\r\n", "\n");
    return this.ends[0] == "\r" ? unix.replaceAll("\r", "\n") : unix;
  }

  /**
   * Replaces `old` by `fresh` everywhere. Lines that both begin or end with keep their ends; other lines of `fresh` take
   * those of the lines they replace, or of the line at that place.
   */
  replace(old: string, fresh: string): Lines {
    const oldLines = old.split("\n");
    const freshLines = fresh.split("\n");
    const removed = oldLines.length - 1;
    const added = freshLines.length - 1;
    const shared = min(removed, added);
    let head = 0;
    while (head < shared && oldLines[head] == freshLines[head]) head++;
    let tail = 0;
    while (tail < shared - head && oldLines[removed - tail] == freshLines[added - tail]) tail++;

    const text = new Writer();
    const ends: string[] = [];
    let start = 0;
    let at = 0;
    let place = this.text.indexOf(old);
    while (place >= 0) {
      text.add(this.text.substring(start, place) + fresh);
      for (let next = at + breaks(this.text, start, place); at < next; at++) ends.push(this.ends[at]);
      const first = at + head;
      const last = at + removed - tail;
      for (; at < first; at++) ends.push(this.ends[at]);
      for (let line = 0; line < added - head - tail; line++) ends.push(this.end(first, last, line));
      at = last;
      for (const next = last + tail; at < next; at++) ends.push(this.ends[at]);
      start = place + old.length;
      place = this.text.indexOf(old, start);
    }
    text.add(this.text.substring(start));
    for (; at < this.ends.length; at++) ends.push(this.ends[at]);
    return new Lines(text.finish(), ends);
  }

  /** The line end of a new line where the ends from `first` to `last` are replaced. */
  private end(first: i32, last: i32, line: i32): string {
    if (first < last) return this.ends[min(first + line, last - 1)];
    if (this.ends.length == 0) return "\n";
    return this.ends[min(first, this.ends.length - 1)];
  }

  /** Gives the text back as the file has it. */
  file(): string {
    const file = new Writer();
    let start = 0;
    for (let at = 0; at < this.ends.length; at++) {
      const end = this.text.indexOf("\n", start);
      file.add(this.text.substring(start, end) + this.ends[at]);
      start = end + 1;
    }
    file.add(this.text.substring(start));
    return file.finish();
  }
}

function breaks(text: string, start: i32, end: i32): i32 {
  let count = 0;
  for (let place = start; place < end; place++) {
    if (text.charCodeAt(place) == 0x0a) count++;
  }
  return count;
}

/** The line end of a file: that of the last line that has one; LF where none has. */
export function lastEnd(content: Uint8Array): string {
  const at = content.lastIndexOf(0x0a);
  if (at > 0 && content[at - 1] == 0x0d) return "\r\n";
  return at < 0 && content.includes(0x0d) ? "\r" : "\n";
}
