//! What each function does when all is granted.

use std::os::unix::fs::PermissionsExt as _;

use luminarys_testing::each_row;

use super::*;
use crate::FileKind;
use crate::Lines;

fn mode(path: &str) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn content_goes_in_and_comes_out() {
    let place = Place::new();
    let files = place.limited(&["root:rw"], 100);
    let path = place.path("root/a/b/c.bin");
    files.write(&path, &[0, 255, 7]).unwrap();
    assert_eq!(files.read(&path).unwrap(), [0, 255, 7]);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    files.write(&path, b"").unwrap();
    assert_eq!(files.read(&path).unwrap(), b"");
    assert_eq!(mode(&path), 0o600);
    files.append(&path, b"one").unwrap();
    files.append(&path, b"two").unwrap();
    files.append(&place.path("root/n/ew"), b"new").unwrap();
    assert_eq!(place.text("root/a/b/c.bin"), "onetwo");
    assert_eq!(place.text("root/n/ew"), "new");
    assert_eq!(files.read_range(&path, 2, 3).unwrap(), b"etw");
    let rows = [
        (4, 99, "wo"),
        (6, 1, ""),
        (99, 1, ""),
        (u64::MAX, u64::MAX, ""),
    ];
    each_row(rows, |(offset, length, text)| {
        assert_eq!(
            files.read_range(&path, offset, length).unwrap(),
            text.as_bytes()
        );
    });
    place.file("root/large", [b'x'; 101]);
    assert!(is_too_large(files.read(&place.path("root/large"))));
    assert!(is_too_large(files.read_range(
        &place.path("root/large"),
        0,
        101
    )));
    assert_eq!(
        files
            .read_range(&place.path("root/large"), 1, 200)
            .unwrap()
            .len(),
        100
    );
    place.no_leftovers("root/a/b");
}

#[test]
fn create_makes_only_what_is_not_there() {
    let place = Place::new();
    let files = place.files(&["root:rw"]);
    let at = |name: &str| place.path(&format!("root/{name}"));
    files.create(&at("a/new"), b"1").unwrap();
    assert!(is_taken(files.create(&at("a/new"), b"2")));
    assert!(is_taken(files.create(&at("a"), b"2")));
    assert!(is_taken(files.create(&at(""), b"2")));
    place.link("root/dangling", "nowhere");
    assert!(is_taken(files.create(&at("dangling"), b"2")));
    assert_eq!(place.text("root/a/new"), "1");
    assert!(!place.exists("root/nowhere"));
    place.no_leftovers("root/a");
}

#[test]
fn writing_follows_a_link_to_its_target() {
    let place = Place::new();
    let files = place.files(&["root:rw"]);
    place.file("root/real", "old");
    place.link("root/link", "real");
    place.link("root/ahead", "d/made");
    files.write(&place.path("root/link"), b"new").unwrap();
    assert_eq!(place.text("root/real"), "new");
    assert!(
        fs::symlink_metadata(place.path("root/link"))
            .unwrap()
            .is_symlink()
    );
    files.write(&place.path("root/ahead"), b"made").unwrap();
    assert_eq!(place.text("root/d/made"), "made");
}

#[test]
fn what_is_no_file_is_invalid() {
    let place = Place::new();
    let files = place.files(&["root:rw"]);
    let pipe = place.path("root/pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o666),
        0,
    )
    .unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(place.path("root/socket")).unwrap();
    let rows = ["pipe", "socket", "", "."];
    each_row(rows, |name| {
        let path = place.path(&format!("root/{name}"));
        assert!(is_invalid(files.read(&path)), "{name}");
        assert!(is_invalid(files.read_range(&path, 0, 1)), "{name}");
        assert!(is_invalid(files.read_lines(&path, 0, 0, &wanted)), "{name}");
        assert!(is_invalid(files.write(&path, b"x")), "{name}");
        assert!(is_invalid(files.append(&path, b"x")), "{name}");
        assert!(
            is_invalid(files.copy(&path, &place.path("root/x"), &wanted)),
            "{name}"
        );
    });
    assert!(is_invalid(files.chmod(&pipe, 0o600, false, &wanted)));
    assert_eq!(files.stat(&pipe).unwrap().kind, FileKind::Other);
    place.file("root/file", "f");
    let rows = [
        place.path("root/file/"),
        place.path("root/new/"),
        "relative".to_owned(),
    ];
    each_row(rows, |path| {
        assert!(is_invalid(files.write(&path, b"x")), "{path}");
    });
    assert!(is_invalid(list(&files, &place.path("root/file"), false)));
    assert!(is_missing(files.read(&place.path("root/file/below"))));
    assert!(is_missing(files.stat(&place.path("root/none"))));
    assert!(is_invalid(
        files.write(&place.path("root/file/below"), b"x")
    ));
}

