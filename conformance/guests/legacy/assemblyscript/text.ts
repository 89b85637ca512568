// Answers as the text that all the skills of this kind return.

import { Call, Encoder, Value } from "../../../../guest-templates/assemblyscript/sdk";
import { fields } from "../../../../guest-templates/assemblyscript/sdk/host";

export function path(call: Call): Encoder {
  return fields(1).text("path").text(call.text("path"));
}

export function bytes(text: string): Uint8Array {
  return Uint8Array.wrap(String.UTF8.encode(text));
}

export function utf8(value: Value): string {
  return String.UTF8.decodeUnsafe(value.content.dataStart, value.content.length);
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

export function listed(reply: Value, long: bool): string {
  const entries = reply.field("entries").items;
  const lines: string[] = [];
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index];
    const name = entry.field("name").text();
    if (long) {
      lines.push(entry.field("mode_str").text() + " " + entry.field("mode").integer().toString() + " " + name);
    } else if (entry.field("is_dir").flag()) {
      lines.push(name + "/");
    } else {
      lines.push(name + " " + entry.field("size").integer().toString());
    }
  }
  return lines.join("\n");
}

export function slice(reply: Value): string {
  const found = reply.field("lines").items;
  const lines: string[] = [];
  for (let index = 0; index < found.length; index++) lines.push(found[index].text());
  const offset = reply.field("offset").integer().toString();
  const total = reply.field("total_lines").integer().toString();
  const truncated = reply.field("is_truncated").flag() ? "true" : "false";
  return offset + " " + total + " " + truncated + "\n" + lines.join("\n");
}

export function found(reply: Value): string {
  const files = reply.field("matches").items;
  const lines: string[] = [];
  for (let index = 0; index < files.length; index++) {
    const path = files[index].field("path").text();
    const matches = files[index].field("matches").items;
    for (let at = 0; at < matches.length; at++) {
      const match = matches[at];
      const range = match.field("ranges").items[0];
      const start = range.field("start").integer().toString();
      const end = range.field("end").integer().toString();
      const number = match.field("line_num").integer().toString();
      lines.push(path + ":" + number + ":" + start + "-" + end + ":" + match.field("line").text());
    }
  }
  return lines.join("\n");
}

export function named(reply: Value): string {
  const matches = reply.field("matches").items;
  const lines: string[] = [];
  for (let index = 0; index < matches.length; index++) {
    lines.push(matches[index].field("path").text() + (matches[index].field("is_dir").flag() ? "/" : ""));
  }
  return lines.join("\n");
}

export function rooted(reply: Value): string {
  const dirs = reply.field("dirs").items;
  const lines: string[] = [];
  for (let index = 0; index < dirs.length; index++) {
    lines.push(dirs[index].field("path").text() + " " + dirs[index].field("mode").text());
  }
  return lines.join("\n");
}

export function answered(reply: Value): string {
  return reply.field("status").integer().toString() + " " + utf8(reply.field("body"));
}

export function contained(reply: Value): string {
  const entries = reply.field("entries").items;
  const lines: string[] = [];
  for (let index = 0; index < entries.length; index++) {
    lines.push(entries[index].field("name").text() + " " + entries[index].field("size").integer().toString());
  }
  return lines.join("\n");
}
