//! What a program threw, as text: name, message, where it was thrown in the program's own source, and what caused it.

use std::fmt::Write as _;

use rquickjs::{Object, Value};

use super::headline::{MESSAGE, headline};
use super::helpers::Helpers;
use super::inspect::{short, shown};
use super::kinds::Kind;
use super::sources::Sources;
use super::text::cut;
use crate::program::Place;

/// Lines of a stack.
const FRAMES: usize = 10;
/// Causes of causes, and errors of an `AggregateError`, that are shown.
const CAUSES: usize = 4;

/// Describes what was thrown.
pub(super) fn described<'js>(
    helpers: &Helpers<'js>,
    sources: &Sources,
    thrown: &Value<'js>,
) -> String {
    let mut out = String::new();
    describe(helpers, sources, thrown, 0, &mut out);
    out
}

fn describe<'js>(
    helpers: &Helpers<'js>,
    sources: &Sources,
    thrown: &Value<'js>,
    depth: usize,
    out: &mut String,
) {
    if Kind::of(thrown) != Kind::Error {
        let text = match thrown.is_string() {
            true => cut(helpers, thrown, MESSAGE),
            false => shown(helpers, thrown).or_else(|_| {
                thrown.ctx().catch();
                short(helpers, thrown)
            }),
        };
        let text = text.unwrap_or_else(|_| {
            thrown.ctx().catch();
            "a value that cannot be shown".to_owned()
        });
        let _ = write!(out, "Uncaught {text}");
        return;
    }
    *out += &headline(helpers, thrown);
    call_of(helpers, thrown, out);
    stack(helpers, sources, thrown, depth == 0, out);
    if depth >= CAUSES {
        return;
    }
    let Ok(object) = Object::from_value(thrown.clone()) else {
        return;
    };
    let get = |key: &str| {
        let found = object.get::<_, Value>(key);
        found.inspect_err(|_| drop(thrown.ctx().catch())).ok()
    };
    if let Some(cause) = get("cause").filter(|cause| !cause.is_undefined()) {
        *out += "\ncaused by: ";
        describe(helpers, sources, &cause, depth + 1, out);
    }
    if let Some(all) = get("errors").filter(Value::is_array)
        && let Ok(all) = Object::from_value(all)
    {
        for index in 0..CAUSES as u32 {
            match all.get::<_, Value>(index) {
                Ok(one) if !one.is_undefined() => {
                    *out += "\none of its errors: ";
                    describe(helpers, sources, &one, CAUSES, out);
                }
                Ok(_) => break,
                Err(_) => drop(thrown.ctx().catch()),
            }
        }
    }
}

/// Appends the call that failed, of an error that `tools` threw: it has no frame of the program.
fn call_of<'js>(helpers: &Helpers<'js>, error: &Value<'js>, out: &mut String) {
    let Ok(true) = helpers
        .call("isToolError", (error.clone(),))
        .map(|is| is.as_bool() == Some(true))
    else {
        return;
    };
    let Ok(object) = Object::from_value(error.clone()) else {
        return;
    };
    let part = |key: &str| {
        let found = object.get::<_, Value>(key).ok()?;
        cut(helpers, &found, 200).ok()
    };
    if let (Some(skill), Some(method)) = (part("skill"), part("method")) {
        let _ = write!(
            out,
            "\n    at {}.{method}",
            crate::stubs::exact_path(&skill)
        );
    }
}

/// Appends the frames that are the program's own, and the line of the first.
fn stack<'js>(
    helpers: &Helpers<'js>,
    sources: &Sources,
    error: &Value<'js>,
    with_line: bool,
    out: &mut String,
) {
    let stack = Object::from_value(error.clone()).ok();
    let stack = stack.and_then(|error| error.get::<_, Value>("stack").ok());
    let Some(stack) = stack.filter(Value::is_string) else {
        error.ctx().catch();
        return;
    };
    let Ok(stack) = cut(helpers, &stack, 64 << 10) else {
        error.ctx().catch();
        return;
    };
    let mut excerpt = None;
    let frames = stack.lines().filter_map(|line| {
        let frame = Frame::parse(line)?;
        let Some((place, source)) = sources.find(frame.file, frame.line, frame.column) else {
            return frame.is_foreign().then(|| line.trim().to_owned());
        };
        if excerpt.is_none() {
            excerpt = Some(source.excerpt(place.line));
        }
        Some(frame.shown(place))
    });
    let frames: Vec<String> = frames.collect();
    for frame in frames.iter().take(FRAMES) {
        let _ = write!(out, "\n    {frame}");
    }
    if frames.len() > FRAMES {
        let _ = write!(out, "\n    … {} more", frames.len() - FRAMES);
    }
    if let (true, Some(Some(line))) = (with_line, excerpt) {
        let _ = write!(out, "\n{line}");
    }
}

/// A line of a stack: `at NAME (FILE:LINE:COLUMN)` or `at FILE:LINE:COLUMN`.
struct Frame<'l> {
    name: &'l str,
    file: &'l str,
    line: usize,
    column: usize,
}

impl<'l> Frame<'l> {
    fn parse(line: &'l str) -> Option<Self> {
        let rest = line.trim().strip_prefix("at ")?;
        let (name, place) = match rest
            .strip_suffix(')')
            .and_then(|rest| rest.rsplit_once(" ("))
        {
            Some((name, place)) => (name, place),
            None => ("", rest),
        };
        let (place, column) = place.rsplit_once(':')?;
        let (file, line) = place.rsplit_once(':')?;
        Some(Self {
            name: if name == "<eval>" { "" } else { name },
            file,
            line: line.parse().ok()?,
            column: column.parse().ok()?,
        })
    }

    /// Whether it is in code that the program made by itself, with `eval` or `Function`.
    fn is_foreign(&self) -> bool {
        self.file == "<input>"
    }

    fn shown(&self, place: Place) -> String {
        // Programs of a session have numbers; to their author each is the program.
        let file = self.file.split('#').next().unwrap_or(self.file);
        let Place { line, column } = place;
        match self.name {
            "" => format!("at {file}:{line}:{column}"),
            name => format!("at {name} ({file}:{line}:{column})"),
        }
    }
}
