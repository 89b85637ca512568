// Answers as the text that all the skills of this kind return.

import {
  AllowedDir,
  ArchiveEntry,
  DirEntry,
  GlobEntry,
  GrepFileMatch,
  HttpResponse,
  TextFileContent,
} from "../../../../guest-templates/assemblyscript/sdk";

export function bytes(text: string): Uint8Array {
  return Uint8Array.wrap(String.UTF8.encode(text));
}

export function utf8(bytes: Uint8Array): string {
  return String.UTF8.decode(bytes.buffer);
}

/** By code points, not by halves of them. */
export function reversed(text: string): string {
  let made = "";
  for (let index = 0; index < text.length; ) {
    const point = text.codePointAt(index);
    made = String.fromCodePoint(point) + made;
    index += point > 0xffff ? 2 : 1;
  }
  return made;
}

export function words(text: string): i64 {
  const parts = text.split(" ");
  let count: i64 = 0;
  for (let index = 0; index < parts.length; index++) {
    if (parts[index].length > 0) count++;
  }
  return count;
}

export function listed(entries: DirEntry[], long: bool): string {
  const lines: string[] = [];
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index];
    if (long) lines.push(entry.mode_str + " " + entry.mode.toString() + " " + entry.name);
    else if (entry.is_dir) lines.push(entry.name + "/");
    else lines.push(entry.name + " " + entry.size.toString());
  }
  return lines.join("\n");
}

export function slice(content: TextFileContent): string {
  const head = content.offset.toString() + " " + content.total_lines.toString();
  return head + (content.is_truncated ? " true" : " false") + "\n" + content.lines.join("\n");
}

export function found(files: GrepFileMatch[]): string {
  const lines: string[] = [];
  for (let index = 0; index < files.length; index++) {
    const matches = files[index].matches;
    for (let at = 0; at < matches.length; at++) {
      const match = matches[at];
      const range = match.ranges[0].start.toString() + "-" + match.ranges[0].end.toString();
      lines.push(files[index].path + ":" + match.line_num.toString() + ":" + range + ":" + match.line);
    }
  }
  return lines.join("\n");
}

export function named(matches: GlobEntry[]): string {
  const lines: string[] = [];
  for (let index = 0; index < matches.length; index++) {
    lines.push(matches[index].path + (matches[index].is_dir ? "/" : ""));
  }
  return lines.join("\n");
}

export function rooted(dirs: AllowedDir[]): string {
  const lines: string[] = [];
  for (let index = 0; index < dirs.length; index++) lines.push(dirs[index].path + " " + dirs[index].mode);
  return lines.join("\n");
}

export function answered(response: HttpResponse): string {
  return response.status.toString() + " " + utf8(response.body);
}

export function contained(entries: ArchiveEntry[]): string {
  const lines: string[] = [];
  for (let index = 0; index < entries.length; index++) {
    lines.push(entries[index].name + " " + entries[index].size.toString());
  }
  return lines.join("\n");
}
