//! `glob` over a small project.

use luminarys_testing::each_row;

use super::searching::project;
use super::*;
use crate::GlobOptions;

fn glob(place: &Place, patterns: &[&str], options: &GlobOptions) -> Vec<String> {
    let files = place.files(&["root:ro"]);
    let patterns: Vec<String> = patterns
        .iter()
        .map(|pattern| (*pattern).to_owned())
        .collect();
    let found = files
        .glob(&patterns, Some(&place.path("root")), options, &wanted)
        .unwrap();
    found
        .into_iter()
        .map(|name| {
            if name.is_dir {
                format!("{}/", name.path)
            } else {
                name.path
            }
        })
        .collect()
}

#[test]
fn names_are_found() {
    let place = project();
    place.link("root/src/link", "lib");
    let plain = GlobOptions::default();
    let rows = [
        (
            &["*"][..],
            plain.clone(),
            &["binary", "src/", "src.md", "target/"][..],
        ),
        (&["*.md", "s*"], plain.clone(), &["src/", "src.md"]),
        (
            &["**/*.rs"],
            plain.clone(),
            &["src/lib/deep.rs", "src/main.rs"],
        ),
        (
            &["./src/**"],
            plain.clone(),
            &["src/lib/", "src/lib/deep.rs", "src/link", "src/main.rs"],
        ),
        (
            &["src/{main,x}.rs", "src/[k-m]ib"],
            plain.clone(),
            &["src/lib/", "src/main.rs"],
        ),
        (&["?rc"], plain.clone(), &["src/"]),
        (
            &["**"],
            GlobOptions {
                max_depth: 1,
                only_dirs: true,
                ..plain.clone()
            },
            &["src/", "target/"],
        ),
        (
            &["**"],
            GlobOptions {
                max_depth: 2,
                only_files: true,
                ..plain.clone()
            },
            &["binary", "src.md", "src/link", "src/main.rs"],
        ),
        (
            &["**/*.rs", ".git/*"],
            GlobOptions {
                ignore_dirs: Some(Vec::new()),
                hidden: true,
                ..plain.clone()
            },
            &[
                ".git/config",
                "src/lib/deep.rs",
                "src/main.rs",
                "target/out.rs",
            ],
        ),
        (
            &[".*"],
            GlobOptions {
                hidden: true,
                ..plain.clone()
            },
            &[".git/", ".hidden"],
        ),
        // Without the option only a pattern with the dot finds such names.
        (&["*hidden", "?hidden"], plain.clone(), &[]),
        (&[".hid*"], plain.clone(), &[".hidden"]),
        (&["**/.*"], plain.clone(), &[".git/", ".hidden"]),
        (
            &["{.hidden,src.md}", "{a,b}/{.x,y}"],
            plain.clone(),
            &[".hidden", "src.md"],
        ),
        (&[], plain.clone(), &[]),
        (&["/**", "../*"], plain.clone(), &[]),
    ];
    each_row(rows, |(patterns, options, expected)| {
        let mut found = glob(&place, patterns, &options);
        // As sorted without the marks of directories.
        found.sort_by_key(|name| name.trim_end_matches('/').to_owned());
        let mut expected = expected.to_vec();
        expected.sort_by_key(|name| name.trim_end_matches('/').to_owned());
        assert_eq!(found, expected, "{patterns:?} {options:?}");
    });
}

#[test]
fn names_are_bounded() {
    let place = project();
    let files = place.limited(&["root:ro"], 100);
    let found = files.glob(
        &["**".to_owned()],
        Some(&place.path("root")),
        &GlobOptions::default(),
        &wanted,
    );
    assert!(is_too_large(found));
}
