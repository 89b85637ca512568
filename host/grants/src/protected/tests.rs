use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use luminarys_testing::each_row;

use super::*;
use crate::{Grants, Manifest};

fn id(path: &Path) -> FileId {
    FileId::of(&fs::symlink_metadata(path).unwrap())
}

fn world(files: &[&str]) -> tempfile::TempDir {
    let world = tempfile::tempdir().unwrap();
    for file in files {
        let path = world.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file).unwrap();
    }
    world
}

#[test]
fn a_place_is_found_by_inode_by_name_and_on_the_way_to_it() {
    let world = world(&["home/conf/c.yaml", "data/state/a"]);
    let at = |name: &str| world.path().join(name);
    symlink("conf", at("home/link")).unwrap();
    fs::hard_link(at("home/conf/c.yaml"), at("home/other")).unwrap();
    fs::hard_link(at("data/state/a"), at("home/state")).unwrap();
    let places = Places::find(&[
        AuthorityPlace::read_only(at("home/link/c.yaml"), "the configuration"),
        AuthorityPlace::hidden(at("home/conf/.env"), "the environment"),
        AuthorityPlace::hidden(at("data"), "the data directory"),
    ]);
    let rows = [
        ("home/conf/c.yaml", Some(Protection::ReadOnly)),
        ("home/other", Some(Protection::ReadOnly)),
        ("data", Some(Protection::Hidden)),
        ("data/state", Some(Protection::Hidden)),
        ("home/state", Some(Protection::Hidden)),
        ("home", None),
        ("home/conf", None),
        ("home/link", None),
    ];
    each_row(rows, |(name, protection)| {
        let found = places.object(id(&at(name))).map(|rule| rule.protection);
        assert_eq!(found, protection, "{name}");
    });
    let rows = [
        ("home/conf", "c.yaml", true, true),
        ("home/conf", ".env", true, true),
        ("home/conf", "d.yaml", false, false),
        ("home", "link", false, true),
        ("home", "conf", false, true),
        ("home", "other", false, false),
        (".", "data", true, true),
        (".", "home", false, true),
    ];
    each_row(rows, |(directory, name, named, reserved)| {
        let (directory, name) = (id(&at(directory)), OsStr::new(name));
        assert_eq!(places.named(directory, name).is_some(), named, "{name:?}");
        let found = places.reserved(directory, name).is_some();
        assert_eq!(found, reserved, "{name:?}");
    });
    let rows = [
        ("home", true),
        (".", true),
        ("home/conf", true),
        ("data", false),
    ];
    each_row(rows, |(directory, holds)| {
        let found = places.holds(id(&at(directory))).is_some();
        assert_eq!(found, holds, "{directory}");
    });
}

#[test]
fn the_first_missing_name_of_an_absent_place_is_reserved() {
    let world = world(&["a/b"]);
    let absent = world.path().join("a/conf/skills/x.yaml");
    let places = Places::find(&[AuthorityPlace::read_only(absent, "a manifest")]);
    let directory = id(&world.path().join("a"));
    assert!(places.reserved(directory, OsStr::new("conf")).is_some());
    assert!(places.reserved(directory, OsStr::new("b")).is_none());
    assert!(places.holds(directory).is_some());
}

#[test]
fn names_of_a_pattern_are_reserved_level_by_level() {
    let world = world(&["s/one/m.yaml", "s/two/x", "s/file"]);
    let at = |name: &str| world.path().join(name);
    let find =
        |pattern: &str| Places::find(&[AuthorityPlace::matching(at("s"), pattern, "a manifest")]);
    let places = find("*/m.yaml");
    let reserved = |places: &Places, directory: &str, name: &str| {
        places
            .reserved(id(&at(directory)), OsStr::new(name))
            .is_some()
    };
    assert!(reserved(&places, "s/one", "m.yaml") && reserved(&places, "s/two", "m.yaml"));
    assert!(!reserved(&places, "s/two", "x") && reserved(&places, "s", "three"));
    assert!(places.holds(id(&at("s"))).is_some() && places.holds(id(&at("s/two"))).is_some());
    let places = find("?.yaml");
    assert!(reserved(&places, "s", "a.yaml") && !reserved(&places, "s", "ab.yaml"));
    let rows = ["**/m.yaml", "{a/b,c}.yaml"];
    each_row(rows, |pattern| {
        let places = find(pattern);
        assert!(places.object(id(&at("s"))).is_some(), "{pattern}");
        assert!(places.object(id(&at("s/two"))).is_some(), "{pattern}");
    });
}

