//! For any line: no panic, and every range is within it, at character boundaries.

use luminarys_annotations::syntax::{self, SyntaxError};
use luminarys_annotations::{Language, SourceFile, read};
use proptest::prelude::*;

const PARTS: [&str; 26] = [
    "@skill:", "param", "require", "method", "name", " ", "\t", "\"", "\\", "required", "optional",
    "default:", "example:", "enum:", "|", "fs", "/data", "rw", ":", "é", "𝄞", "\u{a0}", "\u{2003}",
    "//", "*/", "x",
];

/// Lines made of parts of annotations and of other text.
fn line() -> impl Strategy<Value = String> {
    let part = prop_oneof![4 => proptest::sample::select(&PARTS[..]).prop_map(str::to_owned), 1 => any::<String>()];
    proptest::collection::vec(part, 0..16).prop_map(|parts| parts.concat())
}

fn placed<T>(text: &str, outcome: Result<T, SyntaxError>) -> Result<Option<T>, TestCaseError> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(error) => {
            let range = error.range.clone();
            prop_assert!(
                text.get(range.clone()).is_some(),
                "{range:?} in {text:?}: {error}"
            );
            Ok(None)
        }
    }
}

proptest! {
    #[test]
    fn ranges_are_within_the_line(text in line()) {
        if let Some(Some(found)) = placed(&text, syntax::annotation(&text))? {
            prop_assert_eq!(&text[found.offset..found.offset + found.rest.len()], found.rest);
        }
        if let Some(param) = placed(&text, syntax::param(&text))? {
            for value in [param.default, param.example].into_iter().flatten() {
                prop_assert!(text.get(value.range).is_some());
            }
            prop_assert!(text.get(param.enumeration_range).is_some());
        }
        placed(&text, syntax::named(&text))?;
        placed(&text, syntax::text(&text))?;
        placed(&text, syntax::requirement(&text))?;
    }

    #[test]
    fn whole_sources_are_read_or_rejected(lines in proptest::collection::vec(line(), 0..8)) {
        let comments: String = lines.iter().map(|line| format!("/// {}\n", line.replace(['\n', '\r'], " "))).collect();
        for (language, below) in [
            (Language::Rust, "pub fn f(a: String) -> Result<String, SkillError> { Ok(a) }\n"),
            (Language::Go, "func F(a string) string { return a }\n"),
            (Language::AssemblyScript, "export function f(a: string): string { return a; }\n"),
        ] {
            let text = format!("{comments}{below}");
            let file = SourceFile { path: "skill".into(), text };
            if let Err(problems) = read(language, vec![file]) {
                prop_assert!(!problems.render(false).is_empty());
            }
        }
    }
}
