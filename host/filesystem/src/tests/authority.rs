//! What gives authority stays as it is, and stays where it is, whatever is granted and whatever is called.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;

use luminarys_grants::{Access, AuthorityPlace, Protected};
use proptest::prelude::*;

use super::*;
use crate::{Follow, GlobOptions, GrepOptions, OpenOptions, Relative, time};

const SECRET: &str = "SECRET-MUST-NOT-LEAK";

/// Names beneath `root` that calls are made with: the places, ways to them, and what is beside them.
const NAMES: &[&str] = &[
    "conf",
    "conf/m.yaml",
    "conf/.env",
    "conf/.env.local",
    "conf/other",
    "conf/new.skill.yaml",
    "later",
    "later/deep/m.yaml",
    "data",
    "data/state",
    "data/state/s",
    "data/new",
    "link",
    "link-env",
    "link-conf/m.yaml",
    "link-data/state/s",
    "hard",
    "hard-env",
    "hard-state",
    "way",
    "way/m.yaml",
    "free",
    "free/a",
    "free/b",
    "",
];

/// A world in which `root` holds everything, and the places in it.
fn world() -> (Place, Filesystem) {
    let place = Place::new();
    place.file("root/conf/m.yaml", "id: m");
    place.file("root/conf/.env", SECRET);
    place.file("root/conf/other", "other");
    place.file("root/data/state/s", SECRET);
    place.file("root/real/m.yaml", "id: r");
    place.file("root/free/a", "a");
    place.link("root/link", "conf/m.yaml");
    place.link("root/link-env", "{}/root/conf/.env");
    place.link("root/link-conf", "conf");
    place.link("root/link-data", "data");
    place.link("root/way", "real");
    for (name, target) in [
        ("hard", "conf/m.yaml"),
        ("hard-env", "conf/.env"),
        ("hard-state", "data/state/s"),
    ] {
        let target = place.path(&format!("root/{target}"));
        fs::hard_link(target, place.path(&format!("root/{name}"))).unwrap();
    }
    let protected = Protected::default();
    let at = |name: &str| place.path(&format!("root/{name}"));
    protected.replace(&[
        AuthorityPlace::read_only(at("conf/m.yaml"), "a manifest"),
        AuthorityPlace::read_only(at("way/m.yaml"), "a manifest"),
        AuthorityPlace::read_only(at("later/deep/m.yaml"), "a manifest"),
        AuthorityPlace::matching(at("conf"), "*.skill.yaml", "manifests"),
        AuthorityPlace::hidden(at("conf/.env"), "the environment"),
        AuthorityPlace::hidden(at("conf/.env.local"), "the environment"),
        AuthorityPlace::hidden(at("data"), "the data directory"),
    ]);
    let mut grants = place.grants(&["root:rw"]);
    grants.protect(&protected);
    let files = Filesystem::new(Arc::new(grants), 64 << 20);
    (place, files)
}

/// Everything that must not change: content, mode, inode, and absence.
fn picture(place: &Place) -> BTreeMap<String, Option<(u64, u32, String)>> {
    let kept = [
        "conf",
        "conf/m.yaml",
        "conf/.env",
        "conf/.env.local",
        "conf/new.skill.yaml",
        "later",
        "data",
        "data/state",
        "data/state/s",
        "data/new",
        "way",
        "real",
        "real/m.yaml",
    ];
    let look = |name: &str| {
        let path = place.path(&format!("root/{name}"));
        let metadata = fs::symlink_metadata(&path).ok()?;
        let content = match fs::read_link(&path) {
            Ok(target) => target.display().to_string(),
            Err(_) if metadata.is_dir() => String::new(),
            Err(_) => fs::read_to_string(&path).unwrap(),
        };
        Some((metadata.ino(), metadata.mode(), content))
    };
    kept.map(|name| (name.to_owned(), look(name))).into()
}

