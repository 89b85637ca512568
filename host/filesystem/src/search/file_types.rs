//! `type-filter`: which names are source code, or of one language, as ripgrep knows them.

use ignore::types::{Types, TypesBuilder};

use crate::error::FsError;

/// The types that count as source code: not configuration, data or documents.
const CODE: &[&str] = &[
    "ada",
    "agda",
    "asm",
    "awk",
    "bat",
    "c",
    "clojure",
    "cmake",
    "coffeescript",
    "coq",
    "cpp",
    "crystal",
    "cs",
    "css",
    "cuda",
    "cython",
    "d",
    "dart",
    "elisp",
    "elixir",
    "elm",
    "erlang",
    "fish",
    "fortran",
    "fsharp",
    "gleam",
    "go",
    "graphql",
    "groovy",
    "h",
    "hare",
    "haskell",
    "html",
    "idris",
    "java",
    "js",
    "julia",
    "kotlin",
    "lean",
    "less",
    "lisp",
    "lua",
    "make",
    "matlab",
    "ml",
    "mojo",
    "nim",
    "nix",
    "objc",
    "objcpp",
    "ocaml",
    "pascal",
    "perl",
    "php",
    "prolog",
    "protobuf",
    "ps",
    "purs",
    "py",
    "r",
    "racket",
    "raku",
    "reasonml",
    "rescript",
    "ruby",
    "rust",
    "sass",
    "scala",
    "sh",
    "sml",
    "solidity",
    "sql",
    "sv",
    "svelte",
    "swift",
    "tcl",
    "thrift",
    "ts",
    "vala",
    "vb",
    "verilog",
    "vhdl",
    "vim",
    "vue",
    "wgsl",
    "zig",
    "zsh",
];

/// Returns the types that a filter selects; `None` for every name.
pub(crate) fn selected(filter: Option<&str>) -> Result<Option<Types>, FsError> {
    let one;
    let names = match filter {
        None | Some("" | "text" | "all") => return Ok(None),
        Some("code") => CODE,
        Some(name) => {
            one = [name];
            &one
        }
    };
    let mut builder = TypesBuilder::new();
    builder.add_defaults();
    for name in names {
        builder.select(name);
    }
    match builder.build() {
        Ok(types) => Ok(Some(types)),
        Err(_) => Err(FsError::Invalid(format!(
            "the type filter {:?} is not known; it is text, code, all, or a language such as rust, go, ts or py",
            filter.unwrap_or_default()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::selected;

    #[test]
    fn filters_select_names() {
        let rows = [
            ("code", "a.rs", "a.md"),
            ("code", "Makefile", "data.json"),
            ("rust", "a.rs", "a.go"),
            ("md", "README.md", "a.rs"),
            ("ts", "a.tsx", "a.py"),
        ];
        each_row(rows, |(filter, yes, no)| {
            let types = selected(Some(filter)).unwrap().unwrap();
            assert!(types.matched(yes, false).is_whitelist(), "{filter} {yes}");
            assert!(!types.matched(no, false).is_whitelist(), "{filter} {no}");
        });
        assert!(selected(Some("text")).unwrap().is_none());
        assert!(selected(None).unwrap().is_none());
        let error = selected(Some("klingon")).unwrap_err().to_string();
        assert!(error.contains("klingon"), "{error}");
    }
}
