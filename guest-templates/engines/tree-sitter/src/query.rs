//! Queries as the caller writes them.

use tree_sitter::{
    Query, QueryCursor, QueryCursorOptions, QueryError, QueryErrorKind, StreamingIterator as _,
};

use crate::clock::Clock;
use crate::directory;
use crate::language::Language;
use crate::memory::Supply;
use crate::note::Note;
use crate::parsed::Parsed;
use crate::position::{self, one};
use crate::shape;
use crate::source::Input;
use crate::syntax::{Capture, QueryMatch, QueryMatches};
use crate::tags;

/// The longest query, in bytes.
const LONGEST: usize = 32 << 10;
/// How many matches are returned at most.
const MOST: u32 = 2_000;
/// How many captures of one match are returned.
const CAPTURES: usize = 100;
/// How many matches the engine pursues at once.
const PURSUED: u32 = 20_000;
/// What is returned of all captured texts together, in bytes.
const TEXT: usize = 256 << 10;
/// Questions for memory are that many steps apart.
const EVERY: u32 = 16;

/// Runs a query.
///
/// # Errors
/// Fails for a query that does not fit the language, and when the source cannot be read or parsed.
pub fn run(
    text: &str,
    input: &Input,
    limit: u32,
    after: Option<&str>,
) -> Result<QueryMatches, String> {
    if text.len() > LONGEST {
        return Err(format!(
            "the query is too long: {} bytes of at most {LONGEST}",
            text.len()
        ));
    }
    if input.language.is_none() && input.directory()?.is_some() {
        return Err("language is required with a directory: a query fits one language".to_owned());
    }
    let limit = limit.clamp(1, MOST) as usize;
    let mut compiled: Option<Query> = None;
    let (mut matches, mut note) = (Vec::new(), Note::default());
    let mut room = TEXT;
    let seen = directory::visit(input, None, after, &mut Clock::start(), |parsed, clock| {
        let query = match &mut compiled {
            Some(query) => query,
            none => none.insert(compile(text, parsed.language)?),
        };
        let all = matches_of(query, parsed, limit, &mut room, &mut matches, clock)?;
        if !all {
            note.add("some matches are left out: too many are possible at once; write the pattern without * and + over long lists");
        }
        Ok(matches.len() < limit && room > 0)
    })?;
    let mut found = seen.note;
    if matches.len() >= limit || room == 0 {
        found.add(format!(
            "{} matches are returned; there may be more: set limit, or a narrower query",
            matches.len()
        ));
    }
    if let Some(text) = note.text() {
        found.add(text);
    }
    Ok(QueryMatches {
        matches,
        note: found.text(),
        errors: seen.errors,
        problem: seen.problem,
    })
}

/// Compiles a query.
fn compile(text: &str, language: &'static Language) -> Result<Query, String> {
    let grammar = tags::of(language)?.grammar();
    let query = Query::new(grammar, text).map_err(|error| explain(&error, language, grammar))?;
    for pattern in 0..query.pattern_count() {
        let unknown = query.general_predicates(pattern).iter();
        if let Some(predicate) = unknown
            .map(|one| &one.operator)
            .find(|name| name.ends_with('?'))
        {
            return Err(format!(
                "query: pattern {pattern} has the unknown predicate #{predicate}; known are eq, not-eq, any-eq, any-not-eq, match, not-match, any-match, any-not-match, any-of, not-any-of"
            ));
        }
    }
    Ok(query)
}

fn explain(error: &QueryError, language: &Language, grammar: &tree_sitter::Language) -> String {
    let place = format!("query, line {}, column {}", error.row + 1, error.column + 1);
    let name = error.message.trim_matches('"');
    let hint = |similar: Vec<&str>| match similar.is_empty() {
        true => "; ast shows what there is".to_owned(),
        false => format!("; there are {}", similar.join(", ")),
    };
    match error.kind {
        QueryErrorKind::NodeType => {
            let count = u16::try_from(grammar.node_kind_count()).unwrap_or(u16::MAX);
            let kinds = (0..count)
                .filter(|id| grammar.node_kind_is_named(*id) && grammar.node_kind_is_visible(*id));
            let kinds = kinds.filter_map(|id| grammar.node_kind_for_id(id));
            format!(
                "{place}: {} has no node {name}{}",
                language.title,
                hint(similar(name, kinds))
            )
        }
        QueryErrorKind::Field => {
            let count = u16::try_from(grammar.field_count()).unwrap_or(u16::MAX);
            let fields = (1..=count).filter_map(|id| grammar.field_name_for_id(id));
            format!(
                "{place}: {} has no field {name}{}",
                language.title,
                hint(similar(name, fields))
            )
        }
        QueryErrorKind::Capture => format!("{place}: there is no capture {name}"),
        QueryErrorKind::Predicate => format!("{place}: {}", error.message),
        QueryErrorKind::Structure => {
            format!(
                "{place}: this pattern can never match, a node has no such child there:\n{}",
                error.message
            )
        }
        QueryErrorKind::Syntax => {
            format!("{place}: the query's syntax is wrong:\n{}", error.message)
        }
        QueryErrorKind::Language => error.to_string(),
    }
}

/// Returns names that share most of their words with one.
fn similar<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let words: Vec<_> = wanted.split('_').filter(|word| word.len() > 2).collect();
    let shared = |name: &str| words.iter().filter(|word| name.contains(**word)).count();
    let mut all: Vec<_> = names
        .map(|name| (shared(name), name))
        .filter(|(shared, _)| *shared > 0)
        .collect();
    all.sort_by_key(|(shared, name)| (std::cmp::Reverse(*shared), name.len(), *name));
    all.dedup();
    all.into_iter().map(|(_, name)| name).take(6).collect()
}

/// Adds the matches of one text, and says whether the engine pursued all.
fn matches_of(
    query: &Query,
    parsed: &Parsed,
    limit: usize,
    room: &mut usize,
    matches: &mut Vec<QueryMatch>,
    clock: &mut Clock,
) -> Result<bool, String> {
    shape::check(&parsed.tree)?;
    let mut cursor = QueryCursor::new();
    cursor.set_match_limit(PURSUED);
    let mut supply = Supply::new(parsed.text.len(), EVERY);
    let mut progress = |_: &tree_sitter::QueryCursorState| supply.step(clock);
    let options = QueryCursorOptions::new().progress_callback(&mut progress);
    let (root, text) = (parsed.tree.root_node(), &parsed.text);
    let names = query.capture_names();
    let mut found = cursor.matches_with_options(query, root, text.as_bytes(), options);
    while matches.len() < limit && *room > 0 {
        let Some(one_match) = found.next() else { break };
        let mut captures = Vec::new();
        for capture in one_match.captures().iter().take(CAPTURES) {
            let (start, end) = (capture.node.start_position(), capture.node.end_position());
            let shown = position::cut(position::text(text, capture.node), position::SHOWN);
            *room = room.saturating_sub(shown.len() + names[capture.index as usize].len() + 100);
            captures.push(Capture {
                name: names[capture.index as usize].to_owned(),
                kind: capture.node.kind().to_owned(),
                start_line: one(start.row),
                start_column: one(start.column),
                end_line: one(end.row),
                end_column: one(end.column),
                text: shown,
            });
        }
        matches.push(QueryMatch {
            path: parsed.path.clone(),
            pattern: u32::try_from(one_match.pattern_index).unwrap_or(u32::MAX),
            captures,
        });
    }
    drop(found);
    if !supply.was_enough() || clock.is_over_now() {
        return Err(supply.error(clock, &format!("{} matches were found", matches.len())));
    }
    Ok(!cursor.did_exceed_match_limit())
}
