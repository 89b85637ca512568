//! Wildcard grants, and grants inside others.

use luminarys_testing::each_row;

use super::*;
use crate::{GlobOptions, GrepOptions};

#[test]
fn wildcards_match_what_is_resolved() {
    let place = Place::new();
    place.file("root/p/x/src/a/b.txt", "fine");
    place.file("root/p/x/secret.txt", CANARY);
    place.file("root/p/x/y/src/a.txt", CANARY);
    place.file("root/p/w/src/c.txt", "sibling");
    place.link("root/p/x/src/up", "../secret.txt");
    place.link("root/p/x/src/upward", "..");
    place.link("root/p/x/src/over", "../../w/src/c.txt");
    place.link("root/p/link", "x/y");
    place.link("root/p/z", "{}/outside");
    let files = place.files(&["root/p/*/src:rw"]);
    let at = |name: &str| place.path(&format!("root/p/{name}"));
    assert_eq!(files.read(&at("x/src/a/b.txt")).unwrap(), b"fine");
    assert_eq!(files.read(&at("x/src/over")).unwrap(), b"sibling");
    assert_eq!(files.read(&at("x/src/../src/a/b.txt")).unwrap(), b"fine");
    let rows = [
        "x/secret.txt",
        "x/none",
        "x/y/src/a.txt",
        "x/src/../secret.txt",
        "x/src/../none",
        "x/src/up",
        "x/src/upward/secret.txt",
        "link/src/a.txt",
        "z/src/a",
        "z/canary.txt",
        // Whether these directories exist is not told either.
        "x/y/../src/a/b.txt",
        "x/none/../src/a/b.txt",
        "x/secret.txt/../src/a/b.txt",
        "y",
        "x",
        "",
    ];
    each_row(rows, |name| {
        assert!(is_denied(files.read(&at(name))), "read {name}");
        assert!(is_denied(files.stat(&at(name))), "stat {name}");
        assert!(is_denied(list(&files, &at(name), false)), "list {name}");
        assert!(is_denied(files.write(&at(name), b"")), "write {name}");
    });
    assert!(is_missing(files.read(&at("x/src/none"))));
    assert!(is_missing(files.read(&at("none/src/a"))));
    assert!(is_denied(files.read(&at("x/secret.txt/src"))));
    // Directories between the root and a match are not made.
    assert!(is_denied(files.write(&at("new/src/a"), b"")));
    assert!(!place.exists("root/p/new"));
    // What the pattern names is the operator's.
    assert!(is_denied(files.delete(&at("x/src"), &wanted)));
    assert!(is_denied(files.rename(
        &at("x/src"),
        &at("w/src/x"),
        &wanted
    )));
    files.delete(&at("x/src/a"), &wanted).unwrap();
    let dirs = files.allowed_dirs(&wanted);
    let dirs: Vec<&str> = dirs.iter().map(|dir| dir.path.as_str()).collect();
    assert_eq!(dirs, [at("w/src"), at("x/src")]);
    let all = ["**".to_owned()];
    let found = files
        .glob(&all, None, &GlobOptions::default(), &wanted)
        .unwrap();
    let found: Vec<&str> = found.iter().map(|name| name.path.as_str()).collect();
    assert_eq!(
        found,
        [
            at("w/src/c.txt"),
            at("x/src/over"),
            at("x/src/up"),
            at("x/src/upward")
        ]
    );
    let found = files
        .grep("CANARY|sibling", None, &GrepOptions::default(), &wanted)
        .unwrap();
    assert_eq!(found.len(), 1);
}

#[test]
fn a_stricter_grant_inside_holds() {
    let place = Place::new();
    place.file("root/locked/a.txt", "a");
    place.file("root/open/b.txt", "b");
    place.file("root/above/deep/locked/c.txt", "c");
    place.link("root/way-in", "locked");
    let files = place.files(&["root:rw", "root/locked:ro", "root/above/*/locked:ro"]);
    let at = |name: &str| place.path(&format!("root/{name}"));
    assert_eq!(files.read(&at("way-in/a.txt")).unwrap(), b"a");
    assert_eq!(files.read(&at("above/deep/locked/c.txt")).unwrap(), b"c");
    let rows = [
        "locked/a.txt",
        "way-in/a.txt",
        "above/deep/locked/c.txt",
        "locked/new",
    ];
    each_row(rows, |name| {
        assert!(is_denied(files.write(&at(name), b"x")), "{name}");
        assert!(is_denied(files.append(&at(name), b"x")), "{name}");
        assert!(is_denied(files.create(&at(name), b"x")), "{name}");
        assert!(is_denied(files.delete(&at(name), &wanted)), "{name}");
        assert!(
            is_denied(files.chmod(&at(name), 0o600, false, &wanted)),
            "{name}"
        );
        assert!(
            is_denied(files.copy(&at("open/b.txt"), &at(name), &wanted)),
            "{name}"
        );
        assert!(
            is_denied(files.rename(&at("open/b.txt"), &at(name), &wanted)),
            "{name}"
        );
        assert!(
            is_denied(files.rename(&at(name), &at("open/c.txt"), &wanted)),
            "{name}"
        );
    });
    let rows = ["", "locked", "above", "above/deep", "above/deep/locked"];
    each_row(rows, |name| {
        assert!(is_denied(files.delete(&at(name), &wanted)), "delete {name}");
        assert!(
            is_denied(files.rename(&at(name), &at("moved"), &wanted)),
            "rename {name}"
        );
        assert!(
            is_denied(files.chmod(&at(name), 0o700, true, &wanted)),
            "chmod {name}"
        );
    });
    // A tree may not be moved to where part of it would be another grant's.
    place.file("root/tree/locked/d.txt", "d");
    assert!(is_denied(files.rename(
        &at("tree"),
        &at("above/tree"),
        &wanted
    )));
    assert!(is_denied(files.mkdir(&at("{fine,locked/not}"))));
    assert!(!place.exists("root/fine"));
    assert_eq!(place.text("root/above/deep/locked/c.txt"), "c");
    assert_eq!(place.text("root/locked/a.txt"), "a");
    assert_eq!(place.text("root/open/b.txt"), "b");
    // A link into it is the skill's own.
    files.delete(&at("way-in"), &wanted).unwrap();
    assert_eq!(place.text("root/locked/a.txt"), "a");
}
