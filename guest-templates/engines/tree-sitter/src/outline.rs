//! The symbols of a source, within a budget.

use std::collections::BTreeSet;

use crate::clock::Clock;
use crate::note::{Note, many};
use crate::position;
use crate::problems::{LISTED, Problems};
use crate::source::Input;
use crate::symbols::Symbols;
use crate::syntax::{Definition, Definitions as Answer};

/// Bytes of JSON that make a token, about.
const TOKEN: u32 = 3;
/// The least and the most tokens of an answer.
const BUDGETS: (u32, u32) = (100, 100_000);
/// Bytes of JSON of a symbol beside its texts.
const FRAME: usize = 90;
/// Bytes of documentation, where it is more than wanted.
const DOC: usize = 240;

/// Returns how many bytes a budget of tokens is.
pub fn bytes(budget: u32) -> usize {
    (budget.clamp(BUDGETS.0, BUDGETS.1) * TOKEN) as usize
}

/// Returns a symbol as answers have it.
pub fn entry(symbols: &Symbols, index: usize, path: Option<&str>) -> Definition {
    let symbol = &symbols.all[index];
    Definition {
        kind: symbol.kind.to_owned(),
        name: symbol.name.clone(),
        parent: symbols.parent(index),
        path: path.map(str::to_owned),
        start_line: symbol.start_line,
        end_line: symbol.end_line,
        signature: Some(symbol.signature.clone()),
        doc: symbol.doc.clone(),
        body: None,
        members: None,
    }
}

/// Lists the symbols of a source, or of those in `within`, that start after a line.
///
/// # Errors
/// Fails when the source cannot be read or parsed.
pub fn outline(
    input: &Input,
    within: Option<&str>,
    after_line: u32,
    budget: u32,
) -> Result<Answer, String> {
    let clock = &mut Clock::start();
    let parsed = input.parsed(clock)?;
    let symbols = parsed.symbols(clock)?;
    let mut note = Note::default();
    let chosen = match within.filter(|name| !name.is_empty()) {
        Some(name) => inside(&symbols, name, &mut note),
        None => (0..symbols.all.len()).collect(),
    };
    let listed: Vec<_> = chosen
        .into_iter()
        .filter(|index| symbols.all[*index].start_line > after_line)
        .collect();
    let symbols = fit(&symbols, &listed, bytes(budget), &mut note);
    let Problems {
        errors, problem, ..
    } = parsed.problems(LISTED);
    Ok(Answer {
        symbols,
        note: note.text(),
        errors,
        problem,
    })
}

/// Returns what stands in the symbols of a name, or belongs to them.
fn inside(symbols: &Symbols, name: &str, note: &mut Note) -> Vec<usize> {
    let outer = symbols.named(name);
    let mut is_inside = vec![false; symbols.all.len()];
    for index in &outer {
        is_inside[index + 1..symbols.behind(*index)].fill(true);
    }
    let owners: BTreeSet<_> = outer
        .iter()
        .map(|index| symbols.all[*index].name.as_str())
        .collect();
    for (index, symbol) in symbols.all.iter().enumerate() {
        is_inside[index] |= symbol.owner().is_some_and(|owner| owners.contains(owner));
    }
    if outer.is_empty() {
        note.add(format!("no symbol is called {name}"));
    }
    (0..symbols.all.len())
        .filter(|index| is_inside[*index])
        .collect()
}

/// How much of each symbol is shown.
#[derive(Clone, Copy)]
struct Detail {
    /// Bytes of documentation.
    doc: usize,
    signatures: bool,
    /// Levels of symbols in symbols.
    levels: usize,
}