#[test]
fn grants_list_their_carve_outs() {
    let world = world(&[
        "home/conf/c.yaml",
        "home/data/state/x",
        "home/work/f",
        "s/m.yaml",
    ]);
    let at = |name: &str| world.path().join(name).display().to_string();
    symlink("home", world.path().join("me")).unwrap();
    let dirs = [
        "me:rw",
        "home/data/state:ro",
        "home/work:rw",
        "s:rw",
        "h*:ro",
    ];
    let dirs: Vec<String> = dirs.iter().map(|dir| at(dir)).collect();
    let text =
        format!("id: a\npath: a.skill\npermissions: {{fs: {{enabled: true, dirs: {dirs:?}}}}}\n");
    let mut grants = Grants::open(&Manifest::parse("m.yaml", &text, &|_| None).unwrap()).unwrap();
    assert!(grants.carve_outs().is_empty());
    let protected = Protected::default();
    grants.protect(&protected);
    protected.replace(&[
        AuthorityPlace::read_only(at("home/conf/c.yaml"), "the configuration"),
        AuthorityPlace::hidden(at("home/conf/.env"), "the environment"),
        AuthorityPlace::hidden(at("home/data"), "the data directory"),
        AuthorityPlace::matching(at("s"), "*.yaml", "a manifest"),
    ]);
    let told: Vec<_> = grants
        .carve_outs()
        .into_iter()
        .map(|one| {
            (
                one.path.display().to_string(),
                one.protection,
                one.exists,
                one.names,
                one.whole,
            )
        })
        .collect();
    let (hidden, read_only) = (Protection::Hidden, Protection::ReadOnly);
    let mut expected = vec![
        (at("home/conf/.env"), hidden, false, None, false),
        (at("home/conf/c.yaml"), read_only, true, None, false),
        (at("home/data"), hidden, true, None, false),
        (at("home/data/state"), hidden, true, None, true),
        (at("me/conf/.env"), hidden, false, None, false),
        (at("me/conf/c.yaml"), read_only, true, None, false),
        (at("me/data"), hidden, true, None, false),
        (at("s"), read_only, true, Some("*.yaml".to_owned()), false),
    ];
    expected.sort();
    assert_eq!(told, expected);
    let above: Vec<_> = grants
        .carve_outs()
        .iter()
        .filter(|one| one.path.ends_with("me/conf/c.yaml") || one.whole)
        .map(|one| {
            one.above()
                .iter()
                .map(|path| path.display().to_string())
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(above, [vec![], vec![at("me/conf")]]);
}

#[test]
fn a_link_on_the_way_is_reserved() {
    let world = world(&["work/real/c.yaml"]);
    let at = |name: &str| world.path().join(name).display().to_string();
    symlink("real", world.path().join("work/[l]")).unwrap();
    let text = format!(
        "id: a\npath: a.skill\npermissions: {{fs: {{enabled: true, dirs: [{:?}]}}}}\n",
        at("work:rw")
    );
    let mut grants = Grants::open(&Manifest::parse("m.yaml", &text, &|_| None).unwrap()).unwrap();
    let protected = Protected::default();
    grants.protect(&protected);
    protected.replace(&[AuthorityPlace::read_only(
        at("work/[l]/c.yaml"),
        "the configuration",
    )]);
    let told: Vec<_> = grants
        .carve_outs()
        .into_iter()
        .map(|one| (one.path.display().to_string(), one.names))
        .collect();
    let link = Some("[[]l[]]".to_owned());
    assert_eq!(told, [(at("work"), link), (at("work/real/c.yaml"), None)]);
}
