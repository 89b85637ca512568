//! `grep` over a small project.

use luminarys_testing::each_row;

use super::*;
use crate::Range;
use crate::{FileMatch, GlobOptions, GrepOptions, LineMatch};

pub(crate) fn project() -> Place {
    let place = Place::new();
    place.file(
        "root/src/main.rs",
        "fn main() {\r\n    // TODO: naïve TODO\r\n}\r\n",
    );
    place.file("root/src/lib/deep.rs", "todo\nTODO a.b\nTODO axb\n");
    place.file("root/src.md", "TODO in text\n");
    place.file("root/target/out.rs", "TODO\n");
    place.file("root/.git/config", "TODO\n");
    place.file("root/.hidden", "TODO\n");
    place.file("root/binary", b"TODO\n\0\x01TODO\n");
    place
}

fn grep(place: &Place, pattern: &str, options: &GrepOptions) -> Vec<FileMatch> {
    let files = place.files(&["root:ro"]);
    files
        .grep(pattern, Some(&place.path("root")), options, &wanted)
        .unwrap()
}

fn names(place: &Place, found: &[FileMatch]) -> Vec<String> {
    let root = place.path("root/");
    found
        .iter()
        .map(|file| file.path.strip_prefix(&root).unwrap().to_owned())
        .collect()
}

#[test]
fn lines_come_with_their_ranges() {
    let place = project();
    let options = GrepOptions {
        with_lines: true,
        include: vec!["main.rs".to_owned()],
        ..Default::default()
    };
    let found = grep(&place, "TODO", &options);
    let expected = LineMatch {
        line_number: 2,
        line: Some("    // TODO: naïve TODO".to_owned()),
        ranges: vec![Range { start: 7, end: 11 }, Range { start: 20, end: 24 }],
    };
    assert_eq!(found[0].path, place.path("root/src/main.rs"));
    assert_eq!(found[0].matches, [expected]);
    assert_eq!(grep(&place, "TODO$", &options).len(), 1);
    assert_eq!(grep(&place, r"\{$", &options)[0].matches[0].line_number, 1);
}

#[test]
fn files_are_selected() {
    let place = project();
    let base = GrepOptions {
        filename_only: true,
        ..Default::default()
    };
    let text = |patterns: &[&str]| {
        patterns
            .iter()
            .map(|text| (*text).to_owned())
            .collect::<Vec<_>>()
    };
    let all = [".hidden", "src.md", "src/lib/deep.rs", "src/main.rs"];
    let found = grep(&place, "TODO", &base);
    assert_eq!(names(&place, &found), all);
    assert!(found.iter().all(|file| file.matches.is_empty()));
    let rows = [
        (
            GrepOptions {
                include: text(&["*.rs"]),
                ..base.clone()
            },
            &["src/lib/deep.rs", "src/main.rs"][..],
        ),
        (
            GrepOptions {
                include: text(&["src/*.rs"]),
                ..base.clone()
            },
            &["src/main.rs"],
        ),
        (
            GrepOptions {
                exclude: text(&["lib", "*.md", ".*"]),
                ..base.clone()
            },
            &["src/main.rs"],
        ),
        (
            GrepOptions {
                exclude: text(&["src/**", ".hidden"]),
                ..base.clone()
            },
            &["src.md"],
        ),
        (
            GrepOptions {
                type_filter: Some("code".to_owned()),
                ..base.clone()
            },
            &["src/lib/deep.rs", "src/main.rs"],
        ),
        (
            GrepOptions {
                type_filter: Some("md".to_owned()),
                ..base.clone()
            },
            &["src.md"],
        ),
        (
            GrepOptions {
                type_filter: Some("all".to_owned()),
                ..base.clone()
            },
            &all,
        ),
        (
            GrepOptions {
                max_depth: 1,
                ..base.clone()
            },
            &[".hidden", "src.md"],
        ),
        (
            GrepOptions {
                max_depth: 2,
                ..base.clone()
            },
            &[".hidden", "src.md", "src/main.rs"],
        ),
        (
            GrepOptions {
                ignore_dirs: Some(Vec::new()),
                include: text(&["out.rs", "config"]),
                ..base.clone()
            },
            &[".git/config", "target/out.rs"],
        ),
    ];
    each_row(rows, |(options, expected)| {
        assert_eq!(
            names(&place, &grep(&place, "TODO", &options)),
            expected,
            "{options:?}"
        );
    });
}

