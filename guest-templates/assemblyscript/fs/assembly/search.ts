// Searching text.

import { GrepFileMatch, fsGrep } from "@luminarys/sdk-as";
import { small } from "./listing";
import { Writer } from "./writer";

export class Search {
  fixed: bool = false;
  caseInsensitive: bool = false;
  /** Globs with commas between them. */
  include: string = "";
  exclude: string = "";
  maxCount: i64 = 0;

  constructor(
    private pattern: string,
    private path: string,
    private kind: string,
  ) {}

  /** Matching lines, by file. */
  lines(): string {
    const files = this.run(false);
    if (files.length == 0) return this.none();
    let total = 0;
    for (let index = 0; index < files.length; index++) total += files[index].matches.length;
    const shown = new Writer();
    shown.line(total.toString() + " matches across " + files.length.toString() + " files");
    for (let index = 0; index < files.length; index++) {
      const matches = files[index].matches;
      shown.line("\n" + files[index].path + " (" + matches.length.toString() + " matches)");
      for (let at = 0; at < matches.length; at++) {
        shown.line("  " + matches[at].line_num.toString().padStart(5) + ": " + matches[at].line);
      }
    }
    return shown.finish();
  }

  /** Matching files. */
  files(): string {
    const files = this.run(true);
    if (files.length == 0) return this.none();
    const shown = new Writer();
    for (let index = 0; index < files.length; index++) shown.line(files[index].path);
    return shown.finish();
  }

  private run(namesOnly: bool): GrepFileMatch[] {
    return fsGrep(
      this.pattern,
      this.path,
      this.fixed,
      this.caseInsensitive,
      !namesOnly,
      globs(this.include),
      globs(this.exclude),
      small(this.maxCount),
      0,
      0,
      this.kind,
      [],
      namesOnly,
    );
  }

  private none(): string {
    return "(no matches for: " + this.pattern + ")";
  }
}

/** What stands between commas; those in braces belong to their glob. */
function globs(list: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index <= list.length; index++) {
    const character = list.charAt(index);
    if (character == "{") depth++;
    if (character == "}") depth--;
    if (index < list.length && (character != "," || depth > 0)) continue;
    const glob = list.substring(start, index).trim();
    if (glob.length > 0) found.push(glob);
    start = index + 1;
  }
  return found;
}
