//! The languages: their names, their files and their grammars.

use tree_sitter_language::LanguageFn;

/// A language.
pub struct Language {
    /// The name that `languages` lists.
    pub name: &'static str,
    /// As people write it.
    pub title: &'static str,
    /// Other names.
    pub aliases: &'static [&'static str],
    /// The endings of its files' names that `languages` lists.
    pub extensions: &'static [&'static str],
    /// Further endings.
    pub others: &'static [&'static str],
    /// Makes the grammar.
    pub grammar: LanguageFn,
    /// The queries for symbols and references, later ones before earlier ones.
    pub tags: &'static [&'static str],
}

/// All of them, in the order of `languages`.
pub static LANGUAGES: [Language; 12] = [
    Language {
        name: "go",
        title: "Go",
        aliases: &[],
        extensions: &["go"],
        others: &[],
        grammar: tree_sitter_go::LANGUAGE,
        tags: &[
            tree_sitter_go::TAGS_QUERY,
            include_str!("../queries/go.scm"),
        ],
    },
    Language {
        name: "python",
        title: "Python",
        aliases: &[],
        extensions: &["py"],
        others: &["pyi"],
        grammar: tree_sitter_python::LANGUAGE,
        tags: &[
            tree_sitter_python::TAGS_QUERY,
            include_str!("../queries/python.scm"),
        ],
    },
    Language {
        name: "javascript",
        title: "JavaScript",
        aliases: &["js"],
        extensions: &["js", "mjs", "cjs"],
        others: &["jsx"],
        grammar: tree_sitter_javascript::LANGUAGE,
        tags: &[
            tree_sitter_javascript::TAGS_QUERY,
            ECMASCRIPT,
            include_str!("../queries/javascript.scm"),
        ],
    },
    Language {
        name: "rust",
        title: "Rust",
        aliases: &["rs"],
        extensions: &["rs"],
        others: &[],
        grammar: tree_sitter_rust::LANGUAGE,
        tags: &[
            tree_sitter_rust::TAGS_QUERY,
            include_str!("../queries/rust.scm"),
        ],
    },
    Language {
        name: "c",
        title: "C",
        aliases: &["h"],
        extensions: &["c", "h"],
        others: &[],
        grammar: tree_sitter_c::LANGUAGE,
        tags: &[tree_sitter_c::TAGS_QUERY, include_str!("../queries/c.scm")],
    },
    Language {
        name: "java",
        title: "Java",
        aliases: &[],
        extensions: &["java"],
        others: &[],
        grammar: tree_sitter_java::LANGUAGE,
        tags: &[
            tree_sitter_java::TAGS_QUERY,
            include_str!("../queries/java.scm"),
        ],
    },
    Language {
        name: "json",
        title: "JSON",
        aliases: &[],
        extensions: &["json"],
        others: &[],
        grammar: tree_sitter_json::LANGUAGE,
        tags: &[include_str!("../queries/json.scm")],
    },
    Language {
        name: "bash",
        title: "Bash",
        aliases: &["sh"],
        extensions: &["sh", "bash"],
        others: &[],
        grammar: tree_sitter_bash::LANGUAGE,
        tags: &[include_str!("../queries/bash.scm")],
    },
    Language {
        name: "typescript",
        title: "TypeScript",
        aliases: &["ts"],
        extensions: &["ts"],
        others: &["mts", "cts"],
        grammar: tree_sitter_typescript::LANGUAGE_TYPESCRIPT,
        tags: TYPESCRIPT,
    },
    Language {
        name: "tsx",
        title: "TSX",
        aliases: &[],
        extensions: &["tsx"],
        others: &[],
        grammar: tree_sitter_typescript::LANGUAGE_TSX,
        tags: TYPESCRIPT,
    },
    Language {
        name: "html",
        title: "HTML",
        aliases: &[],
        extensions: &["html", "htm", "vue"],
        others: &[],
        grammar: tree_sitter_html::LANGUAGE,
        tags: &[include_str!("../queries/html.scm")],
    },
    Language {
        name: "css",
        title: "CSS",
        aliases: &[],
        extensions: &["css"],
        others: &[],
        grammar: tree_sitter_css::LANGUAGE,
        tags: &[include_str!("../queries/css.scm")],
    },
];

/// Names that JavaScript and TypeScript bind in the same way.
const ECMASCRIPT: &str = include_str!("../queries/ecmascript.scm");

/// The grammar's own query has what JavaScript lacks, and needs JavaScript's beside it.
const TYPESCRIPT: &[&str] = &[
    tree_sitter_javascript::TAGS_QUERY,
    tree_sitter_typescript::TAGS_QUERY,
    ECMASCRIPT,
    include_str!("../queries/typescript.scm"),
];

impl Language {
    /// Finds a language by its name or another name, in upper or lower case.
    ///
    /// # Errors
    /// Fails for any other name, and lists those that there are.
    pub fn named(name: &str) -> Result<&'static Self, String> {
        let name = name.trim();
        LANGUAGES
            .iter()
            .find(|one| one.names().any(|other| other.eq_ignore_ascii_case(name)))
            .ok_or_else(|| format!("unsupported language: {name}; there are {}", names()))
    }

    /// Returns its name and its other names.
    fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }

    /// Finds the language of a file by the ending of its name.
    pub fn of_file(name: &str) -> Option<&'static Self> {
        let base = name.rsplit('/').next().unwrap_or(name);
        let ending = base.rsplit_once('.')?.1.to_ascii_lowercase();
        LANGUAGES
            .iter()
            .find(|one| one.endings().any(|other| other == ending))
    }

    /// Returns the endings of its files' names.
    pub fn endings(&self) -> impl Iterator<Item = &'static str> {
        self.extensions.iter().chain(self.others).copied()
    }

    /// Decides: the language that is given, else the file's.
    ///
    /// # Errors
    /// Fails when it is not supported, or neither says one.
    pub fn of(given: Option<&str>, file: Option<&str>) -> Result<&'static Self, String> {
        if let Some(name) = given.filter(|name| !name.is_empty()) {
            return Self::named(name);
        }
        match file.filter(|name| !name.is_empty()) {
            None => Err("language or filename is required: the text does not say it".to_owned()),
            Some(name) => Self::of_file(name).ok_or_else(|| {
                format!(
                    "the name {name} does not say the language: give language, one of {}",
                    names()
                )
            }),
        }
    }
}

/// Returns all names with the other names of each, for messages.
pub fn names() -> String {
    let names = LANGUAGES.iter().map(|one| match one.aliases {
        [] => one.name.to_owned(),
        others => format!("{} ({})", one.name, others.join(", ")),
    });
    names.collect::<Vec<_>>().join(", ")
}
