// Looking at files and directories.

import { fsGlob, fsLs, fsReadLines } from "@luminarys/sdk-as";
import { entry } from "./files";
import { octal, size, time } from "./report";
import { Writer } from "./writer";

/** Levels that `tree` shows when it is not told. */
const TREE_DEPTH: i32 = 3;

/** A number as the host takes it. */
export function small(value: i64): i32 {
  return <i32>min<i64>(max<i64>(value, 0), i32.MAX_VALUE);
}

/** Lines `start` to `end`, both from 1; `end` 0 means the last. */
export function lines(path: string, start: i64, end: i64): string {
  if (end != 0 && end < start) {
    throw new Error("end (" + end.toString() + ") is before start (" + start.toString() + ")");
  }
  const found = fsReadLines(path, small(start - 1), end == 0 ? 0 : small(end - start + 1));
  const total = found.total_lines.toString();
  if (found.lines.length == 0) return "No lines from " + start.toString() + " on: " + path + " has " + total;
  const last = start + found.lines.length - 1;
  const shown = new Writer();
  shown.add("Showing lines " + start.toString() + "-" + last.toString() + " of " + total + " total");
  if (found.is_truncated) shown.add(" (truncated)");
  for (let index = 0; index < found.lines.length; index++) {
    shown.line((start + index).toString().padStart(5) + ": " + found.lines[index]);
  }
  return shown.finish();
}

/** A directory's entries. */
export function list(path: string, detailed: bool): string {
  // Only a long listing tells a link from a file.
  const entries = fsLs(path, true);
  if (entries.length == 0) return "(empty directory: " + path + ")";
  const shown = new Writer();
  shown.line(path + ":");
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index];
    let line = "  " + entry.name;
    if (entry.is_dir) line += "/\t[dir]";
    else if (entry.mode_str.startsWith("l")) line += "\t[link]";
    else line += "\t" + size(entry.size);
    if (detailed) line += "\t" + time(entry.mod_time) + "\t" + entry.mode_str;
    shown.line(line);
  }
  return shown.finish();
}

/** What stands at `path`. */
export function stat(path: string): string {
  const found = entry(path);
  if (!found) return "path: " + path + "\nexists: false";
  let kind = found.is_dir ? "directory" : "file";
  if (found.mode_str.startsWith("l")) kind = "symlink";
  const shown = ["path: " + path, "exists: true", "type: " + kind];
  shown.push("size: " + found.size.toString() + " (" + size(found.size) + ")");
  if (found.mode_str.length > 0) {
    shown.push("modified: " + time(found.mod_time) + " UTC");
    shown.push("mode: " + octal(found.mode) + " (" + found.mode_str + ")");
  }
  return shown.join("\n");
}

/** Names beneath `path` that match `pattern`. */
export function find(path: string, pattern: string, onlyFiles: bool, hidden: bool, maxDepth: i64): string {
  const found = fsGlob([pattern], path, onlyFiles, false, hidden, small(maxDepth));
  if (found.length == 0) return "(no matches for: " + pattern + ")";
  const base = path.endsWith("/") ? path : path + "/";
  const shown = new Writer();
  for (let index = 0; index < found.length; index++) {
    shown.line(base + found[index].path + (found[index].is_dir ? "/" : ""));
  }
  return shown.finish();
}

/** Everything beneath `path`, indented by level. */
export function tree(path: string, maxDepth: i64, hidden: bool): string {
  const found = fsGlob(["**"], path, false, false, hidden, maxDepth == 0 ? TREE_DEPTH : small(maxDepth));
  const shown = new Writer();
  shown.line(path.endsWith("/") ? path : path + "/");
  for (let index = 0; index < found.length; index++) {
    const parts = found[index].path.split("/");
    shown.line("  ".repeat(parts.length) + parts[parts.length - 1] + (found[index].is_dir ? "/" : ""));
  }
  if (found.length == 0) shown.line("  (empty)");
  return shown.finish();
}
