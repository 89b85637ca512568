//! The table of annotations, used by the checks and the printed reference.

use std::fmt::Write as _;

use luminarys_grants::{Key, Required, keys};
use luminarys_package::Hint;

/// The place of an annotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The comment of the skill: above the package clause, at the top of the file, above a WIT world.
    Skill,
    /// The comment directly above a function.
    Function,
}

/// One annotation.
#[derive(Debug)]
pub struct Annotation {
    /// The word after `@skill:`.
    pub word: &'static str,
    /// The syntax after the word.
    pub form: &'static str,
    /// Its place.
    pub place: Place,
    /// Whether it is required, and may be repeated.
    pub count: Count,
    /// Its meaning, for people.
    pub meaning: &'static str,
    /// An example line.
    pub example: &'static str,
}

/// How often an annotation may occur in its comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Once.
    Required,
    /// At most once.
    Optional,
    /// Any number of times.
    Many,
}

/// Every annotation, in the usual order.
pub const ANNOTATIONS: [Annotation; 13] = [
    Annotation {
        word: "id",
        form: "ID",
        place: Place::Skill,
        count: Count::Required,
        meaning: "Names the skill: three or more segments of `a-z`, `0-9` and inner hyphens, separated by dots.",
        example: "@skill:id ai.example.notes",
    },
    Annotation {
        word: "name",
        form: "\"TEXT\"",
        place: Place::Skill,
        count: Count::Required,
        meaning: "The name for people.",
        example: "@skill:name \"Notes\"",
    },
    Annotation {
        word: "version",
        form: "X.Y.Z",
        place: Place::Skill,
        count: Count::Required,
        meaning: "The skill's own version: three numbers.",
        example: "@skill:version 1.0.0",
    },
    Annotation {
        word: "desc",
        form: "\"TEXT\"",
        place: Place::Skill,
        count: Count::Optional,
        meaning: "The purpose of the skill in a sentence or two, for models.",
        example: "@skill:desc \"Keeps notes in a folder.\"",
    },
    Annotation {
        word: "sdk",
        form: "\"PACKAGE\"",
        place: Place::Skill,
        count: Count::Optional,
        meaning: "AssemblyScript: the package that generated code imports. Default: `@luminarys/sdk-as`.",
        example: "@skill:sdk \"@luminarys/sdk-as\"",
    },
    Annotation {
        word: "require",
        form: "KIND [WHAT]",
        place: Place::Skill,
        count: Count::Many,
        meaning: "A grant that the skill needs: without it, the skill is not loaded. A remark may follow after a space and `//`.",
        example: "@skill:require fs /data/notes rw",
    },
    Annotation {
        word: "method",
        form: "NAME \"TEXT\"",
        place: Place::Function,
        count: Count::Required,
        meaning: "Declares the function below as a method: its name in snake_case, and its description. In WIT the function's own name and comment are used.",
        example: "@skill:method add_note \"Adds a note.\"",
    },
    Annotation {
        word: "param",
        form: "NAME [required|optional] \"TEXT\" [default:VALUE] [example:VALUE] [enum:A|B|C]",
        place: Place::Function,
        count: Count::Many,
        meaning: "Describes a parameter, in the order of the function's arguments. Parameters are optional unless `required`. The function gets the `default` if a call leaves the parameter out; an `enum` lists the accepted values.",
        example: "@skill:param title required \"Its first line\" example:\"Buy milk\"",
    },
    Annotation {
        word: "result",
        form: "\"TEXT\"",
        place: Place::Function,
        count: Count::Optional,
        meaning: "The result, for people and models.",
        example: "@skill:result \"The note's path\"",
    },
    Annotation {
        word: "title",
        form: "\"TEXT\"",
        place: Place::Function,
        count: Count::Optional,
        meaning: "The title shown to people. Default: the name as words, `Add note`.",
        example: "@skill:title \"Add a note\"",
    },
    Annotation {
        word: "hint",
        form: "WORD…",
        place: Place::Function,
        count: Count::Many,
        meaning: "Declares the effects of calls, for clients that ask before they call; see below. A method without hints may have any effect.",
        example: "@skill:hint read-only closed-world",
    },
    Annotation {
        word: "internal",
        form: "",
        place: Place::Function,
        count: Count::Optional,
        meaning: "Hides the method from clients; other skills may still call it.",
        example: "@skill:internal",
    },
    Annotation {
        word: "callback",
        form: "",
        place: Place::Function,
        count: Count::Optional,
        meaning: "Restricts the method to calls by the skill itself and the host: for events of connections, topics and schedules.",
        example: "@skill:callback",
    },
];

