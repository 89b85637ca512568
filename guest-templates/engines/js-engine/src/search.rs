//! What programs may call, as text for a model: the best first, and no more than it can read.

use luminarys_quickjs::stubs::{Method, Names, stubs};
use luminarys_sdk::skill::skills::{self, Effects, Found, FoundPage, MethodName};

/// Methods whose names are shown.
const NAMES: u32 = 300;
/// Methods that are shown with a sentence.
const SUMMARIES: u32 = 40;
/// Methods that are shown with their types.
const STUBS: u32 = 8;
/// Characters of a query that an answer repeats.
const QUERY: usize = 100;
/// The longest text, in bytes.
const MAX: usize = 12 << 10;

/// Returns the methods that match, with as much `detail` as asked for.
pub(crate) fn search(query: &str, detail: &str) -> Result<String, String> {
    let limit = match detail {
        "" | "names" => NAMES,
        "summary" => SUMMARIES,
        "stubs" => STUBS,
        other => {
            return Err(format!(
                "detail is {other:?}; it must be names, summary or stubs"
            ));
        }
    };
    let page = skills::find(query, 0, limit);
    if page.methods.is_empty() {
        return Ok(nothing(query));
    }
    let paths = Names::new(skills::callable_skills());
    let (text, shown) = match detail {
        "summary" => lines(&page.methods, |found| summary(found, &paths)),
        "stubs" => types(&page.methods, &paths)?,
        _ => names(&page.methods, &paths),
    };
    Ok(with_rest(text, shown, &page, query))
}

fn nothing(query: &str) -> String {
    if !query.is_empty() && skills::find("", 0, 1).total > 0 {
        let query: String = query.chars().take(QUERY).collect();
        return format!("No method matches {query:?}. Without a query all are listed.");
    }
    "No method may be called: invoke_policy.can_invoke of this skill's manifest and can_be_invoked_by of the other's must both allow it.".to_owned()
}

/// Adds how many there are, and how to see the others.
fn with_rest(mut text: String, shown: usize, page: &FoundPage, query: &str) -> String {
    let left = (page.total as usize).saturating_sub(shown);
    if left > 0 {
        let how = if query.is_empty() {
            "search with a query"
        } else {
            "use other words"
        };
        text += &format!("… {left} more of {}: {how}\n", page.total);
    }
    text
}

/// The methods of each skill on a line, the skill with the best one first.
fn names(found: &[Found], paths: &Names) -> (String, usize) {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for one in found {
        match groups.iter_mut().find(|(skill, _)| *skill == one.skill) {
            Some((_, methods)) => methods.push(&one.method),
            None => groups.push((&one.skill, vec![&one.method])),
        }
    }
    let (mut text, mut shown) = (String::new(), 0);
    for (skill, methods) in groups {
        if text.len() > MAX {
            break;
        }
        text += &format!("{}: {}\n", paths.path(skill), methods.join(", "));
        shown += methods.len();
    }
    (text, shown)
}

fn lines(found: &[Found], line: impl Fn(&Found) -> String) -> (String, usize) {
    let (mut text, mut shown) = (String::new(), 0);
    for one in found {
        if text.len() > MAX {
            break;
        }
        text += &line(one);
        shown += 1;
    }
    (text, shown)
}

fn summary(found: &Found, paths: &Names) -> String {
    let path = paths.path(&found.skill);
    let effect = match () {
        () if found.effects.contains(Effects::READ_ONLY) => " (reads only)",
        () if found.effects.contains(Effects::DESTRUCTIVE) => " (may destroy)",
        () => "",
    };
    format!("{path}.{}: {}{effect}\n", found.method, found.summary)
}

fn types(found: &[Found], paths: &Names) -> Result<(String, usize), String> {
    let names: Vec<MethodName> = found
        .iter()
        .map(|found| MethodName {
            skill: found.skill.clone(),
            method: found.method.clone(),
        })
        .collect();
    let known = skills::signatures(&names)?.into_iter().flatten();
    let methods = known.map(|found| Method {
        skill: found.skill,
        method: found.method,
        description: found.description,
        parameters: found.parameters,
        returns: found.returns,
    });
    let methods: Vec<Method> = methods.collect();
    Ok(stubs(&methods, paths, MAX))
}
