//! Reads `@skill:` lines in the comments of a skill's source.
//!
//! - [`mod@reference`]: the table of annotations, used by the checks and the printed reference
//! - [`syntax`]: parses the lines of one comment; also used for the comments of WIT worlds
//! - `language`: the languages and their files; [`source`]: what a language's parser finds: blocks of comments and the
//!   functions below them; `rust` (syn), `go` and `typescript` (tree-sitter) produce it
//! - `check`: converts blocks to a [`Skill`], and checks every rule
//! - [`diagnostic`]: errors and warnings with their places
//!
//! [`read`] does all of it for one folder's files.

mod check;
pub mod diagnostic;
mod go;
mod language;
mod literal;
pub mod reference;
mod rust;
mod skill;
pub mod source;
pub mod syntax;
mod tree;
mod typescript;

pub use diagnostic::{Diagnostic, Problems};
pub use language::{Language, SourceFile};
pub use skill::{Argument, Function, Kind, Skill, Use};

/// Reads the annotations of a skill's source files, all of one language. Warnings come with the skill.
///
/// # Errors
/// [`Problems`], at least one of them an error. Code must not be generated from such a source.
pub fn read(
    language: Language,
    files: Vec<SourceFile>,
) -> Result<(Skill, Vec<Diagnostic>), Problems> {
    let mut found = Vec::new();
    let mut diagnostics = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let parsed = match language {
            Language::Rust => rust::parse(&file.text),
            Language::Go => go::parse(&file.text),
            Language::AssemblyScript => typescript::parse(&file.text),
        };
        found.push(parsed.blocks);
        let located = parsed.diagnostics.into_iter();
        diagnostics.extend(located.map(|diagnostic| diagnostic.in_file(index)));
    }
    // A file that does not parse has no annotations.
    if diagnostics.iter().any(Diagnostic::is_unreadable) {
        return Err(Problems { files, diagnostics });
    }
    let skill = check::check(language, &files, found, &mut diagnostics);
    match skill {
        Some(skill) if !diagnostics.iter().any(Diagnostic::is_error) => Ok((skill, diagnostics)),
        _ => Err(Problems { files, diagnostics }),
    }
}
