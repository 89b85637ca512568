// How results read.

/** A text's bytes. */
export function bytes(text: string): Uint8Array {
  return Uint8Array.wrap(String.UTF8.encode(text));
}

/** A file's bytes as text, or null for a binary file. */
export function decoded(content: Uint8Array): string | null {
  const text = String.UTF8.decode(content.buffer);
  if (text.includes("\0")) return null;
  // What is not UTF-8 does not come back as it was.
  const again = bytes(text);
  if (again.length != content.length) return null;
  return memory.compare(again.dataStart, content.dataStart, content.length) == 0 ? text : null;
}

/** A file's bytes as text; an error for a binary file. */
export function text(path: string, content: Uint8Array): string {
  const text = decoded(content);
  if (text === null) throw new Error(path + " is a binary file; this method reads text in UTF-8 only");
  return text;
}

/** A size with one decimal: `12B`, `1.5KB`, `2.0MB`. */
export function size(bytes: i64): string {
  if (bytes < 1024) return bytes.toString() + "B";
  const units = ["KB", "MB", "GB", "TB"];
  let amount = <f64>bytes / 1024;
  let unit = 0;
  while (amount >= 1024 && unit + 1 < units.length) {
    amount /= 1024;
    unit++;
  }
  const tenths = <i64>Math.round(amount * 10);
  return (tenths / 10).toString() + "." + (tenths % 10).toString() + units[unit];
}

/** Permission bits: `0644`. */
export function octal(mode: u32): string {
  return mode.toString(8).padStart(4, "0");
}

/** Seconds since 1970 as `2026-05-04 09:30`, in UTC. */
export function time(seconds: i64): string {
  return new Date(seconds * 1000).toISOString().substring(0, 16).replace("T", " ");
}