/// What a `@skill:require` may ask for: its word, and how it is written.
pub fn requirements() -> impl Iterator<Item = (&'static Key, Required)> {
    keys().filter_map(|key| Some((key, key.requirement?)))
}

/// The types of parameters and results: the descriptor's word, and the types of Go, Rust and AssemblyScript.
pub const TYPES: [(&str, &str, &str, &str); 5] = [
    ("string", "`string`", "`String`", "`string`"),
    ("integer", "`int`, `int64`", "`i64`", "`i32`, `i64`"),
    ("number", "`float64`", "`f64`", "`f64`"),
    ("boolean", "`bool`", "`bool`", "`bool`"),
    ("bytes", "`[]byte`", "`Vec<u8>`", "`Uint8Array`"),
];

/// Returns the word of `words` that is most similar to `word`.
pub(crate) fn nearest<'a>(word: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // strsim returns no NaN, so the order is total.
    words.max_by_key(|known| (strsim::jaro_winkler(known, word) * 1e6) as u64)
}

/// Returns the reference as Markdown.
#[must_use]
pub fn markdown() -> String {
    let mut out = String::from(
        "# Annotations\n\nA comment line that begins with `@skill:` describes the skill for `lmsk`. `lmsk annotations` prints this page.\n",
    );
    for (place, heading) in [
        (
            Place::Skill,
            "## Of the skill\n\nIn the comment above `package main` (Go), at the top of `skill.rs` (Rust, `///` or `//!`), in a `/** */` block at the top of\n`skill.ts` (AssemblyScript), or above the WIT world.",
        ),
        (
            Place::Function,
            "## Of a method\n\nIn the comment directly above the function, without a blank line between.",
        ),
    ] {
        _ = writeln!(
            out,
            "\n{heading}\n\n| annotation | meaning | example |\n|---|---|---|"
        );
        for known in ANNOTATIONS.iter().filter(|known| known.place == place) {
            let count = match known.count {
                Count::Required => "Required. ",
                Count::Optional => "",
                Count::Many => "May be repeated. ",
            };
            let form = format!("@skill:{} {}", known.word, known.form).replace('|', "\\|");
            let meaning = known.meaning;
            let example = known.example;
            _ = writeln!(
                out,
                "| `{}` | {count}{meaning} | `{example}` |",
                form.trim_end()
            );
        }
    }
    out.push_str("\n## What a skill can require\n\n| kind | syntax | example |\n|---|---|---|\n");
    for (key, Required { form, example }) in requirements() {
        let kind = key.name;
        _ = writeln!(out, "| `{kind}` | {form} | `@skill:require {example}` |");
    }
    out.push_str(
        "\n## Hints\n\nOne line may have several. `read-only` and `closed-world` are enforced: the host denies everything else that such a call\ntries, even if the manifest grants it.\n\n| hint | meaning |\n|---|---|\n",
    );
    for (hint, meaning) in Hint::ALL {
        _ = writeln!(out, "| `{hint}` | {meaning} |");
    }
    out.push_str("\n## Types\n\nThe types of parameters and results of annotated functions; a WIT world may use any type.\n\n| | Go | Rust | AssemblyScript |\n|---|---|---|---|\n");
    for (kind, go, rust, assemblyscript) in TYPES {
        _ = writeln!(out, "| {kind} | {go} | {rust} | {assemblyscript} |");
    }
    out.push_str(
        "\nA first argument may be the call's context: `*sdk.Context` in Go, `&mut Context` or `&Context` in Rust, `Context` in\nAssemblyScript. A function fails by returning an `error` (Go) or `Err(SkillError)` (Rust), or by throwing (AssemblyScript).\n",
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax;

    #[test]
    fn every_example_is_taken() {
        for known in &ANNOTATIONS {
            let found = syntax::annotation(known.example).unwrap().unwrap();
            assert_eq!(found.word, known.word);
        }
        for (_, Required { example, .. }) in requirements() {
            assert!(syntax::requirement(example).is_ok(), "{example}");
        }
    }
}
