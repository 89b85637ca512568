/**
 * Git, through the real `git`. The manifest allows `git **` and the directories of the repositories.
 *
 * @skill:id       ai.luminarys.as.git
 * @skill:name     "Git"
 * @skill:version  1.0.0
 * @skill:desc     "Looks at git repositories and changes them."
 * @skill:sdk      "@luminarys/sdk-as"
 * @skill:require  shell git **
 */

import { Context } from "@luminarys/sdk-as";
import { git, revision, words } from "./git";

// @skill:method  init "Makes a repository."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:result  "git's words"
// @skill:hint    non-destructive idempotent
export function init(_ctx: Context, workdir: string): string {
  return git(workdir, ["init"]);
}

// @skill:method  status "What has changed since the last commit."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:result  "Branch, and one line a changed file"
// @skill:hint    non-destructive idempotent
export function status(_ctx: Context, workdir: string): string {
  return git(workdir, ["status", "--short", "--branch"]);
}

// @skill:method  diff "Changes of the working tree, or of what is staged."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:param   path optional "Only this file or directory"
// @skill:param   staged optional "What is staged" default:false
// @skill:result  "A unified diff"
// @skill:hint    non-destructive idempotent
export function diff(_ctx: Context, workdir: string, path: string, staged: bool): string {
  const command = ["diff"];
  if (staged) command.push("--cached");
  command.push("--");
  if (path.length > 0) command.push(path);
  return git(workdir, command);
}

// @skill:method  log "The last commits."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:param   count optional "How many" default:20
// @skill:param   path optional "Only those that changed this file or directory"
// @skill:param   oneline optional "One line each" default:false
// @skill:result  "Commits, the newest first"
// @skill:hint    non-destructive idempotent
export function log(_ctx: Context, workdir: string, count: i64, path: string, oneline: bool): string {
  const format = oneline ? "--format=%h %s" : "--format=%h %an <%ae> %ad%n    %s";
  const command = ["log", "--max-count=" + max<i64>(count, 0).toString(), "--date=iso-strict", format, "--"];
  if (path.length > 0) command.push(path);
  return git(workdir, command);
}

// @skill:method  show "One commit with its changes."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:param   ref optional "Commit, branch or tag; HEAD when left out"
// @skill:param   stat optional "Only which files changed, and how much" default:false
// @skill:result  "Message and diff"
// @skill:hint    non-destructive idempotent
export function show(_ctx: Context, workdir: string, ref: string, stat: bool): string {
  const command = ["show"];
  if (stat) command.push("--stat");
  command.push(revision(ref, "HEAD"));
  command.push("--");
  return git(workdir, command);
}

// @skill:method  blame "Who changed each line of a file last."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:param   path required "The file"
// @skill:result  "One line a line"
// @skill:hint    non-destructive idempotent
export function blame(_ctx: Context, workdir: string, path: string): string {
  return git(workdir, ["blame", "--date=short", "--", path]);
}

// @skill:method  branches "All branches, the current one marked."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:result  "One line a branch"
// @skill:hint    non-destructive idempotent
export function branches(_ctx: Context, workdir: string): string {
  return git(workdir, ["branch", "--all", "--verbose"]);
}

// @skill:method  tags "All tags."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:result  "One line a tag"
// @skill:hint    non-destructive idempotent
export function tags(_ctx: Context, workdir: string): string {
  return git(workdir, ["tag", "--list"]);
}

// @skill:method  diff_stat "Which files differ between two commits, and how much."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:param   from optional "The older; HEAD when left out"
// @skill:param   to optional "The newer; the working tree when left out"
// @skill:result  "One line a file"
// @skill:hint    non-destructive idempotent
export function diffStat(_ctx: Context, workdir: string, from: string, to: string): string {
  const command = ["diff", "--stat", revision(from, "HEAD")];
  if (to.length > 0) command.push(revision(to));
  command.push("--");
  return git(workdir, command);
}

// @skill:method  add "Stages files."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:param   paths required "Files and directories, `.` for all; separated by blanks, in quotes what has blanks itself"
// @skill:result  "What is staged now"
// @skill:hint    non-destructive idempotent
export function add(_ctx: Context, workdir: string, paths: string): string {
  const names = words(paths);
  if (names.length == 0) throw new Error("paths names no file");
  git(workdir, ["add", "--"].concat(names));
  return git(workdir, ["diff", "--cached", "--name-status"]);
}

// @skill:method  commit "Commits what is staged."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:param   message required "The message"
// @skill:result  "git's words"
// @skill:hint    non-destructive
export function commit(_ctx: Context, workdir: string, message: string): string {
  return git(workdir, ["commit", "--message=" + message]);
}

// @skill:method  create_branch "Makes a branch and goes to it."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:param   name required "The new branch"
// @skill:param   from optional "Where it begins; HEAD when left out"
// @skill:result  "git's words"
// @skill:hint    non-destructive
export function createBranch(_ctx: Context, workdir: string, name: string, from: string): string {
  return git(workdir, ["switch", "--create", revision(name), revision(from, "HEAD")]);
}

// @skill:method  checkout "Goes to a branch, a tag or a commit."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:param   ref required "Where to"
// @skill:result  "git's words"
export function checkout(_ctx: Context, workdir: string, ref: string): string {
  return git(workdir, ["checkout", revision(ref), "--"]);
}

// @skill:method  stash "Puts changes aside."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:param   message optional "What they are"
// @skill:result  "git's words"
export function stash(_ctx: Context, workdir: string, message: string): string {
  const command = ["stash", "push"];
  if (message.length > 0) command.push("--message=" + message);
  return git(workdir, command);
}

// @skill:method  stash_pop "Takes back what was put aside last."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:result  "git's words"
export function stashPop(_ctx: Context, workdir: string): string {
  return git(workdir, ["stash", "pop"]);
}

// @skill:method  stash_list "What is put aside."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:result  "One line each"
// @skill:hint    non-destructive idempotent
export function stashList(_ctx: Context, workdir: string): string {
  return git(workdir, ["stash", "list"]);
}

// @skill:method  restore "Throws the changes of a file away."
// @skill:param   workdir required "Absolute path of the repository" example:/data/project
// @skill:param   path required "The file or directory"
// @skill:result  "git's words"
// @skill:hint    destructive idempotent
export function restore(_ctx: Context, workdir: string, path: string): string {
  return git(workdir, ["restore", "--", path]);
}
