/**
 * Files beneath the directories that the manifest grants. Paths are absolute.
 *
 * @skill:id       ai.luminarys.as.fs
 * @skill:name     "File System"
 * @skill:version  1.0.0
 * @skill:desc     "Reads, writes, edits, lists and searches files in the granted directories."
 * @skill:sdk      "@luminarys/sdk-as"
 */

import { Context, fsChmod, fsCopy, fsDelete, fsMkdir, fsRead, fsReadLines } from "@luminarys/sdk-as";
import * as edits from "./edit";
import * as listing from "./listing";
import * as moving from "./move";
import { octal, text } from "./report";
import { Search } from "./search";

// @skill:method  read "Reads a whole text file. Binary files are refused; for long files use read_lines."
// @skill:param   path required "Absolute path of the file" example:/data/notes.txt
// @skill:result  "The file's text"
// @skill:hint    read-only closed-world
export function read(_ctx: Context, path: string): string {
  return text(path, fsRead(path));
}

// @skill:method  read_lines "Reads a range of lines of a text file, numbered from 1."
// @skill:param   path required "Absolute path of the file"
// @skill:param   start optional "First line, from 1" default:1
// @skill:param   end optional "Last line, inclusive; 0 means the last of the file" default:0
// @skill:result  "A line that says which lines these are, then the lines with their numbers"
// @skill:hint    read-only closed-world
export function readLines(_ctx: Context, path: string, start: i64, end: i64): string {
  return listing.lines(path, max(start, 1), end);
}

// @skill:method  write "Writes a text file, replacing what is there and making missing directories."
// @skill:param   path required "Absolute path of the file"
// @skill:param   content required "The whole new text"
// @skill:result  "What changed, as a unified diff"
// @skill:hint    idempotent closed-world
export function write(_ctx: Context, path: string, content: string): string {
  return edits.write(path, content);
}

// @skill:method  append_line "Adds one line to the end of a file, which is made if it is missing."
// @skill:param   path required "Absolute path of the file"
// @skill:param   line required "The line, without a line end"
// @skill:result  "A confirmation"
// @skill:hint    non-destructive closed-world
export function appendLine(_ctx: Context, path: string, line: string): string {
  return edits.appendLine(path, line);
}

// @skill:method  edit "Replaces text in a file. old_string must occur exactly once unless replace_all is set. With an empty old_string a new file is made. Line ends stay as they are in the file; LF matches each kind."
// @skill:param   path required "Absolute path of the file"
// @skill:param   old_string required "Text to replace, exactly as in the file; empty to make a new file"
// @skill:param   new_string optional "Text to put there; leave out to delete old_string" default:""
// @skill:param   replace_all optional "Replace every occurrence" default:false
// @skill:result  "What changed, as a unified diff"
// @skill:hint    destructive closed-world
export function edit(_ctx: Context, path: string, oldString: string, newString: string, replaceAll: bool): string {
  return edits.edit(path, oldString, newString, replaceAll);
}

// @skill:method  delete "Deletes a file, or a directory with everything in it."
// @skill:param   path required "Absolute path"
// @skill:result  "A confirmation"
// @skill:hint    destructive idempotent closed-world
export function deletePath(_ctx: Context, path: string): string {
  fsDelete(path);
  return "Deleted: " + path;
}

// @skill:method  mkdir "Makes a directory and its missing parents. Braces make several at once."
// @skill:param   path required "Absolute path" example:/data/{logs,cache}
// @skill:result  "A confirmation"
// @skill:hint    non-destructive idempotent closed-world
export function mkdir(_ctx: Context, path: string): string {
  fsMkdir(path);
  return "Created directory: " + path;
}

// @skill:method  list "Lists a directory, hidden files too."
// @skill:param   path required "Absolute path of the directory"
// @skill:param   detailed optional "Add the time of the last change (UTC) and the mode" default:false
// @skill:result  "One line an entry: name, then size or [dir]"
// @skill:hint    read-only closed-world
export function list(_ctx: Context, path: string, detailed: bool): string {
  return listing.list(path, detailed);
}

// @skill:method  stat "Describes a file or directory. One that is missing is not an error."
// @skill:param   path required "Absolute path"
// @skill:result  "Lines: exists, type, size, modified, mode"
// @skill:hint    read-only closed-world
export function stat(_ctx: Context, path: string): string {
  return listing.stat(path);
}

// @skill:method  chmod "Changes permission bits."
// @skill:param   path required "Absolute path"
// @skill:param   mode required "The bits as a decimal number: 420 is 0644, 493 is 0755" example:420
// @skill:param   recursive optional "Everything inside a directory too" default:false
// @skill:result  "A confirmation"
// @skill:hint    idempotent closed-world
export function chmod(_ctx: Context, path: string, mode: i64, recursive: bool): string {
  if (mode < 0 || mode > 0o7777) throw new Error("mode: " + mode.toString() + " is no file mode");
  fsChmod(path, <u32>mode, recursive);
  return "Changed mode of " + path + " to " + octal(<u32>mode);
}

// @skill:method  move "Moves or renames a file or directory; a file at the destination is replaced."
// @skill:param   source required "Absolute path of what is there"
// @skill:param   dest required "Absolute path of where it goes, name included"
// @skill:result  "A confirmation"
// @skill:hint    destructive closed-world
export function move(_ctx: Context, source: string, dest: string): string {
  moving.move(source, dest);
  return "Moved: " + source + " -> " + dest;
}

