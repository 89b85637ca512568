//! Reading one source, or all source files of a directory.

use std::collections::BTreeSet;

use crate::clock::Clock;
use crate::language::{LANGUAGES, Language};
use crate::luminarys::skill::filesystem::{self, GlobOptions, GrepDetail, GrepOptions};
use crate::note::{Note, many};
use crate::parsed::Parsed;
use crate::problems::{LISTED, Problems};
use crate::source::{self, Input};
use crate::syntax::SyntaxError;

/// How many files are parsed at most.
const FILES: usize = 5_000;
/// How long they are together at most, in bytes.
const BYTES: usize = 32 << 20;

/// Text that a file must contain to be of interest.
pub struct Containing<'a> {
    pub text: &'a str,
    pub any_case: bool,
}

/// Which files.
#[derive(Default)]
pub struct Files<'a> {
    /// Beneath this directory; beneath all granted ones if absent.
    pub root: Option<&'a str>,
    pub language: Option<&'static Language>,
    pub containing: Option<Containing<'a>>,
    /// Only those after this path.
    pub after: Option<&'a str>,
}

/// What was seen on the way.
#[derive(Default)]
pub struct Seen {
    pub errors: Vec<SyntaxError>,
    pub problem: Option<String>,
    pub note: Note,
    /// How many files were read.
    pub files: usize,
}

/// Visits the source of a call: its directory's files, where it is one.
///
/// # Errors
/// Fails when the one source, or the directory, cannot be read, and as `visit` does.
pub fn visit(
    input: &Input,
    containing: Option<Containing<'_>>,
    after: Option<&str>,
    clock: &mut Clock,
    mut visit: impl FnMut(&Parsed, &mut Clock) -> Result<bool, String>,
) -> Result<Seen, String> {
    let Some(root) = input.directory()? else {
        let parsed = input.parsed(clock)?;
        visit(&parsed, clock)?;
        let Problems {
            errors, problem, ..
        } = parsed.problems(LISTED);
        return Ok(Seen {
            errors,
            problem,
            files: 1,
            ..Seen::default()
        });
    };
    let files = Files {
        root: Some(root),
        language: input.language.as_deref().map(Language::named).transpose()?,
        containing,
        after,
    };
    visit_all(&files, clock, visit)
}

/// Visits files in the order of their paths, until `visit` says that it has enough.
///
/// # Errors
/// Fails when they cannot be listed, and as `visit` does. Files that cannot be read are passed over.
pub fn visit_all(
    files: &Files<'_>,
    clock: &mut Clock,
    mut visit: impl FnMut(&Parsed, &mut Clock) -> Result<bool, String>,
) -> Result<Seen, String> {
    let mut paths = list(files)?;
    if let Some(after) = files.after.filter(|after| !after.is_empty()) {
        paths.retain(|path| path.as_str() > after);
    }
    let mut seen = Seen::default();
    let (mut bytes, mut faulty, mut strange) = (0, 0, None);
    let mut passed_over: Option<(usize, String)> = None;
    for (index, path) in paths.iter().enumerate() {
        let why = if clock.is_over_now() {
            Some("time is up")
        } else if seen.files >= FILES || bytes >= BYTES {
            Some("enough was read for one call")
        } else {
            None
        };
        if let Some(why) = why {
            seen.note.add(stopped(why, index, &paths));
            break;
        }
        let mut parsed = match source::file(path, files.language.map(|one| one.name), clock) {
            Ok(parsed) => parsed,
            Err(_) if clock.is_over_now() => {
                seen.note.add(stopped("time is up", index, &paths));
                break;
            }
            Err(error) => {
                passed_over.get_or_insert((0, error)).0 += 1;
                continue;
            }
        };
        parsed.path = Some(path.clone());
        seen.files += 1;
        bytes += parsed.text.len();
        if parsed.tree.root_node().has_error() {
            let problems = parsed.problems(LISTED - seen.errors.len());
            faulty += usize::from(problems.total > 0 || problems.problem.is_some());
            seen.errors
                .extend(problems.errors.into_iter().map(|error| SyntaxError {
                    path: Some(path.clone()),
                    ..error
                }));
            if let Some(problem) = problems
                .problem
                .filter(|problem| problem.contains("does not look like"))
            {
                strange.get_or_insert(format!("{path}: {problem}"));
            }
        }
        if !visit(&parsed, clock)? {
            if index + 1 < paths.len() {
                seen.note
                    .add(stopped("the limit is reached", index + 1, &paths));
            }
            break;
        }
    }
    if let Some((count, error)) = passed_over {
        seen.note.add(format!(
            "{} passed over, the first: {error}",
            many(count, "file")
        ));
    }
    if faulty > 0 {
        let all = many(seen.files, "file");
        let strange = strange.map_or_else(String::new, |strange| format!("; {strange}"));
        seen.problem = Some(format!("{faulty} of {all} with syntax errors{strange}"));
    }
    Ok(seen)
}

/// Says where the work ended before all files were read.
fn stopped(why: &str, done: usize, paths: &[String]) -> String {
    let last = done.checked_sub(1).map_or("", |last| &paths[last]);
    format!(
        "{why}: {done} of {} are read; to go on, pass after: {last:?}",
        many(paths.len(), "file")
    )
}

/// Lists source files.
fn list(files: &Files<'_>) -> Result<Vec<String>, String> {
    let endings: Vec<_> = match files.language {
        Some(language) => language.endings().collect(),
        None => LANGUAGES.iter().flat_map(Language::endings).collect(),
    };
    let mut paths = BTreeSet::new();
    match &files.containing {
        Some(containing) => {
            let options = GrepOptions::new();
            options.set_fixed(true);
            options.set_case_insensitive(containing.any_case);
            options.set_include(
                &endings
                    .iter()
                    .map(|ending| format!("*.{ending}"))
                    .collect::<Vec<_>>(),
            );
            options.set_detail(GrepDetail::Paths);
            let found = filesystem::grep(containing.text, files.root, Some(&options))
                .map_err(source::error)?;
            paths.extend(found.into_iter().map(|one| one.path));
        }
        None => {
            let roots = match files.root {
                Some(root) => vec![root.to_owned()],
                None => filesystem::allowed_dirs()
                    .into_iter()
                    .map(|one| one.path)
                    .collect(),
            };
            let pattern = format!("**/*.{{{}}}", endings.join(","));
            for root in roots {
                let options = GlobOptions::new();
                options.set_only_files(true);
                let found =
                    filesystem::glob(std::slice::from_ref(&pattern), Some(&root), Some(&options))
                        .map_err(source::error)?;
                paths.extend(
                    found
                        .into_iter()
                        .map(|one| format!("{}/{}", root.trim_end_matches('/'), one.path)),
                );
            }
        }
    }
    Ok(paths.into_iter().collect())
}
