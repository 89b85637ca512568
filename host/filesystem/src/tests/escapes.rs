//! Ways out of the grants, none of which may lead anywhere.

use luminarys_testing::each_row;

use super::*;
use crate::{GlobOptions, GrepOptions};

/// A root full of traps.
fn trapped() -> Place {
    let place = Place::new();
    place.file("root/d/fine.txt", "fine");
    place.link("root/link-file", "{}/outside/canary.txt");
    place.link("root/link-dir", "{}/outside");
    place.link("root/link-relative", "../outside");
    place.link("root/link-root", "/");
    place.link("root/link-proc", "/proc/self/root{}/outside/canary.txt");
    place.link("root/link-inside", "d");
    place.link("root/link-absolute", "{}/root/d/fine.txt");
    place.link("root/chain1", "chain2");
    place.link("root/chain2", "d/chain3");
    place.link("root/d/chain3", "../../outside/canary.txt");
    place.link("root/d/chain", "../link-dir");
    place.link("root/loop1", "loop2");
    place.link("root/loop2", "loop1");
    place.link("root/dangling", "{}/outside/made.txt");
    fs::hard_link(place.path("outside/canary.txt"), place.path("root/hard")).unwrap();
    place
}

/// Paths that lead out, or nowhere.
const WAYS_OUT: &[&str] = &[
    "{}/outside/canary.txt",
    "{}/root/../outside/canary.txt",
    "{}/root/d/../../outside/canary.txt",
    "{}/root/none/../../outside/canary.txt",
    "{}/root/../../../../../../../../etc/passwd",
    "/../../../etc/passwd",
    "//etc//passwd",
    "{}/root/link-file",
    "{}/root/link-dir/canary.txt",
    "{}/root/link-dir/dir/inner.txt",
    "{}/root/link-relative/canary.txt",
    "{}/root/link-root/etc/passwd",
    "{}/root/link-proc",
    "{}/root/chain1",
    "{}/root/d/chain/canary.txt",
    "{}/root/loop1",
    "{}/root/loop1/x",
    "{}/root/dangling",
    "{}/root/link-inside/../../outside/canary.txt",
    "{}/root/link-dir/../outside/canary.txt",
    "{}/root/link-file/../canary.txt",
    "/proc/self/root{}/outside/canary.txt",
    "/proc/self/cwd/Cargo.toml",
    "/proc/self/environ",
    "/proc/self/fd/0",
    "/dev/zero",
    "{}/root-other/canary.txt",
    "{}/outside/CANARY.TXT",
    "{}/ROOT/d/fine.txt",
    "{}/root/．．/outside/canary.txt",
    "{}/root／../outside/canary.txt",
    "{}/root/%2e%2e/outside/canary.txt",
    "{}/root\\..\\outside\\canary.txt",
    "{}/root/d\u{301}/../../outside/canary.txt",
    "{}/root/link-dir/",
    "{}/root/link-dir/.",
    "{}/root/link-dir/..",
    "{}/root/d\0/../../outside/canary.txt",
    "{}/outside/canary.txt\0.txt",
    "canary.txt",
    "../outside/canary.txt",
    "",
    ".",
    "~/canary.txt",
    "file://{}/outside/canary.txt",
];

fn ways_out(place: &Place) -> Vec<String> {
    let scratch = place.dir.path().display().to_string();
    let mut ways: Vec<String> = WAYS_OUT
        .iter()
        .map(|way| way.replace("{}", &scratch))
        .collect();
    ways.push(format!("{scratch}/root/{}", "x".repeat(256)));
    ways.push(format!("{scratch}/root/{}canary.txt", "d/../".repeat(2000)));
    ways.push(format!("{scratch}/root/{}outside", "../".repeat(600)));
    ways
}

#[test]
fn no_path_leads_out() {
    let place = trapped();
    let files = place.files(&["root:rw"]);
    for way in ways_out(&place) {
        let way = way.as_str();
        assert!(files.read(way).is_err(), "read {way:?}");
        assert!(files.read_range(way, 0, 9).is_err(), "read_range {way:?}");
        assert!(
            files.read_lines(way, 0, 0, &wanted).is_err(),
            "read_lines {way:?}"
        );
        assert!(list(&files, way, true).is_err(), "list {way:?}");
        assert!(files.disk_usage(Some(way)).is_err(), "disk_usage {way:?}");
        assert!(
            files.chmod(way, 0o777, true, &wanted).is_err(),
            "chmod {way:?}"
        );
        let options = GrepOptions::default();
        assert!(
            files.grep("CANARY", Some(way), &options, &wanted).is_err(),
            "grep {way:?}"
        );
        let all = ["**".to_owned()];
        assert!(
            files
                .glob(&all, Some(way), &GlobOptions::default(), &wanted)
                .is_err(),
            "glob {way:?}"
        );
        let into = place.path("root/stolen");
        assert!(files.copy(way, &into, &wanted).is_err(), "copy {way:?}");
        assert!(!place.exists("root/stolen"), "copy {way:?}");
    }
    place.outside_is_untouched();
}

#[test]
fn nothing_is_changed_outside() {
    let place = trapped();
    let files = place.files(&["root:rw"]);
    let source = place.path("root/d/fine.txt");
    for way in ways_out(&place) {
        let way = way.as_str();
        // Some of these make harmless files inside; what counts is what is outside.
        let _ = files.write(way, b"evil");
        let _ = files.append(way, b"evil");
        let _ = files.create(way, b"evil");
        let _ = files.mkdir(&format!("{way}/new"));
        let _ = files.copy(&source, way, &wanted);
        place.outside_is_untouched();
    }
    let place = trapped();
    let files = place.files(&["root:rw"]);
    for way in ways_out(&place) {
        place.file("root/d/fine.txt", "fine");
        let _ = files.rename(&place.path("root/d/fine.txt"), &way, &wanted);
        let _ = files.rename(&way, &place.path("root/stolen"), &wanted);
        let _ = files.delete(&way, &wanted);
        place.outside_is_untouched();
    }
}

