//! Parsing within bounds.

use std::cell::RefCell;

use tree_sitter::{ParseOptions, Parser, Tree};

use crate::clock::Clock;
use crate::language::Language;
use crate::memory::{self, Supply};
use crate::{markup, tags};

/// The longest source that is parsed, in bytes: its tree may take a hundred times as much memory, and more.
pub const LONGEST: usize = 2 << 20;
/// Questions for memory are that many steps apart.
const EVERY: u32 = 64;

thread_local! {
    /// One for all languages; it keeps its memory.
    static PARSER: RefCell<Parser> = RefCell::new(Parser::new());
}

/// Refuses a text that is too long.
///
/// # Errors
/// Fails for one longer than [`LONGEST`].
pub fn check_size(what: &str, bytes: usize) -> Result<(), String> {
    if bytes <= LONGEST {
        return Ok(());
    }
    Err(format!(
        "{what} is too long: {bytes} bytes, and at most {LONGEST} (2 MiB) are parsed; give a part of it as code"
    ))
}

/// Parses a text, with what is known from an earlier tree that was told of the edits.
///
/// # Errors
/// Fails for a text that is too long or too deep, when time is up, and when memory is.
pub fn parse(
    language: &'static Language,
    text: &str,
    earlier: Option<&Tree>,
    clock: &mut Clock,
) -> Result<Tree, String> {
    check_size("the source", text.len())?;
    if language.name == "html" {
        markup::check(text)?;
    }
    memory::check(text.len(), "the source is not parsed")?;
    PARSER.with_borrow_mut(|parser| {
        parser
            .set_language(tags::of(language)?.grammar())
            .map_err(|error| format!("the grammar of {}: {error}", language.title))?;
        let (mut at, mut supply) = (0, Supply::new(text.len(), EVERY));
        let mut progress = |state: &tree_sitter::ParseState| {
            at = state.current_byte_offset();
            supply.step(clock)
        };
        let options = ParseOptions::new().progress_callback(&mut progress);
        let bytes = text.as_bytes();
        let tree = parser.parse_with_options(
            &mut |from, _| bytes.get(from..).unwrap_or_default(),
            earlier,
            Some(options),
        );
        tree.ok_or_else(|| {
            // Else the next text would be taken for the rest of this one.
            parser.reset();
            supply.error(clock, &format!("parsed {at} of {} bytes", text.len()))
        })
    })
}

/// Makes the parser.
pub fn prepare() {
    PARSER.with_borrow_mut(Parser::reset);
}
