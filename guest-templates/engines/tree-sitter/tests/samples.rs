//! Real files of each language, against lists of their symbols that were written by hand.

mod common;

use common::{Sample, outline, path, report, samples, symbol};
use tree_sitter_skill::LANGUAGES;
use tree_sitter_skill::syntax::Definition;

const ALL: u32 = 100_000;

fn line(symbol: &Definition) -> String {
    format!(
        "{} {} {}-{}",
        symbol.kind,
        path(symbol),
        symbol.start_line,
        symbol.end_line
    )
}

#[test]
fn each_language_has_a_sample() {
    let samples = samples();
    let names = LANGUAGES.iter().map(|language| language.name);
    let without = names.filter(|name| !samples.iter().any(|sample| sample.language == *name));
    report(&without.map(str::to_owned).collect::<Vec<_>>());
}

#[test]
fn symbols_are_those_written_down() {
    let mut rows = Vec::new();
    for Sample {
        name,
        language,
        text,
        symbols,
    } in samples()
    {
        let answer = outline(&text, language, ALL);
        let is: Vec<_> = answer.symbols.iter().map(line).collect();
        let wanted: Vec<_> = symbols.lines().collect();
        let missing = wanted.iter().filter(|one| !is.iter().any(|is| is == *one));
        rows.extend(missing.map(|one| format!("{name}: missing: {one}")));
        let phantoms = is.iter().filter(|one| !wanted.contains(&one.as_str()));
        rows.extend(phantoms.map(|one| format!("{name}: is no symbol: {one}")));
        if rows.is_empty() && is != wanted {
            rows.push(format!("{name}: another order: {is:#?}"));
        }
        rows.extend(
            answer
                .errors
                .iter()
                .map(|error| format!("{name}: {}: {}", error.start_line, error.message)),
        );
        rows.extend(answer.problem.map(|problem| format!("{name}: {problem}")));
    }
    report(&rows);
}

/// By its qualified name each symbol is found, and its body is its lines.
#[test]
fn symbols_are_found_by_name_with_their_text() {
    let mut rows = Vec::new();
    for Sample {
        name,
        language,
        text,
        ..
    } in samples()
    {
        let lines: Vec<_> = text.lines().collect();
        for wanted in outline(&text, language, ALL).symbols {
            let hits = symbol(&path(&wanted), &text, language).symbols;
            let Some(hit) = hits
                .iter()
                .find(|hit| line(hit) == line(&wanted) && path(hit) == path(&wanted))
            else {
                rows.push(format!("{name}: {} is not found", line(&wanted)));
                continue;
            };
            let body = hit.body.as_deref().unwrap_or_default();
            let (start, end) = (wanted.start_line as usize - 1, wanted.end_line as usize);
            let around = lines[start..end].join("\n");
            if !around.contains(body) || body.lines().count() != end - start {
                rows.push(format!("{name}: {}: {body}", line(&wanted)));
            }
        }
    }
    report(&rows);
}

