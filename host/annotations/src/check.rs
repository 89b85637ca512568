//! Converts blocks of comments to a skill; checks every rule, and reports all errors at once.

mod identity;
mod method;

use std::ops::Range;

use luminarys_package::{Abi, Descriptor};

use crate::reference::{ANNOTATIONS, Place};
use crate::source::{Below, Block, Line};
use crate::syntax::{self, SyntaxError};
use crate::{Diagnostic, Language, Skill, SourceFile, go};

/// An annotation and its place.
struct Found<'a> {
    word: &'a str,
    rest: &'a str,
    /// The range of `rest`; of the whole line if it is empty.
    range: Range<usize>,
    file: usize,
}

impl Found<'_> {
    fn error(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(self.range.clone(), message).in_file(self.file)
    }

    /// Makes an error about a part of `rest`.
    fn part(&self, error: &SyntaxError) -> Diagnostic {
        if self.rest.is_empty() {
            return self.error(error.to_string());
        }
        let start = self.range.start;
        let range = start + error.range.start..start + error.range.end;
        Diagnostic::error(range, error.to_string()).in_file(self.file)
    }
}

/// Returns the skill that the blocks of each file describe; `None` if its identity is not known. Errors go to
/// `diagnostics`.
pub(crate) fn check(
    language: Language,
    files: &[SourceFile],
    blocks: Vec<Vec<Block>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Skill> {
    let mut identity = identity::Identity::default();
    let mut methods = Vec::new();
    let mut functions = Vec::new();
    for (file, blocks) in blocks.into_iter().enumerate() {
        for block in blocks {
            let (of_skill, of_function) = annotations(&block.lines, file, diagnostics);
            for found in &of_skill {
                identity.take(found, language, &block.below, diagnostics);
            }
            let Some(first) = of_function.first() else {
                continue;
            };
            let function = match block.below {
                Below::Function(function) => function,
                Below::File => {
                    diagnostics.push(first.error(detached("the file, and no function")));
                    continue;
                }
                Below::Other(what) => {
                    diagnostics.push(first.error(detached(&what)));
                    continue;
                }
            };
            if let Some(method) =
                method::check(language, &of_function, &function, file, diagnostics)
            {
                methods.push((method, function.range.clone(), file));
                functions.push(*function);
            }
        }
    }
    for (index, (method, ..)) in methods.iter().enumerate() {
        let twin = methods[..index]
            .iter()
            .find(|(other, ..)| other.name == method.name);
        if twin.is_some() {
            let (_, range, file) = &methods[index];
            let message = format!("the method {} is repeated", method.name);
            diagnostics.push(Diagnostic::error(range.clone(), message).in_file(*file));
        }
    }
    let known = identity.finish(diagnostics)?;
    if methods.is_empty() && !diagnostics.iter().any(Diagnostic::is_error) {
        let help = "write @skill:method NAME \"TEXT\" directly above a function";
        diagnostics.push(Diagnostic::warning(0..0, "the skill has no method").help(help));
    }
    let sdk = match language {
        Language::AssemblyScript => known.sdk,
        Language::Go => imported(files, &functions),
        Language::Rust => None,
    };
    let descriptor = Descriptor {
        version: 1,
        id: known.id,
        name: known.name,
        skill_version: known.version,
        description: known.description,
        abi: Abi::Dynamic,
        language: Some(language.name().to_owned()),
        sdk: None,
        methods: methods.into_iter().map(|(method, ..)| method).collect(),
        requirements: known.requirements,
    };
    // Rules not checked above: lengths, counts, control characters.
    if !diagnostics.iter().any(Diagnostic::is_error)
        && let Err(error) = descriptor.validate()
    {
        diagnostics.push(Diagnostic::error(0..0, error.to_string()));
    }
    let has_main = language == Language::Go && files.iter().any(|file| go::has_main(&file.text));
    Some(Skill {
        has_main,
        language,
        descriptor,
        functions,
        sdk,
    })
}

fn detached(what: &str) -> String {
    format!(
        "this comment is above {what}; a method's annotations must be directly above its function"
    )
}

/// Splits a block's annotations into those of the skill and those of the function.
fn annotations<'a>(
    lines: &'a [Line],
    file: usize,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vec<Found<'a>>, Vec<Found<'a>>) {
    let mut of_skill = Vec::new();
    let mut of_function = Vec::new();
    for line in lines {
        let begin = line.range.start;
        match syntax::annotation(&line.text) {
            Ok(None) => {}
            Ok(Some(found)) => {
                let start = begin + found.offset;
                let range = match found.rest {
                    "" => line.range.clone(),
                    rest => start..start + rest.len(),
                };
                let known = ANNOTATIONS.iter().find(|known| known.word == found.word);
                let (word, rest) = (found.word, found.rest);
                let found = Found {
                    word,
                    rest,
                    range,
                    file,
                };
                match known.map(|known| known.place) {
                    Some(Place::Function) => of_function.push(found),
                    _ => of_skill.push(found),
                }
            }
            Err(error) => {
                let range = begin + error.range.start..begin + error.range.end;
                diagnostics.push(Diagnostic::error(range, error.to_string()).in_file(file));
            }
        }
    }
    (of_skill, of_function)
}

/// Returns the package of the methods' `*sdk.Context`.
fn imported(files: &[SourceFile], functions: &[crate::Function]) -> Option<String> {
    let context = functions
        .iter()
        .find_map(|function| function.context.as_ref())?;
    let qualifier = context.text.trim_start_matches('*').split('.').next()?;
    files
        .iter()
        .find_map(|file| go::import_path(&file.text, qualifier))
}
