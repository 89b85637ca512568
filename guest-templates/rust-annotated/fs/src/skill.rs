//! Files for agents: this file is the table of methods, which says where each is.
//!
//! @skill:id       ai.luminarys.rust-annotated.fs
//! @skill:name     "File System"
//! @skill:version  1.0.0
//! @skill:desc     "Reads, writes, edits, lists and searches files in the granted directories."

mod diff;
mod edit;
mod lines;
mod listing;
mod report;
mod search;

use luminarys_sdk::skill::filesystem::{self, GlobOptions, GrepOptions};
use luminarys_sdk::{Context, SkillError};
use report::{globs, number};

/// @skill:method  read "Reads a whole text file. Binary files are refused; for long files use read_lines."
/// @skill:param   path required "Absolute path of the file" example:/data/notes.txt
/// @skill:result  "The file's text"
/// @skill:hint    read-only closed-world
pub fn read(_ctx: &mut Context, path: String) -> Result<String, SkillError> {
    report::text(&path, filesystem::read(&path)?)
}

/// @skill:method  read_lines "Reads a range of lines of a text file, numbered from 1."
/// @skill:param   path required "Absolute path of the file"
/// @skill:param   start optional "First line, from 1" default:1
/// @skill:param   end optional "Last line, inclusive; 0 means the last of the file" default:0
/// @skill:result  "A line that says which lines these are, then the lines with their numbers"
/// @skill:hint    read-only closed-world
pub fn read_lines(
    _ctx: &mut Context,
    path: String,
    start: i64,
    end: i64,
) -> Result<String, SkillError> {
    listing::lines(&path, start, end)
}

/// @skill:method  write "Writes a text file, replacing what is there and making missing directories."
/// @skill:param   path required "Absolute path of the file"
/// @skill:param   content required "The whole new text"
/// @skill:result  "What changed, as a unified diff"
/// @skill:hint    idempotent closed-world
pub fn write(_ctx: &mut Context, path: String, content: String) -> Result<String, SkillError> {
    edit::write(&path, &content)
}

/// @skill:method  append_line "Adds one line to the end of a file, which is made if it is missing."
/// @skill:param   path required "Absolute path of the file"
/// @skill:param   line required "The line, without a line end"
/// @skill:result  "A confirmation"
/// @skill:hint    non-destructive closed-world
pub fn append_line(_ctx: &mut Context, path: String, line: String) -> Result<String, SkillError> {
    edit::append_line(&path, &line)
}

/// @skill:method  edit "Replaces text in a file. old_string must occur exactly once unless replace_all is set. With an empty old_string a new file is made. Line ends stay as they are in the file; LF matches each kind."
/// @skill:param   path required "Absolute path of the file"
/// @skill:param   old_string required "Text to replace, exactly as in the file; empty to make a new file"
/// @skill:param   new_string optional "Text to put there; leave out to delete old_string" default:""
/// @skill:param   replace_all optional "Replace every occurrence" default:false
/// @skill:result  "What changed, as a unified diff"
/// @skill:hint    destructive closed-world
pub fn edit(
    _ctx: &mut Context,
    path: String,
    old_string: String,
    new_string: String,
    replace_all: bool,
) -> Result<String, SkillError> {
    edit::edit(&path, &old_string, &new_string, replace_all)
}

/// @skill:method  delete "Deletes a file, or a directory with everything in it."
/// @skill:param   path required "Absolute path"
/// @skill:result  "A confirmation"
/// @skill:hint    destructive idempotent closed-world
pub fn delete(_ctx: &mut Context, path: String) -> Result<String, SkillError> {
    filesystem::delete(&path)?;
    Ok(format!("Deleted: {path}"))
}

/// @skill:method  mkdir "Makes a directory and its missing parents. Braces make several at once."
/// @skill:param   path required "Absolute path" example:/data/{logs,cache}
/// @skill:result  "A confirmation"
/// @skill:hint    non-destructive idempotent closed-world
pub fn mkdir(_ctx: &mut Context, path: String) -> Result<String, SkillError> {
    filesystem::mkdir(&path)?;
    Ok(format!("Created directory: {path}"))
}

