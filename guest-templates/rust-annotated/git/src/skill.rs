//! Git, through the real git: this file is the table of methods.
//!
//! @skill:id       ai.luminarys.rust-annotated.git
//! @skill:name     "Git"
//! @skill:version  1.0.0
//! @skill:desc     "Looks at git repositories and changes them."
//! @skill:require  shell git **

mod command;

use command::{git, given, revision, revision_or_head, words};
use luminarys_sdk::{Context, SkillError};

/// @skill:method  init "Makes a repository."
/// @skill:param   workdir required "Absolute path of the repository" example:/data/project
/// @skill:result  "git's words"
/// @skill:hint    non-destructive idempotent
pub fn init(_ctx: &mut Context, workdir: String) -> Result<String, SkillError> {
    git(&workdir, &["init"])
}

/// @skill:method  status "What has changed since the last commit."
/// @skill:param   workdir required "Absolute path of the repository" example:/data/project
/// @skill:result  "Branch, and one line a changed file"
/// @skill:hint    non-destructive idempotent
pub fn status(_ctx: &mut Context, workdir: String) -> Result<String, SkillError> {
    git(&workdir, &["status", "--short", "--branch"])
}

/// @skill:method  diff "Changes of the working tree, or of what is staged."
/// @skill:param   workdir required "Absolute path of the repository" example:/data/project
/// @skill:param   path optional "Only this file or directory"
/// @skill:param   staged optional "What is staged" default:false
/// @skill:result  "A unified diff"
/// @skill:hint    non-destructive idempotent
pub fn diff(
    _ctx: &mut Context,
    workdir: String,
    path: String,
    staged: bool,
) -> Result<String, SkillError> {
    let mut arguments = vec!["diff"];
    if staged {
        arguments.push("--cached");
    }
    arguments.push("--");
    arguments.extend(given(&path));
    git(&workdir, &arguments)
}

/// @skill:method  log "The last commits."
/// @skill:param   workdir required "Absolute path of the repository" example:/data/project
/// @skill:param   count optional "How many" default:20
/// @skill:param   path optional "Only those that changed this file or directory"
/// @skill:param   oneline optional "One line each" default:false
/// @skill:result  "Commits, the newest first"
/// @skill:hint    non-destructive idempotent
pub fn log(
    _ctx: &mut Context,
    workdir: String,
    count: i64,
    path: String,
    oneline: bool,
) -> Result<String, SkillError> {
    let count = format!("--max-count={count}");
    let format = if oneline {
        "--format=%h %s"
    } else {
        "--format=%h %an <%ae> %ad%n    %s"
    };
    let mut arguments = vec!["log", &count, "--date=iso-strict", format, "--"];
    arguments.extend(given(&path));
    git(&workdir, &arguments)
}

