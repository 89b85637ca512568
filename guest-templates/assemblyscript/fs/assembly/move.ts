// Moving. The ABI has no renaming: what is moved is copied, and deleted once all of it is there.

import { fsChmod, fsCopy, fsDelete, fsLs, fsMkdir } from "@luminarys/sdk-as";
import { entry } from "./files";

export function move(source: string, dest: string): void {
  const found = entry(source);
  if (!found) throw new Error("not found: " + source);
  const from = bare(source);
  const to = bare(dest);
  if (from == to) throw new Error(source + " is there already");
  if (found.mode_str.startsWith("l")) throw new Error("a link cannot be moved: " + from);
  if (found.is_dir) {
    if (to.startsWith(from + "/")) throw new Error(source + " cannot be moved into itself");
    if (entry(to)) throw new Error("exists already: " + dest);
    copyDirectory(from, to, found.mode);
  } else {
    fsCopy(from, to);
  }
  fsDelete(from);
}

function copyDirectory(from: string, to: string, mode: u32): void {
  // Braces would make several directories.
  if (to.includes("{")) throw new Error("a directory is not moved to a name with braces: " + to);
  fsMkdir(to);
  const entries = fsLs(from, true);
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index];
    const name = "/" + entry.name;
    if (entry.mode_str.startsWith("l")) throw new Error("a link cannot be moved: " + from + name);
    if (entry.is_dir) copyDirectory(from + name, to + name, entry.mode);
    else fsCopy(from + name, to + name);
  }
  if (mode != 0) fsChmod(to, mode);
}

/** Without slashes at its end. */
function bare(path: string): string {
  let end = path.length;
  while (end > 1 && path.charAt(end - 1) == "/") end--;
  return path.substring(0, end);
}