/// @skill:method  list "Lists a directory, hidden files too."
/// @skill:param   path required "Absolute path of the directory"
/// @skill:param   detailed optional "Add the time of the last change (UTC) and the mode" default:false
/// @skill:result  "One line an entry: name, then size or [dir]"
/// @skill:hint    read-only closed-world
pub fn list(_ctx: &mut Context, path: String, detailed: bool) -> Result<String, SkillError> {
    listing::list(&path, detailed)
}

/// @skill:method  stat "Describes a file or directory. One that is missing is not an error."
/// @skill:param   path required "Absolute path"
/// @skill:result  "Lines: exists, type, size, modified, mode"
/// @skill:hint    read-only closed-world
pub fn stat(_ctx: &mut Context, path: String) -> Result<String, SkillError> {
    listing::stat(&path)
}

/// @skill:method  chmod "Changes permission bits."
/// @skill:param   path required "Absolute path"
/// @skill:param   mode required "The bits as a decimal number: 420 is 0644, 493 is 0755" example:420
/// @skill:param   recursive optional "Everything inside a directory too" default:false
/// @skill:result  "A confirmation"
/// @skill:hint    idempotent closed-world
pub fn chmod(
    _ctx: &mut Context,
    path: String,
    mode: i64,
    recursive: bool,
) -> Result<String, SkillError> {
    filesystem::chmod(&path, number("mode", mode)?, recursive)?;
    Ok(format!("Changed mode of {path} to 0{mode:03o}"))
}

/// @skill:method  move "Moves or renames a file or directory; a file at the destination is replaced."
/// @skill:param   source required "Absolute path of what is there"
/// @skill:param   dest required "Absolute path of where it goes, name included"
/// @skill:result  "A confirmation"
/// @skill:hint    destructive closed-world
pub fn move_path(_ctx: &mut Context, source: String, dest: String) -> Result<String, SkillError> {
    filesystem::rename(&source, &dest)?;
    Ok(format!("Moved: {source} -> {dest}"))
}

/// @skill:method  copy "Copies one file; a file at the destination is replaced."
/// @skill:param   source required "Absolute path of the file"
/// @skill:param   dest required "Absolute path of the copy, name included"
/// @skill:result  "A confirmation"
/// @skill:hint    idempotent closed-world
pub fn copy(_ctx: &mut Context, source: String, dest: String) -> Result<String, SkillError> {
    filesystem::copy(&source, &dest)?;
    Ok(format!("Copied: {source} -> {dest}"))
}

/// @skill:method  count_lines "Counts the lines of a text file."
/// @skill:param   path required "Absolute path of the file"
/// @skill:result  "The number of lines"
/// @skill:hint    read-only closed-world
pub fn count_lines(_ctx: &mut Context, path: String) -> Result<i64, SkillError> {
    // One line is asked for; the host counts the rest.
    Ok(filesystem::read_lines(&path, 0, 1)?.total as i64)
}

/// @skill:method  find "Finds files by name pattern: * stops at /, ** does not."
/// @skill:param   path required "Absolute path of the directory to look in"
/// @skill:param   pattern required "Glob, relative to path" example:**/*.rs
/// @skill:param   only_files optional "Leave directories out" default:true
/// @skill:param   hidden optional "Names that begin with a dot too" default:false
/// @skill:param   max_depth optional "Levels below path; 0 means all" default:0
/// @skill:result  "Absolute paths, one a line"
/// @skill:hint    read-only closed-world
pub fn find(
    _ctx: &mut Context,
    path: String,
    pattern: String,
    only_files: bool,
    hidden: bool,
    max_depth: i64,
) -> Result<String, SkillError> {
    let max_depth = number("max_depth", max_depth)?;
    let options = GlobOptions::new();
    options.set_hidden(hidden);
    options.set_only_files(only_files);
    options.set_max_depth(max_depth);
    listing::find(&path, &pattern, &options)
}

/// @skill:method  tree "Shows a directory as an indented tree."
/// @skill:param   path required "Absolute path of the directory"
/// @skill:param   max_depth optional "Levels below path; 0 means 3" default:3
/// @skill:param   hidden optional "Names that begin with a dot too" default:false
/// @skill:result  "One line an entry, directories with a slash"
/// @skill:hint    read-only closed-world
pub fn tree(
    _ctx: &mut Context,
    path: String,
    max_depth: i64,
    hidden: bool,
) -> Result<String, SkillError> {
    listing::tree(&path, number("max_depth", max_depth)?, hidden)
}