/// @skill:method  show "One commit with its changes."
/// @skill:param   workdir required "Absolute path of the repository" example:/data/project
/// @skill:param   ref optional "Commit, branch or tag; HEAD when left out"
/// @skill:param   stat optional "Only which files changed, and how much" default:false
/// @skill:result  "Message and diff"
/// @skill:hint    non-destructive idempotent
pub fn show(
    _ctx: &mut Context,
    workdir: String,
    r#ref: String,
    stat: bool,
) -> Result<String, SkillError> {
    let mut arguments = vec!["show"];
    if stat {
        arguments.push("--stat");
    }
    arguments.extend([revision_or_head(&r#ref)?, "--"]);
    git(&workdir, &arguments)
}

/// @skill:method  blame "Who changed each line of a file last."
/// @skill:param   workdir required "Absolute path of the repository" example:/data/project
/// @skill:param   path required "The file"
/// @skill:result  "One line a line"
/// @skill:hint    non-destructive idempotent
pub fn blame(_ctx: &mut Context, workdir: String, path: String) -> Result<String, SkillError> {
    git(&workdir, &["blame", "--date=short", "--", &path])
}

/// @skill:method  branches "All branches, the current one marked."
/// @skill:param   workdir required "Absolute path of the repository" example:/data/project
/// @skill:result  "One line a branch"
/// @skill:hint    non-destructive idempotent
pub fn branches(_ctx: &mut Context, workdir: String) -> Result<String, SkillError> {
    git(&workdir, &["branch", "--all", "--verbose"])
}

/// @skill:method  tags "All tags."
/// @skill:param   workdir required "Absolute path of the repository" example:/data/project
/// @skill:result  "One line a tag"
/// @skill:hint    non-destructive idempotent
pub fn tags(_ctx: &mut Context, workdir: String) -> Result<String, SkillError> {
    git(&workdir, &["tag", "--list"])
}

/// @skill:method  diff_stat "Which files differ between two commits, and how much."
/// @skill:param   workdir required "Absolute path of the repository" example:/data/project
/// @skill:param   from optional "The older; HEAD when left out"
/// @skill:param   to optional "The newer; the working tree when left out"
/// @skill:result  "One line a file"
/// @skill:hint    non-destructive idempotent
pub fn diff_stat(
    _ctx: &mut Context,
    workdir: String,
    from: String,
    to: String,
) -> Result<String, SkillError> {
    let mut arguments = vec!["diff", "--stat", revision_or_head(&from)?];
    if let Some(to) = given(&to) {
        arguments.push(revision(to)?);
    }
    arguments.push("--");
    git(&workdir, &arguments)
}

/// @skill:method  add "Stages files."
/// @skill:param   workdir required "Absolute path of the repository" example:/data/project
/// @skill:param   paths required "Files and directories, `.` for all; separated by blanks, in quotes what has blanks itself"
/// @skill:result  "What is staged now"
/// @skill:hint    non-destructive idempotent
pub fn add(_ctx: &mut Context, workdir: String, paths: String) -> Result<String, SkillError> {
    let paths = words(&paths)?;
    if paths.is_empty() {
        return Err("paths names no file".into());
    }
    let mut arguments = vec!["add", "--"];
    arguments.extend(paths.iter().map(String::as_str));
    git(&workdir, &arguments)?;
    git(&workdir, &["diff", "--cached", "--name-status"])
}

/// @skill:method  commit "Commits what is staged."
/// @skill:param   workdir required "Absolute path of the repository" example:/data/project
/// @skill:param   message required "The message"
/// @skill:result  "git's words"
/// @skill:hint    non-destructive
pub fn commit(_ctx: &mut Context, workdir: String, message: String) -> Result<String, SkillError> {
    git(&workdir, &["commit", &format!("--message={message}")])
}

/// @skill:method  create_branch "Makes a branch and goes to it."
/// @skill:param   workdir required "Absolute path of the repository" example:/data/project
/// @skill:param   name required "The new branch"
/// @skill:param   from optional "Where it begins; HEAD when left out"
/// @skill:result  "git's words"
/// @skill:hint    non-destructive
pub fn create_branch(
    _ctx: &mut Context,
    workdir: String,
    name: String,
    from: String,
) -> Result<String, SkillError> {
    let (name, from) = (revision(&name)?, revision_or_head(&from)?);
    git(&workdir, &["switch", "--create", name, from])
}

/// @skill:method  checkout "Goes to a branch, a tag or a commit."
/// @skill:param   workdir required "Absolute path of the repository" example:/data/project
/// @skill:param   ref required "Where to"
/// @skill:result  "git's words"
pub fn checkout(_ctx: &mut Context, workdir: String, r#ref: String) -> Result<String, SkillError> {
    git(&workdir, &["checkout", revision(&r#ref)?, "--"])
}

/// @skill:method  stash "Puts changes aside."
/// @skill:param   workdir required "Absolute path of the repository" example:/data/project
/// @skill:param   message optional "What they are"
/// @skill:result  "git's words"
pub fn stash(_ctx: &mut Context, workdir: String, message: String) -> Result<String, SkillError> {
    let message = given(&message).map(|message| format!("--message={message}"));
    let mut arguments = vec!["stash", "push"];
    arguments.extend(message.as_deref());
    git(&workdir, &arguments)
}

/// @skill:method  stash_pop "Takes back what was put aside last."
/// @skill:param   workdir required "Absolute path of the repository" example:/data/project
/// @skill:result  "git's words"
pub fn stash_pop(_ctx: &mut Context, workdir: String) -> Result<String, SkillError> {
    git(&workdir, &["stash", "pop"])
}

/// @skill:method  stash_list "What is put aside."
/// @skill:param   workdir required "Absolute path of the repository" example:/data/project
/// @skill:result  "One line each"
/// @skill:hint    non-destructive idempotent
pub fn stash_list(_ctx: &mut Context, workdir: String) -> Result<String, SkillError> {
    git(&workdir, &["stash", "list"])
}

/// @skill:method  restore "Throws the changes of a file away."
/// @skill:param   workdir required "Absolute path of the repository" example:/data/project
/// @skill:param   path required "The file or directory"
/// @skill:result  "git's words"
/// @skill:hint    destructive idempotent
pub fn restore(_ctx: &mut Context, workdir: String, path: String) -> Result<String, SkillError> {
    git(&workdir, &["restore", "--", &path])
}