/// Calls one function; what it tells the skill of content.
fn call(files: &Filesystem, place: &Place, number: usize, one: &str, other: &str) -> String {
    let never = &|| false;
    let root = place.path("root");
    let at = |name: &str| format!("{root}/{name}");
    let (from, to) = (at(one), at(other));
    let relative = |name: &str| Relative {
        directory: root.clone(),
        path: name.to_owned(),
    };
    let (here, there) = (relative(one), relative(other));
    let open = |options: OpenOptions| {
        let opened = files.open_at(&here, options).ok()?;
        let mut text = String::new();
        let _ = std::io::Read::read_to_string(&mut &opened.file, &mut text);
        let _ = std::io::Write::write_all(&mut &opened.file, b"evil");
        Some(text)
    };
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let told = match number {
        0 => files
            .write(&from, b"evil")
            .err()
            .map(|error| error.to_string()),
        1 => files
            .append(&from, b"evil")
            .err()
            .map(|error| error.to_string()),
        2 => files
            .create(&from, b"evil")
            .err()
            .map(|error| error.to_string()),
        3 => files
            .copy(&from, &to, never)
            .err()
            .map(|error| error.to_string()),
        4 => files
            .rename(&from, &to, never)
            .err()
            .map(|error| error.to_string()),
        5 => files
            .delete(&from, never)
            .err()
            .map(|error| error.to_string()),
        6 => files.mkdir(&from).err().map(|error| error.to_string()),
        7 => files
            .chmod(&from, 0o777, other.len().is_multiple_of(2), never)
            .err()
            .map(|error| error.to_string()),
        8 => files
            .symlink(&to, &from)
            .err()
            .map(|error| error.to_string()),
        9 => files.read(&from).ok().map(text),
        10 => list(files, &from, true)
            .ok()
            .map(|list| format!("{list:?}")),
        11 => {
            let found = files.grep("SECRET", Some(&from), &GrepOptions::default(), never);
            found.ok().map(|found| format!("{found:?}"))
        }
        12 => {
            let found = files.glob(
                &["**".to_owned()],
                Some(&from),
                &GlobOptions::default(),
                never,
            );
            found.ok().map(|found| format!("{found:?}"))
        }
        13 => files
            .open_append(&from)
            .err()
            .map(|error| error.to_string()),
        14 => open(OpenOptions {
            follow: true,
            read: true,
            ..Default::default()
        }),
        15 => open(OpenOptions {
            follow: true,
            read: true,
            write: true,
            ..Default::default()
        }),
        16 => open(OpenOptions {
            create: true,
            truncate: true,
            write: true,
            ..Default::default()
        }),
        17 => open(OpenOptions {
            create: true,
            exclusive: true,
            write: true,
            ..Default::default()
        }),
        18 => files
            .make_directory_at(&here)
            .err()
            .map(|failure| failure.error.to_string()),
        19 => files
            .symlink_at(other, &here)
            .err()
            .map(|failure| failure.error.to_string()),
        20 => files
            .hard_link_at(&here, &there)
            .err()
            .map(|failure| failure.error.to_string()),
        21 => files
            .unlink_at(&here)
            .err()
            .map(|failure| failure.error.to_string()),
        22 => files
            .remove_directory_at(&here)
            .err()
            .map(|failure| failure.error.to_string()),
        23 => files
            .rename_at(&here, &there, never)
            .err()
            .map(|failure| failure.error.to_string()),
        _ => {
            let times = rustix::fs::Timestamps {
                last_access: time(0, 0),
                last_modification: time(0, 0),
            };
            let set = files.set_times_at(&here, Follow(true), &times);
            set.err().map(|failure| failure.error.to_string())
        }
    };
    told.unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_sequence_of_calls_changes_or_tells_what_gives_authority(
        calls in proptest::collection::vec((0_usize..25, 0..NAMES.len(), 0..NAMES.len()), 1..24)
    ) {
        let (place, files) = world();
        let before = picture(&place);
        for (number, one, other) in calls {
            let told = call(&files, &place, number, NAMES[one], NAMES[other]);
            prop_assert!(!told.contains(SECRET), "{number} {} {}: {told}", NAMES[one], NAMES[other]);
            let after = picture(&place);
            prop_assert!(after == before, "{number} {} {}: {before:#?}\n{after:#?}", NAMES[one], NAMES[other]);
        }
    }
}

#[test]
fn every_function_is_kept_from_every_place() {
    let (place, files) = world();
    let before = picture(&place);
    for one in NAMES {
        for other in NAMES {
            for number in 0..25 {
                let told = call(&files, &place, number, one, other);
                assert!(!told.contains(SECRET), "{number} {one} {other}: {told}");
                assert_eq!(picture(&place), before, "{number} {one} {other}");
            }
        }
    }
}

#[test]
fn what_is_beside_a_place_works() {
    let (place, files) = world();
    let at = |name: &str| place.path(&format!("root/{name}"));
    let never = &|| false;
    assert_eq!(files.read(&at("conf/m.yaml")).unwrap(), b"id: m");
    assert_eq!(files.read(&at("link")).unwrap(), b"id: m");
    files.write(&at("conf/other"), b"new").unwrap();
    files.write(&at("conf/made/file"), b"new").unwrap();
    files.mkdir(&at("conf")).unwrap();
    files.rename(&at("free"), &at("conf/freed"), never).unwrap();
    files.delete(&at("conf/made"), never).unwrap();
    assert!(list(&files, &at("conf"), false).unwrap().len() > 2);
    let denied = files
        .explain(&at("conf/m.yaml"), Access::Write)
        .unwrap_err()
        .to_string();
    assert!(
        denied.contains("a manifest") && denied.contains("conf/m.yaml"),
        "{denied}"
    );
    assert!(files.explain(&at("conf/m.yaml"), Access::Read).is_ok());
}

#[test]
fn places_that_become_known_later_are_closed_at_once() {
    let place = Place::new();
    place.file("root/new.yaml", "id: n");
    let protected = Protected::default();
    let mut grants = place.grants(&["root:rw"]);
    grants.protect(&protected);
    let files = Filesystem::new(Arc::new(grants), 64 << 20);
    let path = place.path("root/new.yaml");
    files.write(&path, b"id: m").unwrap();
    protected.replace(&[AuthorityPlace::read_only(&path, "a manifest")]);
    assert!(matches!(
        files.write(&path, b"evil"),
        Err(FsError::Denied(_))
    ));
    protected.replace(&[]);
    files.write(&path, b"id: o").unwrap();
}

#[test]
fn a_grant_within_a_closed_directory_opens_nothing() {
    let place = Place::new();
    place.file("root/data/state/s", SECRET);
    let protected = Protected::default();
    protected.replace(&[AuthorityPlace::hidden(
        place.path("root/data"),
        "the data directory",
    )]);
    let mut grants = place.grants(&["root/data/state:rw"]);
    grants.protect(&protected);
    let files = Filesystem::new(Arc::new(grants), 64 << 20);
    let path = place.path("root/data/state/s");
    assert!(matches!(files.read(&path), Err(FsError::Denied(_))));
    assert!(matches!(
        files.write(&path, b"evil"),
        Err(FsError::Denied(_))
    ));
    let directory = place.path("root/data/state");
    let list = list(&files, &directory, false);
    assert!(matches!(list, Err(FsError::Denied(_))));
    // The directory is open, as it is granted.
    let listed = files.may_list(&directory).map_err(|failure| failure.error);
    assert!(matches!(listed, Err(FsError::Denied(_))));
}