#[test]
fn lines_are_sliced() {
    let place = Place::new();
    let files = place.limited(&["root:ro"], 4000);
    let slice = |content: &[u8], offset, limit| {
        place.file("root/l", content);
        files
            .read_lines(&place.path("root/l"), offset, limit, &wanted)
            .unwrap()
    };
    let lines = |lines: &[&str], total, offset, truncated| Lines {
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        total,
        offset,
        truncated,
    };
    assert_eq!(
        slice(b"a\r\nb\n\nc\n", 0, 0),
        lines(&["a", "b", "", "c"], 4, 0, false)
    );
    assert_eq!(slice(b"a\nb\nc", 1, 1), lines(&["b"], 3, 1, true));
    assert_eq!(slice(b"a\nb\nc", 1, 2), lines(&["b", "c"], 3, 1, false));
    assert_eq!(slice(b"a\nb\nc", 9, 2), lines(&[], 3, 9, false));
    assert_eq!(
        slice(b"a\nb", u64::MAX, u64::MAX),
        lines(&[], 2, u64::MAX, false)
    );
    assert_eq!(slice(b"", 0, 0), lines(&[], 0, 0, false));
    assert_eq!(slice(b"\n", 0, 0), lines(&[""], 1, 0, false));
    // A character over the end of the probe is no sign of a binary file.
    let long = format!("{}é\n", "x".repeat(8191));
    assert_eq!(slice(long.as_bytes(), 1, 0), lines(&[], 1, 1, false));
    let rows = [&b"a\0b"[..], b"\xff\xfe", b"abc\xc3"];
    each_row(rows, |binary| {
        place.file("root/l", binary);
        assert!(is_invalid(files.read_lines(
            &place.path("root/l"),
            0,
            0,
            &wanted
        )));
    });
    place.file("root/l", "x".repeat(200_000));
    assert!(is_too_large(files.read_lines(
        &place.path("root/l"),
        0,
        0,
        &wanted
    )));
    assert!(
        files
            .read_lines(&place.path("root/l"), 0, 0, &|| true)
            .is_err()
    );
}

#[test]
fn trees_are_made_and_removed() {
    let place = Place::new();
    let files = place.files(&["root:rw"]);
    let at = |name: &str| place.path(&format!("root/{name}"));
    for _ in 0..2 {
        files.mkdir(&at("{logs,cache/{a,b}}")).unwrap();
    }
    assert!(place.exists("root/logs") && place.exists("root/cache/b"));
    place.file("root/f", "f");
    place.link("root/to-cache", "cache");
    files.mkdir(&at("to-cache/c/d")).unwrap();
    assert!(place.exists("root/cache/c/d"));
    assert!(is_taken(files.mkdir(&at("f"))));
    assert!(is_invalid(files.mkdir(&at("{a,b"))));
    assert!(is_invalid(files.mkdir(&at(&"{a,b}".repeat(10)))));
    assert!(is_denied(files.mkdir(&at("{fine,../../outside/new}"))));
    assert!(!place.exists("root/fine"));

    place.link("root/cache/out", "{}/outside");
    place.link("root/cache/in", "../f");
    assert!(is_invalid(files.delete(&at("to-cache/"), &wanted)));
    files.delete(&at("to-cache"), &wanted).unwrap();
    files.delete(&at("cache"), &wanted).unwrap();
    assert!(!place.exists("root/cache") && place.exists("root/f"));
    place.outside_is_untouched();
    assert!(is_missing(files.delete(&at("cache"), &wanted)));
    assert!(is_denied(files.delete(&at(""), &wanted)));
    assert!(is_denied(files.delete(&at("logs/.."), &wanted)));
    files.delete(&at("logs/."), &wanted).unwrap();
}

#[test]
fn deep_trees_need_few_handles() {
    let place = Place::new();
    let files = place.files(&["root:rw"]);
    let deep = place.path(&format!("root/{}", "d/".repeat(500)));
    files.mkdir(&deep).unwrap();
    files.write(&format!("{deep}f"), b"deep").unwrap();
    // All the way down, most of the way up, and down again.
    let back = format!("{deep}{}{}f", "../".repeat(450), "d/".repeat(450));
    assert_eq!(files.read(&back).unwrap(), b"deep");
    let found = files.glob(
        &["**/f".to_owned()],
        Some(&place.path("root")),
        &Default::default(),
        &wanted,
    );
    assert_eq!(found.unwrap().len(), 1);
    files.delete(&place.path("root/d"), &wanted).unwrap();
    assert!(!place.exists("root/d"));
}

