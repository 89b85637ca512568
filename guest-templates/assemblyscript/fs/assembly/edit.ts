// Changing files, and showing what changed.

import { fsRead, fsWrite } from "@luminarys/sdk-as";
import { Diff } from "./diff";
import { contents, entry } from "./files";
import { Lines, lastEnd } from "./lines";
import { bytes, decoded, size, text } from "./report";

/** Makes the file's content `content`. */
export function write(path: string, content: string): string {
  const exists = entry(path) != null;
  const old = exists ? contents(path) : null;
  const encoded = bytes(content);
  fsWrite(path, encoded);
  if (!exists) return created(path, content);
  const before = old ? decoded(old) : null;
  if (before !== null) return changed("Wrote", path, before, content);
  return "Wrote " + path + " (" + size(encoded.length) + ", in place of a long or binary file)";
}

/** Adds `line` to the file's end. */
export function appendLine(path: string, line: string): string {
  const content = entry(path) ? fsRead(path) : new Uint8Array(0);
  const end = lastEnd(content);
  // The last line may have no end: without one, the two would become one.
  const isOpen = content.length > 0 && content[content.length - 1] != end.charCodeAt(end.length - 1);
  const addition = bytes((isOpen ? end : "") + line + end);
  const whole = new Uint8Array(content.length + addition.length);
  whole.set(content);
  whole.set(addition, content.length);
  fsWrite(path, whole);
  return "Appended to " + path + ": " + line;
}

/** Replaces `old` by `fresh`, once or everywhere. */
export function edit(path: string, old: string, fresh: string, everywhere: bool): string {
  if (!entry(path)) {
    if (old.length > 0) throw new Error("not found: " + path + "; give an empty old_string to make a new file");
    fsWrite(path, bytes(fresh));
    return created(path, fresh);
  }
  if (old.length == 0) throw new Error(path + " exists already; old_string must be the text to replace");
  const before = Lines.of(text(path, fsRead(path)));
  const wanted = before.argument(old);
  const given = before.argument(fresh);
  if (wanted == given) throw new Error("old_string and new_string are the same: there is nothing to change");
  const hits = occurrences(before.text, wanted);
  if (hits == 0) {
    throw new Error("old_string was not found in " + path + "; it must match exactly, blanks included");
  }
  if (hits > 1 && !everywhere) {
    const where = "old_string is at " + hits.toString() + " locations in " + path;
    throw new Error(where + "; add lines around it until it is at one, or set replace_all");
  }
  const after = before.replace(wanted, given);
  fsWrite(path, bytes(after.file()));
  return changed("Edited", path, before.text, after.text);
}

function occurrences(text: string, wanted: string): i32 {
  let count = 0;
  let place = text.indexOf(wanted);
  while (place >= 0) {
    count++;
    place = text.indexOf(wanted, place + wanted.length);
  }
  return count;
}

function created(path: string, content: string): string {
  return "Created new file: " + path + "\n\n" + new Diff("", content).unified(path);
}

function changed(verb: string, path: string, before: string, after: string): string {
  const diff = new Diff(before, after);
  const counts = "(+" + diff.added.toString() + "/-" + diff.removed.toString() + " lines)";
  return verb + " " + path + " " + counts + "\n\n" + diff.unified(path);
}
