//! The methods, and where each is.

use crate::clock::Clock;
use crate::exports::luminarys::skill::prepared;
use crate::problems::Problems;
use crate::source::{self, Input};
use crate::syntax::{Change, Checked, Definitions, Edited, Guest, QueryMatches, ReferencesFound};
use crate::{
    documents, edit, legacy, memory, outline, parse, query, references, search, symbol, tags,
};

/// Errors that `errors` lists.
const ERRORS: usize = 200;

/// The skill.
pub struct Skill;

impl crate::Guest for Skill {
    fn initialize() {
        parse::prepare();
        // What is wrong is said by the call that needs it.
        let _ = tags::prepare();
        // What a small source asks for is then there, and no call has to get it.
        let _ = memory::is_left(8 << 10);
    }
}

impl prepared::Guest for Skill {
    fn prepare() {
        // What is wrong is said by the call that needs it.
        let _ = legacy::parse("fn f() {}", Some("rust"), None);
    }
}

impl Guest for Skill {
    fn parse(
        code: String,
        language: Option<String>,
        filename: Option<String>,
    ) -> Result<String, String> {
        legacy::parse(&code, language.as_deref(), filename.as_deref())
    }

    fn parse_file(path: String, language: Option<String>) -> Result<String, String> {
        let (code, _) = source::read(&path)?;
        let name = path.rsplit('/').next().unwrap_or(&path);
        legacy::parse(&code, language.as_deref(), Some(name))
    }

    fn ast(
        code: String,
        language: Option<String>,
        filename: Option<String>,
        max_depth: Option<u32>,
    ) -> Result<String, String> {
        legacy::ast(
            &code,
            language.as_deref(),
            filename.as_deref(),
            max_depth.unwrap_or(0),
        )
    }

    fn languages() -> Result<String, String> {
        legacy::languages()
    }

    fn outline(
        path: Option<String>,
        code: Option<String>,
        document: Option<String>,
        language: Option<String>,
        within: Option<String>,
        after_line: Option<u32>,
        budget: Option<u32>,
    ) -> Result<Definitions, String> {
        let input = Input::new(path, code, document, language)?;
        outline::outline(
            &input,
            within.as_deref(),
            after_line.unwrap_or(0),
            budget.unwrap_or(2_000),
        )
    }

    fn symbol(
        name: String,
        path: Option<String>,
        code: Option<String>,
        document: Option<String>,
        language: Option<String>,
        budget: Option<u32>,
    ) -> Result<Definitions, String> {
        let input = Input::new(path, code, document, language)?;
        symbol::find(&name, &input, budget.unwrap_or(4_000))
    }

    fn references(
        name: String,
        path: Option<String>,
        code: Option<String>,
        document: Option<String>,
        language: Option<String>,
        limit: Option<u32>,
        after: Option<String>,
    ) -> Result<ReferencesFound, String> {
        let input = Input::new(path, code, document, language)?;
        references::find(&name, &input, limit.unwrap_or(100), after.as_deref())
    }

    fn query(
        query: String,
        path: Option<String>,
        code: Option<String>,
        document: Option<String>,
        language: Option<String>,
        limit: Option<u32>,
        after: Option<String>,
    ) -> Result<QueryMatches, String> {
        let input = Input::new(path, code, document, language)?;
        query::run(&query, &input, limit.unwrap_or(50), after.as_deref())
    }

    fn search(
        name: Option<String>,
        kind: Option<String>,
        language: Option<String>,
        path: Option<String>,
        limit: Option<u32>,
        after: Option<String>,
    ) -> Result<Definitions, String> {
        search::run(search::Search {
            name,
            kind,
            language,
            path,
            limit: limit.unwrap_or(50),
            after,
        })
    }

    fn errors(
        path: Option<String>,
        code: Option<String>,
        document: Option<String>,
        language: Option<String>,
    ) -> Result<Checked, String> {
        let input = Input::new(path, code, document, language)?;
        let parsed = input.parsed(&mut Clock::start())?;
        Ok(checked(parsed.language.name, parsed.problems(ERRORS)))
    }

    fn open(
        document: String,
        path: Option<String>,
        code: Option<String>,
        language: Option<String>,
    ) -> Result<Checked, String> {
        let input = Input::new(path, code, None, language)?;
        documents::check(&document, input.bytes()?)?;
        let parsed = input.parsed(&mut Clock::start())?;
        let answer = checked(parsed.language.name, parsed.problems(ERRORS));
        documents::open(&document, parsed)?;
        Ok(answer)
    }

    fn edit(
        edits: Vec<Change>,
        path: Option<String>,
        code: Option<String>,
        document: Option<String>,
        language: Option<String>,
        return_text: Option<bool>,
    ) -> Result<Edited, String> {
        let input = Input::new(path, code, document, language)?;
        edit::edit(&input, &edits, return_text.unwrap_or(false))
    }

    fn close(document: String) -> Result<String, String> {
        documents::close(&document)?;
        Ok(format!("closed {document}"))
    }
}

fn checked(language: &str, problems: Problems) -> Checked {
    Checked {
        language: language.to_owned(),
        total: problems.total,
        errors: problems.errors,
        problem: problems.problem,
    }
}
