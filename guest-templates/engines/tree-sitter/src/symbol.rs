//! A symbol's source text by its name.

use crate::clock::Clock;
use crate::directory::{self, Containing};
use crate::note::many;
use crate::outline;
use crate::position;
use crate::source::Input;
use crate::syntax::Definitions as Answer;

/// How many symbols of one name are listed.
const MOST: usize = 100;
/// Similar names that are proposed.
const SIMILAR: usize = 8;

/// Finds symbols by name.
///
/// # Errors
/// Fails when the source cannot be read or parsed.
pub fn find(name: &str, input: &Input, budget: u32) -> Result<Answer, String> {
    let wanted = name.trim();
    let last = wanted.rsplit([':', '#', '.', '/']).next().unwrap_or(wanted);
    if last.is_empty() {
        return Err("name is required".to_owned());
    }
    let mut room = outline::bytes(budget);
    let (mut hits, mut similar) = (Vec::new(), Vec::new());
    let (mut cut, mut without, mut more) = (None, 0, 0);
    let containing = Containing {
        text: last,
        any_case: false,
    };
    let clock = &mut Clock::start();
    let mut seen = directory::visit(input, Some(containing), None, clock, |parsed, clock| {
        let symbols = parsed.symbols(clock)?;
        let named = symbols.named(wanted);
        if named.is_empty() {
            similar.extend(
                near(
                    last,
                    symbols
                        .all
                        .iter()
                        .enumerate()
                        .map(|(index, one)| (index, &*one.name)),
                )
                .into_iter()
                .map(|index| symbols.path(index)),
            );
        }
        for index in named {
            if hits.len() == MOST {
                more += 1;
                continue;
            }
            let symbol = &symbols.all[index];
            let text = position::slice(&parsed.text, symbol.start, symbol.end);
            let mut hit = outline::entry(&symbols, index, parsed.path.as_deref());
            if text.len() <= room {
                hit.body = Some(text.to_owned());
                room -= text.len();
            } else if hits.is_empty() {
                // The first is shown in part rather than not at all.
                hit.body = Some(position::cut(text, room));
                let shown = position::slice(text, 0, room).lines().count();
                cut = Some(symbol.start_line as usize + shown);
                room = 0;
            } else {
                without += 1;
            }
            hits.push(hit);
        }
        Ok(hits.len() < MOST)
    })?;
    if let Some(line) = cut {
        seen.note.add(format!(
            "the body is cut off in line {}: set budget for more, or ask for a symbol in it",
            line - 1
        ));
    }
    if more > 0 {
        seen.note.add(format!(
            "{} more of this name left out",
            many(more, "symbol")
        ));
    }
    if without > 0 {
        seen.note.add(format!(
            "{} without body: set budget for more, or ask by qualified name",
            many(without, "symbol")
        ));
    }
    if hits.is_empty() {
        similar.sort();
        similar.dedup();
        similar.truncate(SIMILAR);
        let similar = match similar.is_empty() {
            true => "outline lists what there is".to_owned(),
            false => format!("there are {}", similar.join(", ")),
        };
        seen.note
            .add(format!("no symbol is called {wanted}: {similar}"));
    }
    Ok(Answer {
        symbols: hits,
        note: seen.note.text(),
        errors: seen.errors,
        problem: seen.problem,
    })
}

/// Returns the names that contain the wanted one, or are contained in it, whatever their case.
fn near<'a>(wanted: &str, names: impl Iterator<Item = (usize, &'a str)>) -> Vec<usize> {
    let wanted = wanted.to_lowercase();
    let near = names.filter(|(_, name)| {
        let name = name.to_lowercase();
        name.contains(&wanted) || name.len() > 3 && wanted.contains(&name)
    });
    near.map(|(index, _)| index).take(SIMILAR).collect()
}