#[test]
fn outside_is_denied_whether_or_not_it_exists() {
    let place = trapped();
    let files = place.files(&["root:rw"]);
    let rows = [
        "outside/canary.txt",
        "outside/none",
        "none",
        "root/../outside/none/x",
        "root/link-dir/none",
        "root/link-dir/canary.txt",
        "root/link-dir/canary.txt/below",
        "root/link-dir/none/../canary.txt",
        "root/dangling",
        "outside/canary.txt/../canary.txt",
    ];
    each_row(rows, |name| {
        let path = place.path(name);
        assert!(is_denied(files.read(&path)), "{name}");
        assert!(is_denied(files.stat(&path)), "{name}");
        assert!(is_denied(files.write(&path, b"")), "{name}");
        assert!(is_denied(files.mkdir(&path)), "{name}");
        // A link in the granted directory is the skill's own to remove.
        if name != "root/dangling" {
            assert!(is_denied(files.delete(&path, &wanted)), "{name}");
        }
    });
    assert!(is_denied(list(&files, "/", false)));
    place.outside_is_untouched();
}

#[test]
fn links_that_stay_inside_are_followed() {
    let place = trapped();
    place.file("other/x.txt", "other");
    place.link("root/to-other", "{}/other/x.txt");
    place.link("root/up-and-down", "../other");
    let one = place.files(&["root:rw"]);
    let both = place.files(&["root:rw", "other:ro"]);
    let rows = [
        ("root/link-inside/fine.txt", "fine"),
        ("root/link-absolute", "fine"),
        ("root/d/../link-inside/./fine.txt", "fine"),
        ("root/../root/d/fine.txt", "fine"),
    ];
    each_row(rows, |(name, text)| {
        assert_eq!(one.read(&place.path(name)).unwrap(), text.as_bytes());
    });
    let rows = ["root/to-other", "root/up-and-down/x.txt"];
    each_row(rows, |name| {
        assert!(is_denied(one.read(&place.path(name))), "{name}");
        assert_eq!(both.read(&place.path(name)).unwrap(), b"other", "{name}");
        assert!(is_denied(both.write(&place.path(name), b"")), "{name}");
    });
    assert_eq!(place.text("other/x.txt"), "other");
}

#[test]
fn forty_links_are_followed_and_no_more() {
    let place = Place::new();
    place.file("root/0", "end");
    for link in 1..=41 {
        place.link(&format!("root/{link}"), &(link - 1).to_string());
    }
    let files = place.files(&["root:ro"]);
    assert_eq!(files.read(&place.path("root/40")).unwrap(), b"end");
    assert!(is_invalid(files.read(&place.path("root/41"))));
}

#[test]
fn hard_links_are_not_a_way_to_change_what_is_outside() {
    let place = trapped();
    let files = place.files(&["root:rw"]);
    let hard = place.path("root/hard");
    let mode = || {
        fs::metadata(place.path("outside/canary.txt"))
            .unwrap()
            .permissions()
    };
    let before = mode();
    assert!(is_denied(files.chmod(&hard, 0o777, false, &wanted)));
    assert!(is_denied(files.chmod(
        &place.path("root"),
        0o777,
        true,
        &wanted
    )));
    assert_eq!(mode(), before);
    files.append(&hard, b" more").unwrap();
    assert_eq!(place.text("root/hard"), format!("{CANARY} more"));
    place.outside_is_untouched();
    fs::remove_file(&hard).unwrap();
    fs::hard_link(place.path("outside/canary.txt"), &hard).unwrap();
    files.write(&hard, b"own").unwrap();
    assert_eq!(place.text("root/hard"), "own");
    place.outside_is_untouched();
    place.no_leftovers("root");
}

#[test]
fn searching_does_not_follow_links() {
    let place = trapped();
    fs::remove_file(place.path("root/hard")).unwrap();
    let files = place.files(&["root:ro"]);
    let rows = [None, Some(place.path("root"))];
    each_row(rows, |path| {
        let found = files
            .grep("CANARY", path.as_deref(), &GrepOptions::default(), &wanted)
            .unwrap();
        assert_eq!(found, []);
        let patterns = [
            "**/canary.txt",
            "link-dir/*",
            "link-root/**",
            "../**",
            "/**",
        ];
        let patterns = patterns.map(str::to_owned);
        let found = files
            .glob(&patterns, path.as_deref(), &GlobOptions::default(), &wanted)
            .unwrap();
        for name in &found {
            assert!(!name.path.contains("canary"), "{name:?}");
        }
    });
    let lines = list(&files, &place.path("root"), true).unwrap();
    assert!(lines.iter().any(|entry| entry.name == "link-dir"));
}

#[test]
fn everything_granted_still_reads_no_magic_links() {
    let place = Place::new();
    let mut files = place.files(&["root:ro"]);
    let manifest =
        "id: t\npath: t\npermissions: { fs: { enabled: true, dirs: ['/proc/self:ro'] } }";
    let manifest = Manifest::parse("t.yaml", manifest, &|_| None).unwrap();
    files.grants = Arc::new(Grants::open(&manifest).unwrap());
    let outside = place.path("outside/canary.txt");
    let rows = ["root", "cwd/../../../../../..", "task/../root"];
    each_row(rows, |way| {
        let path = format!("/proc/self/{way}{outside}");
        assert!(files.read(&path).is_err(), "{path}");
    });
}