#[test]
fn expressions_have_their_options() {
    let place = project();
    let base = GrepOptions {
        include: vec!["deep.rs".to_owned()],
        ..Default::default()
    };
    let count = |pattern: &str, options: &GrepOptions| {
        grep(&place, pattern, options)
            .first()
            .map_or(0, |file| file.matches.len())
    };
    assert_eq!(count("a.b", &base), 2);
    assert_eq!(
        count(
            "a.b",
            &GrepOptions {
                fixed: true,
                ..base.clone()
            }
        ),
        1
    );
    assert_eq!(count("TODO", &base), 2);
    assert_eq!(
        count(
            "TODO",
            &GrepOptions {
                case_insensitive: true,
                ..base.clone()
            }
        ),
        3
    );
    assert_eq!(
        count(
            "TODO",
            &GrepOptions {
                max_count: 1,
                ..base.clone()
            }
        ),
        1
    );
    let files = place.files(&["root:ro"]);
    let rows = [
        "(",
        "a{2,1}",
        r"(?=x)",
        r"\1",
        "a\nb",
        &"(x{1000}){1000}".repeat(9),
    ];
    each_row(rows, |broken| {
        assert!(
            is_invalid(files.grep(broken, None, &base, &wanted)),
            "{broken}"
        );
    });
    let options = GrepOptions {
        include: vec!["[".to_owned()],
        ..Default::default()
    };
    assert!(is_invalid(files.grep("x", None, &options, &wanted)));
    let options = GrepOptions {
        type_filter: Some("klingon".to_owned()),
        ..Default::default()
    };
    assert!(is_invalid(files.grep("x", None, &options, &wanted)));
}

#[test]
fn a_file_that_is_named_is_searched() {
    let place = project();
    place.link("root/link", "src.md");
    let files = place.files(&["root:ro"]);
    let options = GrepOptions {
        type_filter: Some("rust".to_owned()),
        ..Default::default()
    };
    let rows = [("src.md", 1), ("link", 1), ("binary", 0)];
    each_row(rows, |(name, matching)| {
        let path = place.path(&format!("root/{name}"));
        assert_eq!(
            files
                .grep("TODO", Some(&path), &options, &wanted)
                .unwrap()
                .len(),
            matching,
            "{name}"
        );
    });
    assert!(is_missing(files.grep(
        "x",
        Some(&place.path("root/none")),
        &options,
        &wanted
    )));
}

#[test]
fn searches_are_bounded() {
    let place = Place::new();
    place.file("root/many", "x\n".repeat(100_001));
    let found = place
        .files(&["root:ro"])
        .grep("x", None, &GrepOptions::default(), &wanted);
    assert!(is_too_large(found));
    let options = GrepOptions {
        max_count: 3,
        with_lines: true,
        ..Default::default()
    };
    let files = place.limited(&["root:ro"], 1000);
    assert_eq!(
        files.grep("x", None, &options, &wanted).unwrap()[0]
            .matches
            .len(),
        3
    );
    assert!(is_too_large(files.grep(
        "x",
        None,
        &GrepOptions {
            max_count: 99,
            ..options.clone()
        },
        &wanted
    )));
    assert!(files.grep("x", None, &options, &|| true).is_err());
    place.file(
        "root/many",
        format!("{}é{}\n", "a".repeat(65535), "b".repeat(99_999)),
    );
    let found = place
        .files(&["root:ro"])
        .grep("b|é", None, &options, &wanted)
        .unwrap();
    let line = &found[0].matches[0];
    assert_eq!(line.line.as_ref().unwrap().len(), 65535);
    assert_eq!(
        line.ranges,
        [Range {
            start: 65535,
            end: 65537
        }]
    );
}

#[test]
fn without_a_path_every_grant_is_searched_once() {
    let place = project();
    let files = place.files(&["root:ro", "root/src:rw"]);
    let found = files
        .glob(
            &["**/*.rs".to_owned()],
            None,
            &GlobOptions::default(),
            &wanted,
        )
        .unwrap();
    let found: Vec<&str> = found.iter().map(|name| name.path.as_str()).collect();
    assert_eq!(
        found,
        [
            place.path("root/src/lib/deep.rs"),
            place.path("root/src/main.rs")
        ]
    );
    let found = files
        .grep("TODO", None, &GrepOptions::default(), &wanted)
        .unwrap();
    assert_eq!(
        names(&place, &found),
        [".hidden", "src.md", "src/lib/deep.rs", "src/main.rs"]
    );
    let dirs = files.allowed_dirs(&wanted);
    let dirs: Vec<_> = dirs
        .iter()
        .map(|dir| (dir.path.clone(), dir.writable))
        .collect();
    assert_eq!(
        dirs,
        [(place.path("root"), false), (place.path("root/src"), true)]
    );
    assert!(is_invalid(files.glob(
        &["a[".to_owned()],
        None,
        &GlobOptions::default(),
        &wanted
    )));
    assert!(is_invalid(files.glob(
        &[],
        Some(&place.path("root/src.md")),
        &GlobOptions::default(),
        &wanted
    )));
}