/// @skill:method  search "Searches text files for a regular expression."
/// @skill:param   pattern required "Regular expression (RE2 syntax)" example:TODO|FIXME
/// @skill:param   path optional "Directory or file; all granted directories when left out"
/// @skill:param   fixed optional "Take the pattern as plain text" default:false
/// @skill:param   case_insensitive optional "Do not tell a from A" default:false
/// @skill:param   include optional "Only files that match one of these globs, separated by commas" example:*.rs,*.{c,h}
/// @skill:param   exclude optional "No files that match one of these globs, separated by commas"
/// @skill:param   max_count optional "Matching lines for each file; 0 means all" default:0
/// @skill:result  "Matching lines with their numbers, by file"
/// @skill:hint    read-only closed-world
pub fn search(
    pattern: String,
    path: String,
    fixed: bool,
    case_insensitive: bool,
    include: String,
    exclude: String,
    max_count: i64,
) -> Result<String, SkillError> {
    let max_count = number("max_count", max_count)?;
    let options = GrepOptions::new();
    options.set_fixed(fixed);
    options.set_case_insensitive(case_insensitive);
    options.set_include(&globs(&include));
    options.set_exclude(&globs(&exclude));
    options.set_max_count(max_count);
    search::lines(&pattern, &path, options)
}

/// @skill:method  search_code "Searches source code only: no configuration, data or documentation."
/// @skill:param   pattern required "Regular expression (RE2 syntax)" example:func New
/// @skill:param   path optional "Directory or file; all granted directories when left out"
/// @skill:param   language optional "One language, such as rust, go, ts or py; all when left out"
/// @skill:param   case_insensitive optional "Do not tell a from A" default:false
/// @skill:param   max_count optional "Matching lines for each file; 0 means all" default:0
/// @skill:result  "Matching lines with their numbers, by file"
/// @skill:hint    read-only closed-world
pub fn search_code(
    _ctx: &mut Context,
    pattern: String,
    path: String,
    language: String,
    case_insensitive: bool,
    max_count: i64,
) -> Result<String, SkillError> {
    let max_count = number("max_count", max_count)?;
    let options = GrepOptions::new();
    options.set_case_insensitive(case_insensitive);
    options.set_type_filter(match language.as_str() {
        "" => "code",
        language => language,
    });
    options.set_max_count(max_count);
    search::lines(&pattern, &path, options)
}

/// @skill:method  search_files "Says which files match a regular expression, without their lines."
/// @skill:param   pattern required "Regular expression (RE2 syntax)"
/// @skill:param   path optional "Directory; all granted directories when left out"
/// @skill:param   fixed optional "Take the pattern as plain text" default:false
/// @skill:param   case_insensitive optional "Do not tell a from A" default:false
/// @skill:param   include optional "Only files that match one of these globs, separated by commas"
/// @skill:result  "Absolute paths, one a line"
/// @skill:hint    read-only closed-world
pub fn search_files(
    _ctx: &mut Context,
    pattern: String,
    path: String,
    fixed: bool,
    case_insensitive: bool,
    include: String,
) -> Result<String, SkillError> {
    let options = GrepOptions::new();
    options.set_fixed(fixed);
    options.set_case_insensitive(case_insensitive);
    options.set_include(&globs(&include));
    search::files(&pattern, &path, options)
}

/// @skill:method  search_in_file "Searches one file, whatever its kind."
/// @skill:param   path required "Absolute path of the file"
/// @skill:param   pattern required "Regular expression (RE2 syntax)"
/// @skill:param   fixed optional "Take the pattern as plain text" default:false
/// @skill:param   case_insensitive optional "Do not tell a from A" default:false
/// @skill:result  "Matching lines with their numbers"
/// @skill:hint    read-only closed-world
pub fn search_in_file(
    _ctx: &mut Context,
    path: String,
    pattern: String,
    fixed: bool,
    case_insensitive: bool,
) -> Result<String, SkillError> {
    let options = GrepOptions::new();
    options.set_fixed(fixed);
    options.set_case_insensitive(case_insensitive);
    options.set_type_filter("all");
    search::lines(&pattern, &path, options)
}
