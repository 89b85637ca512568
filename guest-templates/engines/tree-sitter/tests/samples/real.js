// Texts whose line ends stay as they are in the file. Nothing here asks the host for anything.

/** A file's text with LF for every line end, and what each line end is in the file. */
export class Lines {
  constructor(text, ends) {
    this.text = text;
    this.ends = ends;
  }

  /** Reads a file's text. Where it has no LF, a CR ends a line; elsewhere a lone CR is a character like others. */
  static of(file) {
    const separator = file.includes('\n') ? '\n' : '\r';
    const parts = file.split(separator);
    const last = parts.pop();
    const ends = parts.map((part) => (part.endsWith('\r') ? '\r\n' : separator));
    const lines = parts.map((part) => (part.endsWith('\r') ? part.slice(0, -1) : part));
    return new Lines([...lines, last].join('\n'), ends);
  }

  /** Gives an argument the line ends of `text`. */
  argument(argument) {
    if (this.ends.length === 0) {
      return argument;
    }
    const unix = argument.replaceAll('\r\n', '\n');
    return this.ends[0] === '\r' ? unix.replaceAll('\r', '\n') : unix;
  }

  /**
   * Replaces `old` by `replacement` everywhere. Lines that both begin or end with keep their ends; other lines of
   * `replacement` take those of the lines they replace, or of the line at that place.
   */
  replace(old, replacement) {
    const oldLines = old.split('\n');
    const newLines = replacement.split('\n');
    const removed = oldLines.length - 1;
    const added = newLines.length - 1;
    const shared = Math.min(removed, added);
    let head = 0;
    while (head < shared && oldLines[head] === newLines[head]) head++;
    let tail = 0;
    while (tail < shared - head && oldLines[removed - tail] === newLines[added - tail]) tail++;

    const parts = this.text.split(old);
    const ends = [];
    let at = 0;
    const keep = (end) => {
      for (; at < end; at++) ends.push(this.ends[at]);
    };
    parts.forEach((part, position) => {
      if (position > 0) {
        const last = at + removed - tail;
        keep(at + head);
        for (let line = 0; line < added - head - tail; line++) ends.push(this.#end(at, last, line));
        at = last;
        keep(at + tail);
      }
      keep(at + part.split('\n').length - 1);
    });
    return new Lines(parts.join(replacement), ends);
  }

  /** The line end of a new line where the ends from `first` to `last` are replaced. */
  #end(first, last, line) {
    if (first < last) {
      return this.ends[Math.min(first + line, last - 1)];
    }
    return this.ends[Math.min(first, this.ends.length - 1)] ?? '\n';
  }

  /** Gives the text back as the file has it. */
  file() {
    const lines = this.text.split('\n');
    return lines.map((line, at) => (at === 0 ? line : this.ends[at - 1] + line)).join('');
  }
}

/** The line end of a file, as its last bytes tell: that of the last line that has one; LF where none has. */
export function lastEnd(tail) {
  const at = tail.lastIndexOf(0x0a);
  if (at > 0 && tail[at - 1] === 0x0d) {
    return '\r\n';
  }
  return at < 0 && tail.includes(0x0d) ? '\r' : '\n';
}