/// Makes entries of symbols, with less detail the more there are.
fn fit(symbols: &Symbols, listed: &[usize], room: usize, note: &mut Note) -> Vec<Definition> {
    let depth = |index: &usize| symbols.all[*index].depth;
    let (least, most) = (
        listed.iter().map(depth).min().unwrap_or(0),
        listed.iter().map(depth).max().unwrap_or(0),
    );
    let full = Detail {
        doc: usize::MAX,
        signatures: true,
        levels: most - least,
    };
    let bare = Detail { doc: 0, ..full };
    // What the levels cost together, each with those above it.
    let mut costs = vec![0_usize; full.levels + 1];
    for index in listed {
        costs[depth(index) - least] += cost(symbols, *index, &bare);
    }
    let costs = costs.into_iter().scan(0, |sum, cost| {
        *sum += cost;
        Some(*sum)
    });
    let levels = costs.take_while(|cost| *cost <= room).count();
    let of_all = |detail: &Detail| {
        let costs = listed.iter().map(|index| cost(symbols, *index, detail));
        costs.sum::<usize>() <= room
    };
    let cut = Detail { doc: DOC, ..full };
    let (step, detail) = if of_all(&full) {
        (0, full)
    } else if of_all(&cut) {
        (1, cut)
    } else if let Some(levels) = levels.checked_sub(1) {
        (2, Detail { levels, ..bare })
    } else {
        let signatures = false;
        (
            3,
            Detail {
                signatures,
                levels: 0,
                ..bare
            },
        )
    };
    let shown = listed.iter().copied();
    let mut chosen: Vec<_> = shown
        .filter(|index| depth(index) <= least + detail.levels)
        .collect();
    let detail = &detail;
    let mut left = room;
    let fits = chosen.iter().take_while(|index| {
        let cost = cost(symbols, **index, detail);
        let fits = cost <= left;
        left = left.saturating_sub(cost);
        fits
    });
    let line = |place: usize| symbols.all[chosen[place]].start_line;
    let mut count = fits.count().max(1);
    // The rest is asked for by line: what shares one stays together.
    let mut is_one_line = false;
    if count < chosen.len() && line(count) == line(count - 1) {
        let first = (0..count)
            .find(|place| line(*place) == line(count))
            .unwrap_or(0);
        is_one_line = first == 0;
        count = if is_one_line { count } else { first };
    }
    let hidden = listed.len() - chosen.len();
    if listed.iter().any(|index| {
        symbols.all[*index]
            .doc
            .as_ref()
            .is_some_and(|doc| doc.len() > detail.doc)
    }) {
        note.add(match detail.doc {
            0 => "doc comments are left out",
            _ => "doc comments are cut off",
        });
    }
    if !detail.signatures {
        note.add("signatures are left out");
    }
    if hidden > 0 {
        note.add(format!(
            "{} inside others left out (members says how many): ask with within",
            many(hidden, "symbol")
        ));
    }
    if count < chosen.len() {
        let (left, last) = (many(chosen.len() - count, "symbol"), line(count - 1));
        note.add(match is_one_line {
            true => format!("{left} of line {last} and after it left out"),
            false => format!("{left} after line {last} left out: pass after_line: {last}"),
        });
        chosen.truncate(count);
    }
    if step > 0 {
        note.add("a larger budget shows more");
    }
    let entries = chosen.iter().map(|index| {
        let mut entry = entry(symbols, *index, None);
        entry.doc = entry
            .doc
            .filter(|_| detail.doc > 0)
            .map(|doc| position::cut(&doc, detail.doc));
        entry.signature = entry.signature.filter(|_| detail.signatures);
        if depth(index) == least + detail.levels {
            let members = symbols.behind(*index) - index - 1;
            entry.members = u32::try_from(members).ok().filter(|members| *members > 0);
        }
        entry
    });
    entries.collect()
}

/// Bytes of a symbol's entry.
fn cost(symbols: &Symbols, index: usize, detail: &Detail) -> usize {
    let symbol = &symbols.all[index];
    let parent = symbols.parent(index).map_or(0, |parent| parent.len());
    let doc = symbol
        .doc
        .as_ref()
        .map_or(0, |doc| doc.len().min(detail.doc));
    let signature = match detail.signatures {
        true => symbol.signature.len(),
        false => 0,
    };
    FRAME + symbol.kind.len() + symbol.name.len() + parent + doc + signature
}
