// Files, in the directories that `permissions.fs` grants. Paths are absolute.

import { Collector } from "./collector";
import { Request, texts } from "./host";
import * as env from "./imports";

/** A whole file. */
export function fsRead(path: string): Uint8Array {
  return new Request().text("path", path).send(env.fs_read, "fs_read").getField("content").getBytes();
}

/** Replaces a file, or makes it and its missing directories. */
export function fsWrite(path: string, content: Uint8Array): void {
  new Request().text("path", path).bytes("content", content).send(env.fs_write, "fs_write");
}

/** Makes a file that does not exist yet. */
export function fsCreate(path: string, content: Uint8Array): void {
  new Request().text("path", path).bytes("content", content).send(env.fs_create, "fs_create");
}

/** Deletes a file, or a directory with all that is in it. */
export function fsDelete(path: string): void {
  new Request().text("path", path).send(env.fs_delete, "fs_delete");
}

/** Makes a directory and its missing parents; `/data/{a,b}` makes two. One that exists is no error. */
export function fsMkdir(path: string): void {
  new Request().text("path", path).send(env.fs_mkdir, "fs_mkdir");
}

/** A granted directory. */
export class AllowedDir {
  path: string = "";
  /** `ro` or `rw`. */
  mode: string = "";
}

/** The directories that the manifest grants. */
export function fsAllowedDirs(): AllowedDir[] {
  const dirs = new Request().send(env.fs_allowed_dirs, "fs_allowed_dirs").getField("dirs");
  const made: AllowedDir[] = [];
  for (let index = 0; index < dirs.getArrayLen(); index++) {
    const dir = new AllowedDir();
    dir.path = dirs.getIndex(index).getField("path").getStr();
    dir.mode = dirs.getIndex(index).getField("mode").getStr();
    made.push(dir);
  }
  return made;
}

/** A name in a directory. */
export class DirEntry {
  name: string = "";
  /** 0 for a directory. */
  size: i64 = 0;
  is_dir: bool = false;
  /** Seconds since 1970; only in a long listing, as the two below. */
  mod_time: i64 = 0;
  /** The permission bits. */
  mode: u32 = 0;
  /** Kind and permissions, such as `drwxr-xr-x`. */
  mode_str: string = "";
}

/** What is in a directory. */
export function fsLs(path: string, long: bool = false): DirEntry[] {
  const entries = new Request().text("path", path).flag("long", long).send(env.fs_ls, "fs_ls").getField("entries");
  const made = new Collector<DirEntry>();
  for (let index = 0; index < entries.getArrayLen(); index++) {
    const fields = entries.getIndex(index);
    const entry = new DirEntry();
    entry.name = fields.getField("name").getStr();
    entry.size = fields.getField("size").getInt();
    entry.is_dir = fields.getField("is_dir").getBool();
    entry.mod_time = fields.getField("mod_time").getInt();
    entry.mode = <u32>fields.getField("mode").getInt();
    entry.mode_str = fields.getField("mode_str").getStr();
    made.push(entry);
  }
  return made.finish();
}

/** Some lines of a file. */
export class TextFileContent {
  lines: string[] = [];
  /** Of the whole file. */
  total_lines: i32 = 0;
  offset: i32 = 0;
  /** Whether there are more after these. */
  is_truncated: bool = false;
}

/** Lines of a text file from `offset` on, which counts from 0; all of them when `limit` is 0. */
export function fsReadLines(path: string, offset: i32 = 0, limit: i32 = 0): TextFileContent {
  const request = new Request().text("path", path).integer("offset", offset).integer("limit", limit);
  const reply = request.send(env.fs_read_lines, "fs_read_lines");
  const made = new TextFileContent();
  made.lines = texts(reply.getField("lines"));
  made.total_lines = <i32>reply.getField("total_lines").getInt();
  made.offset = <i32>reply.getField("offset").getInt();
  made.is_truncated = reply.getField("is_truncated").getBool();
  return made;
}

/** Copies one file; one at the destination is replaced. */
export function fsCopy(source: string, dest: string): void {
  new Request().text("source", source).text("dest", dest).send(env.fs_copy, "fs_copy");
}

/** Sets permission bits, such as `0o755`; with `recursive` of all that is inside too. */
export function fsChmod(path: string, mode: u32, recursive: bool = false): void {
  new Request().text("path", path).integer("mode", mode).flag("recursive", recursive).send(env.fs_chmod, "fs_chmod");
}

/** Where in a line: from `start` on, before `end`, in bytes. */
export class GrepRange {
  start: i64 = 0;
  end: i64 = 0;
}