// @skill:method  copy "Copies one file; a file at the destination is replaced."
// @skill:param   source required "Absolute path of the file"
// @skill:param   dest required "Absolute path of the copy, name included"
// @skill:result  "A confirmation"
// @skill:hint    idempotent closed-world
export function copy(_ctx: Context, source: string, dest: string): string {
  fsCopy(source, dest);
  return "Copied: " + source + " -> " + dest;
}

// @skill:method  count_lines "Counts the lines of a text file."
// @skill:param   path required "Absolute path of the file"
// @skill:result  "The number of lines"
// @skill:hint    read-only closed-world
export function countLines(_ctx: Context, path: string): i64 {
  // One line is asked for; the host counts the rest.
  return fsReadLines(path, 0, 1).total_lines;
}

// @skill:method  find "Finds files by name pattern: * stops at /, ** does not."
// @skill:param   path required "Absolute path of the directory to look in"
// @skill:param   pattern required "Glob, relative to path" example:**/*.rs
// @skill:param   only_files optional "Leave directories out" default:true
// @skill:param   hidden optional "Names that begin with a dot too" default:false
// @skill:param   max_depth optional "Levels below path; 0 means all" default:0
// @skill:result  "Absolute paths, one a line"
// @skill:hint    read-only closed-world
export function find(
  _ctx: Context,
  path: string,
  pattern: string,
  onlyFiles: bool,
  hidden: bool,
  maxDepth: i64,
): string {
  return listing.find(path, pattern, onlyFiles, hidden, maxDepth);
}

// @skill:method  tree "Shows a directory as an indented tree."
// @skill:param   path required "Absolute path of the directory"
// @skill:param   max_depth optional "Levels below path; 0 means 3" default:3
// @skill:param   hidden optional "Names that begin with a dot too" default:false
// @skill:result  "One line an entry, directories with a slash"
// @skill:hint    read-only closed-world
export function tree(_ctx: Context, path: string, maxDepth: i64, hidden: bool): string {
  return listing.tree(path, maxDepth, hidden);
}

// @skill:method  search "Searches text files for a regular expression."
// @skill:param   pattern required "Regular expression (RE2 syntax)" example:TODO|FIXME
// @skill:param   path optional "Directory or file; all granted directories when left out"
// @skill:param   fixed optional "Take the pattern as plain text" default:false
// @skill:param   case_insensitive optional "Do not tell a from A" default:false
// @skill:param   include optional "Only files that match one of these globs, with commas between them"
// @skill:param   exclude optional "No files that match one of these globs, with commas between them"
// @skill:param   max_count optional "Matching lines for each file; 0 means all" default:0
// @skill:result  "Matching lines with their numbers, by file"
// @skill:hint    read-only closed-world
export function search(
  _ctx: Context,
  pattern: string,
  path: string,
  fixed: bool,
  caseInsensitive: bool,
  include: string,
  exclude: string,
  maxCount: i64,
): string {
  const search = new Search(pattern, path, "text");
  search.fixed = fixed;
  search.caseInsensitive = caseInsensitive;
  search.include = include;
  search.exclude = exclude;
  search.maxCount = maxCount;
  return search.lines();
}

// @skill:method  search_code "Searches source code only: no configuration, data or documentation."
// @skill:param   pattern required "Regular expression (RE2 syntax)" example:func New
// @skill:param   path optional "Directory or file; all granted directories when left out"
// @skill:param   language optional "One language, such as rust, go, ts or py; all when left out"
// @skill:param   case_insensitive optional "Do not tell a from A" default:false
// @skill:param   max_count optional "Matching lines for each file; 0 means all" default:0
// @skill:result  "Matching lines with their numbers, by file"
// @skill:hint    read-only closed-world
export function searchCode(
  _ctx: Context,
  pattern: string,
  path: string,
  language: string,
  caseInsensitive: bool,
  maxCount: i64,
): string {
  const search = new Search(pattern, path, language.length > 0 ? language : "code");
  search.caseInsensitive = caseInsensitive;
  search.maxCount = maxCount;
  return search.lines();
}

// @skill:method  search_files "Says which files match a regular expression, without their lines."
// @skill:param   pattern required "Regular expression (RE2 syntax)"
// @skill:param   path optional "Directory; all granted directories when left out"
// @skill:param   fixed optional "Take the pattern as plain text" default:false
// @skill:param   case_insensitive optional "Do not tell a from A" default:false
// @skill:param   include optional "Only files that match one of these globs, with commas between them"
// @skill:result  "Absolute paths, one a line"
// @skill:hint    read-only closed-world
export function searchFiles(
  _ctx: Context,
  pattern: string,
  path: string,
  fixed: bool,
  caseInsensitive: bool,
  include: string,
): string {
  const search = new Search(pattern, path, "text");
  search.fixed = fixed;
  search.caseInsensitive = caseInsensitive;
  search.include = include;
  return search.files();
}

// @skill:method  search_in_file "Searches one file, whatever its kind."
// @skill:param   path required "Absolute path of the file"
// @skill:param   pattern required "Regular expression (RE2 syntax)"
// @skill:param   fixed optional "Take the pattern as plain text" default:false
// @skill:param   case_insensitive optional "Do not tell a from A" default:false
// @skill:result  "Matching lines with their numbers"
// @skill:hint    read-only closed-world
export function searchInFile(
  _ctx: Context,
  path: string,
  pattern: string,
  fixed: bool,
  caseInsensitive: bool,
): string {
  const search = new Search(pattern, path, "all");
  search.fixed = fixed;
  search.caseInsensitive = caseInsensitive;
  return search.lines();
}
