//! Symbols of many files.

use crate::clock::Clock;
use crate::directory::{self, Containing, Files};
use crate::language::Language;
use crate::note::many;
use crate::outline;
use crate::source::Input;
use crate::syntax::Definitions as Answer;

/// How many are returned at most.
const MOST: u32 = 2_000;
/// The longest name, in bytes.
const NAME: usize = 200;

/// What is searched for.
pub struct Search {
    pub name: Option<String>,
    pub kind: Option<String>,
    pub language: Option<String>,
    pub path: Option<String>,
    pub limit: u32,
    pub after: Option<String>,
}

/// Searches.
///
/// # Errors
/// Fails when the files cannot be listed.
pub fn run(search: Search) -> Result<Answer, String> {
    let some = |text: Option<String>| text.filter(|text| !text.is_empty());
    let (name, kind) = (some(search.name), some(search.kind));
    if name.as_ref().is_some_and(|name| name.len() > NAME) {
        return Err(format!("name is longer than {NAME} bytes"));
    }
    let pattern = name.as_deref().map(Pattern::new);
    let limit = search.limit.clamp(1, MOST) as usize;
    let language = some(search.language);
    let path = some(search.path);
    let (mut symbols, mut more) = (Vec::new(), 0);
    let containing = || {
        let text = pattern
            .as_ref()
            .map(Pattern::longest)
            .filter(|text| !text.is_empty());
        text.map(|text| Containing {
            text,
            any_case: true,
        })
    };
    let visit = |parsed: &crate::parsed::Parsed, clock: &mut Clock| {
        let all = parsed.symbols(clock)?;
        for (index, symbol) in all.all.iter().enumerate() {
            let is_wanted = pattern
                .as_ref()
                .is_none_or(|pattern| pattern.matches(&symbol.name))
                && kind
                    .as_deref()
                    .is_none_or(|kind| kind.eq_ignore_ascii_case(symbol.kind));
            if is_wanted && symbols.len() < limit {
                symbols.push(outline::entry(&all, index, parsed.path.as_deref()));
            } else if is_wanted {
                more += 1;
            }
        }
        Ok(symbols.len() < limit)
    };
    let clock = &mut Clock::start();
    let mut seen = match path {
        Some(path) => {
            let input = Input::new(Some(path), None, None, language)?;
            directory::visit(&input, containing(), search.after.as_deref(), clock, visit)?
        }
        None => {
            let files = Files {
                root: None,
                language: language.as_deref().map(Language::named).transpose()?,
                containing: containing(),
                after: search.after.as_deref(),
            };
            directory::visit_all(&files, clock, visit)?
        }
    };
    if more > 0 {
        seen.note.add(format!(
            "{} of the last file left out: set limit",
            many(more, "symbol")
        ));
    }
    if symbols.is_empty() {
        let containing = match pattern.as_ref().map(Pattern::longest) {
            Some(text) if !text.is_empty() => format!(" that contain \"{text}\""),
            _ => String::new(),
        };
        seen.note.add(format!(
            "no such symbol in {}{containing}",
            many(seen.files, "file")
        ));
    }
    if let Some(pattern) = &pattern {
        // The order of the files stays within each rank.
        symbols.sort_by_key(|symbol| pattern.rank(&symbol.name));
    }
    Ok(Answer {
        symbols,
        note: seen.note.text(),
        errors: seen.errors,
        problem: seen.problem,
    })
}

/// A pattern of names: a part, or with `*` the whole.
struct Pattern {
    parts: Vec<String>,
}

impl Pattern {
    fn new(text: &str) -> Self {
        let parts = text.to_lowercase();
        Self {
            parts: parts.split('*').map(str::to_owned).collect(),
        }
    }

    /// Ranks a name that matches: the whole of it, its beginning, another part.
    fn rank(&self, name: &str) -> u8 {
        let (name, first) = (name.to_lowercase(), &self.parts[0]);
        match name.strip_prefix(first.as_str()) {
            Some("") => 0,
            Some(_) => 1,
            None => 2,
        }
    }

    /// The longest text that each name has.
    fn longest(&self) -> &str {
        self.parts
            .iter()
            .map(String::as_str)
            .max_by_key(|part| part.len())
            .unwrap_or_default()
    }

    fn matches(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        let [first, middle @ .., last] = &self.parts[..] else {
            return name.contains(&self.parts[0]);
        };
        let Some(mut rest) = name.strip_prefix(first.as_str()) else {
            return false;
        };
        for part in middle {
            let Some(at) = rest.find(part.as_str()) else {
                return false;
            };
            rest = &rest[at + part.len()..];
        }
        rest.ends_with(last.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn names_match_in_part_or_with_stars_as_a_whole() {
        let rows = [
            ("parse", "parse_file", true),
            ("PARSE", "doParse", true),
            ("parse*", "parse_file", true),
            ("parse*", "doParse", false),
            ("*parse", "doParse", true),
            ("p*e", "parse", true),
            ("p*e*e", "parse", false),
            ("ab*ba", "aba", false),
            ("*", "anything", true),
            ("get*by*id", "getUserById", true),
            ("é*", "Élan", true),
        ];
        let wrong: Vec<_> = rows
            .iter()
            .filter(|(pattern, name, wanted)| Pattern::new(pattern).matches(name) != *wanted)
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