/// Signatures and documentation, a few of each language.
#[test]
fn signatures_and_documentation() {
    let table: &[(&str, &str, &str, &str)] = &[
        (
            "server.go",
            "Server.Start",
            "func (s *Server[T]) Start( address string, port int, ) error",
            "",
        ),
        (
            "server.go",
            "New",
            "func New[T any](value T) *Server[T]",
            "New makes a server.\n\nIt has no handlers.",
        ),
        (
            "server.go",
            "Version",
            "const Version = \"1.2\"",
            "Version is what clients are told.",
        ),
        (
            "server.go",
            "Handler",
            "Handler interface",
            "Handler answers one request.",
        ),
        (
            "server.go",
            "Server",
            "type Server[T any] struct",
            "Server holds the handlers.",
        ),
        ("server.go", "small", "small = 1 << 10", "small requests"),
        ("server.go", "large", "large = 1 << 20", ""),
        ("jobs.py", "Job", "class Job", "One job.\n\nIt has a name."),
        (
            "jobs.py",
            "Job.label",
            "def label(self) -> str",
            "The name for people.",
        ),
        (
            "jobs.py",
            "Job.make",
            "async def make( cls, name: str, *steps: str, ) -> \"Job\"",
            "",
        ),
        (
            "jobs.py",
            "run",
            "async def run(jobs: list[Job]) -> int",
            "Runs all jobs.\n\nIn order.",
        ),
        (
            "jobs.py",
            "TIMEOUT",
            "TIMEOUT = 30",
            "How long a job may take.",
        ),
        (
            "store.js",
            "Store",
            "export default class Store extends Map",
            "Keeps entries.",
        ),
        (
            "store.js",
            "LIMIT",
            "export const LIMIT = 100",
            "How many entries are kept.",
        ),
        (
            "store.js",
            "double",
            "export const double = (x) => x * 2",
            "Doubles a number.",
        ),
        ("store.js", "Store.onChange", "onChange = (event)", ""),
        (
            "events.ts",
            "Channel",
            "export abstract class Channel<T> implements Disposable",
            "Sends events.",
        ),
        (
            "events.ts",
            "Quiet",
            "export class Quiet extends Channel<string>",
            "",
        ),
        ("events.ts", "Quiet.send", "async send(): Promise<void>", ""),
        (
            "events.ts",
            "create",
            "export const create = <T>(value: T): T",
            "",
        ),
        (
            "events.ts",
            "log",
            "declare function log(message: string): void",
            "",
        ),
        (
            "Panel.tsx",
            "Panel",
            "export const Panel: React.FC<Props> = ({ title, onClose })",
            "",
        ),
        (
            "Panel.tsx",
            "Props",
            "interface Props",
            "What a panel is given.",
        ),
        (
            "shapes.rs",
            "Circle.new",
            "pub const fn new(radius: T) -> Self",
            "Makes one.",
        ),
        ("shapes.rs", "Error", "pub enum Error", "What can go wrong."),
        (
            "shapes.rs",
            "Shape.area",
            "fn area(&self) -> f64",
            "Returns the area.",
        ),
        (
            "pool.c",
            "pool_new",
            "pool_t *pool_new(size_t size)",
            "Makes a pool of blocks of `size` bytes.\n\nReturns NULL when there is no memory.",
        ),
        ("pool.c", "pool_t", "typedef struct pool … pool_t", ""),
        (
            "pool.c",
            "pool_growth",
            "enum pool_growth",
            "How a pool grows.",
        ),
        (
            "Inventory.java",
            "Inventory.add",
            "@Override public boolean add(T item) throws IllegalStateException",
            "Adds an item.\n\n@param item what to add",
        ),
        (
            "Inventory.java",
            "Inventory.Place",
            "public enum Place",
            "Where an item is.",
        ),
        ("settings.json", "scripts", "\"scripts\"", ""),
        (
            "settings.json",
            "scripts.build",
            "\"build\": \"tsc -p .\"",
            "",
        ),
        ("release.sh", "say", "say()", "Prints a message."),
        ("release.sh", "VERSION", "VERSION=${1:-0.0.0}", ""),
        (
            "page.html",
            "search",
            "<form id='search' action=\"/find\">",
            "",
        ),
        ("page.html", "nav", "<nav>", "The way around."),
        (
            "theme.css",
            ".button, a.button:hover > span",
            ".button, a.button:hover > span",
            "A button.",
        ),
        ("theme.css", "@media", "@media (max-width: 600px)", ""),
    ];
    let mut rows = Vec::new();
    for (file, name, signature, doc) in table {
        let Sample { text, language, .. } = common::sample(file);
        let hits = symbol(name, &text, language).symbols;
        let is = hits.first().map(|hit| {
            (
                hit.signature.clone().unwrap_or_default(),
                hit.doc.clone().unwrap_or_default(),
            )
        });
        if is != Some(((*signature).to_owned(), (*doc).to_owned())) {
            rows.push(format!(
                "{file}: {name}: {is:?}, not ({signature:?}, {doc:?})"
            ));
        }
    }
    report(&rows);
}
