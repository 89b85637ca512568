// Archives, tar.gz and zip, in the directories that `permissions.fs` grants.

import { Collector } from "./collector";
import { Request } from "./host";
import * as env from "./imports";

export class ArchivePackResult {
  files_count: i32 = 0;
  format: string = "";
}

/** Packs a directory. `exclude` holds globs with commas between them. */
export function archivePack(
  source: string,
  output: string,
  format: string = "tar.gz",
  exclude: string = "",
): ArchivePackResult {
  const request = new Request().text("source", source).text("output", output);
  const reply = request.text("format", format).text("exclude", exclude).send(env.archive_pack, "archive_pack");
  const made = new ArchivePackResult();
  made.files_count = <i32>reply.getField("files_count").getInt();
  made.format = reply.getField("format").getStr();
  return made;
}

/**
 * Unpacks an archive, and returns how many files there were.
 *
 * @param format as the file's name says when empty
 * @param exclude globs with commas between them
 * @param strip leaves out so many of the first parts of every name
 */
export function archiveUnpack(
  archive: string,
  dest: string,
  format: string = "",
  exclude: string = "",
  strip: i32 = 0,
): i32 {
  const request = new Request().text("archive", archive).text("dest", dest).text("format", format);
  const reply = request.text("exclude", exclude).integer("strip", strip).send(env.archive_unpack, "archive_unpack");
  return <i32>reply.getField("files_count").getInt();
}

export class ArchiveEntry {
  name: string = "";
  size: i64 = 0;
  is_dir: bool = false;
}

/** What is in an archive. */
export function archiveList(archive: string, format: string = "", exclude: string = ""): ArchiveEntry[] {
  const request = new Request().text("archive", archive).text("format", format).text("exclude", exclude);
  const entries = request.send(env.archive_list, "archive_list").getField("entries");
  const made = new Collector<ArchiveEntry>();
  for (let index = 0; index < entries.getArrayLen(); index++) {
    const entry = new ArchiveEntry();
    entry.name = entries.getIndex(index).getField("name").getStr();
    entry.size = entries.getIndex(index).getField("size").getInt();
    entry.is_dir = entries.getIndex(index).getField("is_dir").getBool();
    made.push(entry);
  }
  return made.finish();
}