/** A line that matches. */
export class GrepLineMatch {
  /** From 1. */
  line_num: i32 = 0;
  /** Empty unless lines were asked for. */
  line: string = "";
  ranges: GrepRange[] = [];
}

/** A file with lines that match. */
export class GrepFileMatch {
  path: string = "";
  matches: GrepLineMatch[] = [];
}

/**
 * Searches text files for a regular expression, or a plain text when `fixed`.
 *
 * @param path a directory or a file; all granted directories when empty
 * @param withLines tells the lines as well as where they are
 * @param include globs, of which a file must match one
 * @param exclude globs, of which a file must match none
 * @param maxCount lines for each file; 0 for all
 * @param maxDepth levels below `path`; 0 for all
 * @param workers how many search at once; 0 leaves it to the host
 * @param typeFilter `text`, `code`, `all`, or a language
 * @param ignoreDirs names of directories to leave out; the host's own list when empty
 * @param filenameOnly tells the files alone
 */
export function fsGrep(
  pattern: string,
  path: string = "",
  fixed: bool = false,
  caseInsensitive: bool = false,
  withLines: bool = false,
  include: string[] = [],
  exclude: string[] = [],
  maxCount: i32 = 0,
  maxDepth: i32 = 0,
  workers: i32 = 0,
  typeFilter: string = "",
  ignoreDirs: string[] = [],
  filenameOnly: bool = false,
): GrepFileMatch[] {
  const request = new Request().text("pattern", pattern).text("path", path);
  request.flag("fixed", fixed).flag("case_insensitive", caseInsensitive).flag("with_lines", withLines);
  request.texts("include", include).texts("exclude", exclude);
  request.integer("max_count", maxCount).integer("max_depth", maxDepth).integer("workers", workers);
  request.text("type_filter", typeFilter).flag("filename_only", filenameOnly);
  // An empty list would mean that no directory is left out.
  if (ignoreDirs.length > 0) request.texts("ignore_dirs", ignoreDirs);
  const files = request.send(env.fs_grep, "fs_grep").getField("matches");
  const made = new Collector<GrepFileMatch>();
  for (let index = 0; index < files.getArrayLen(); index++) {
    const file = new GrepFileMatch();
    file.path = files.getIndex(index).getField("path").getStr();
    const lines = files.getIndex(index).getField("matches");
    for (let at = 0; at < lines.getArrayLen(); at++) {
      const line = new GrepLineMatch();
      line.line_num = <i32>lines.getIndex(at).getField("line_num").getInt();
      line.line = lines.getIndex(at).getField("line").getStr();
      const ranges = lines.getIndex(at).getField("ranges");
      for (let place = 0; place < ranges.getArrayLen(); place++) {
        const range = new GrepRange();
        range.start = ranges.getIndex(place).getField("start").getInt();
        range.end = ranges.getIndex(place).getField("end").getInt();
        line.ranges.push(range);
      }
      file.matches.push(line);
    }
    made.push(file);
  }
  return made.finish();
}

/** A name that matches. */
export class GlobEntry {
  /** Relative to the directory searched, if one was given. */
  path: string = "";
  is_dir: bool = false;
}

/**
 * Finds names that match one of some globs: `*` stops at `/`, `**` does not.
 *
 * @param path a directory; all granted ones when empty
 * @param matchHidden names that begin with a dot too
 * @param maxDepth levels below `path`; 0 for all
 * @param ignoreDirs names of directories to leave out; the host's own list when empty
 */
export function fsGlob(
  patterns: string[],
  path: string = "",
  onlyFiles: bool = false,
  onlyDirs: bool = false,
  matchHidden: bool = false,
  maxDepth: i32 = 0,
  ignoreDirs: string[] = [],
): GlobEntry[] {
  const request = new Request().texts("patterns", patterns).text("path", path);
  request.flag("only_files", onlyFiles).flag("only_dirs", onlyDirs).flag("match_hidden", matchHidden);
  request.integer("max_depth", maxDepth);
  // An empty list would mean that no directory is left out.
  if (ignoreDirs.length > 0) request.texts("ignore_dirs", ignoreDirs);
  const found = request.send(env.fs_glob, "fs_glob").getField("matches");
  const made = new Collector<GlobEntry>();
  for (let index = 0; index < found.getArrayLen(); index++) {
    const entry = new GlobEntry();
    entry.path = found.getIndex(index).getField("path").getStr();
    entry.is_dir = found.getIndex(index).getField("is_dir").getBool();
    made.push(entry);
  }
  return made.finish();
}