#[test]
fn files_are_copied_and_moved() {
    let place = Place::new();
    let files = place.files(&["root:rw"]);
    let at = |name: &str| place.path(&format!("root/{name}"));
    place.file("root/a", "a");
    fs::set_permissions(at("a"), fs::Permissions::from_mode(0o750)).unwrap();
    files.copy(&at("a"), &at("x/y/b"), &wanted).unwrap();
    assert_eq!(
        (place.text("root/x/y/b").as_str(), mode(&at("x/y/b"))),
        ("a", 0o750)
    );
    place.file("root/old", "old");
    files.copy(&at("a"), &at("old"), &wanted).unwrap();
    assert_eq!(place.text("root/old"), "a");
    assert!(is_invalid(files.copy(&at("a"), &at("x/../a"), &wanted)));
    assert!(is_invalid(files.copy(&at("x"), &at("z"), &wanted)));
    assert!(is_missing(files.copy(&at("none"), &at("z"), &wanted)));
    assert!(files.copy(&at("a"), &at("z"), &|| true).is_err());
    assert!(!place.exists("root/z"));
    place.no_leftovers("root");

    files.rename(&at("old"), &at("a"), &wanted).unwrap();
    assert!(!place.exists("root/old"));
    place.link("root/link", "a");
    files.rename(&at("link"), &at("x/moved"), &wanted).unwrap();
    assert!(fs::symlink_metadata(at("x/moved")).unwrap().is_symlink());
    files.rename(&at("x"), &at("w"), &wanted).unwrap();
    assert_eq!(place.text("root/w/y/b"), "a");
    assert!(is_invalid(files.rename(&at("w"), &at("w"), &wanted)));
    assert!(is_invalid(files.rename(&at("w"), &at("w/y/w"), &wanted)));
    assert!(is_taken(files.rename(&at("a"), &at("w"), &wanted)));
    assert!(is_taken(files.rename(&at("w"), &at("a"), &wanted)));
    assert!(is_missing(files.rename(&at("a"), &at("no/a"), &wanted)));
    assert!(is_missing(files.rename(&at("no"), &at("b"), &wanted)));
    assert!(is_denied(files.rename(&at(""), &at("w/r"), &wanted)));
}

#[test]
fn modes_are_set() {
    let place = Place::new();
    let files = place.files(&["root:rw"]);
    let at = |name: &str| place.path(&format!("root/{name}"));
    place.file("root/d/f", "f");
    place.file("root/d/e/g", "g");
    place.link("root/d/out", "{}/outside/canary.txt");
    let outside = mode(&place.path("outside/canary.txt"));
    files.chmod(&at("d/f"), 0o600, false, &wanted).unwrap();
    assert_eq!(mode(&at("d/f")), 0o600);
    files.chmod(&at("d/f"), 0, false, &wanted).unwrap();
    files.chmod(&at("d/f"), 0o644, false, &wanted).unwrap();
    files.chmod(&at("d"), 0o711, true, &wanted).unwrap();
    let rows = ["d", "d/f", "d/e", "d/e/g"];
    each_row(rows, |name| {
        assert_eq!(mode(&at(name)), 0o711, "{name}");
    });
    assert_eq!(mode(&place.path("outside/canary.txt")), outside);
    let rows = [0o4755, 0o2755, 0o1777, 0o10000, u32::MAX];
    each_row(rows, |bits| {
        assert!(
            is_invalid(files.chmod(&at("d/f"), bits, false, &wanted)),
            "{bits:o}"
        );
    });
    files.chmod(&at(""), 0o755, false, &wanted).unwrap();
    assert!(is_missing(files.chmod(&at("none"), 0o644, false, &wanted)));
}

#[test]
fn a_full_disk_keeps_the_old_file() {
    // A mount of its own; only where the tests run with the right to make one.
    let place = Place::new();
    let full = place.path("root/full");
    fs::create_dir(&full).unwrap();
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=64k", "tmpfs", &full])
        .status();
    if !mounted.is_ok_and(|status| status.success()) {
        return;
    }
    let files = place.files(&["root:rw"]);
    let path = format!("{full}/kept");
    files.write(&path, b"old").unwrap();
    let large = vec![b'x'; 1 << 20];
    place.file("root/large", &large);
    let outcomes = [
        files.write(&path, &large),
        files.append(&path, &large),
        files.copy(&place.path("root/large"), &path, &wanted),
        files.create(&format!("{full}/new"), &large),
    ];
    let kept = fs::read_to_string(&path);
    let names = fs::read_dir(&full).unwrap().count();
    let unmounted = std::process::Command::new("umount").arg(&full).status();
    assert!(unmounted.unwrap().success());
    for outcome in outcomes {
        let text = outcome.unwrap_err().to_string();
        assert!(text.contains("No space left"), "{text}");
    }
    assert_eq!((kept.unwrap().as_str(), names), ("old", 1));
}
