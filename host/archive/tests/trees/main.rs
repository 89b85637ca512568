//! Trees that become archives and come out of them, in a temporary directory of which only `root` is granted.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;
mod place;

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::UNIX_EPOCH;

use common::Block;
use luminarys_archive::{Done, Exclude, Format, Limits, Options, Reading};
use luminarys_filesystem::FsError;
use luminarys_testing::each_row;

use crate::place::Place;

const FORMATS: [Format; 4] = [Format::Tar, Format::TarGz, Format::TarZst, Format::Zip];
const AMPLE: Limits = Limits {
    entries: 1000,
    bytes: 1 << 20,
};
const MODIFIED: u64 = 1_700_000_000;

fn options(format: Format) -> Options {
    Options {
        format,
        exclude: Exclude::new(&[]).unwrap(),
        strip: 0,
    }
}

fn modified(path: &Path) -> u64 {
    let time = fs::metadata(path).unwrap().modified().unwrap();
    time.duration_since(UNIX_EPOCH).unwrap().as_secs()
}

#[test]
fn every_format_returns_the_tree_that_was_packed() {
    for format in FORMATS {
        let place = Place::new();
        let packed = place.pack("root/archive", &options(format), AMPLE).unwrap();
        let expected = Done {
            files: 2,
            bytes: 6,
            skipped: 0,
            format,
        };
        assert_eq!(packed, expected);
        let archive = place.path("root/archive");
        let reading = Reading {
            files: &place.files,
            limits: AMPLE,
            archive: &archive,
            options: &options(format),
            cancelled: &|| false,
        };
        let unpacked = reading.unpack(&place.path("root/new/copy")).unwrap();
        assert_eq!(unpacked, expected);
        let copy = place.listing("root/new/copy");
        assert_eq!(copy, place.listing("root/tree"), "{format:?}");
        assert_eq!(copy.len(), 6, "{copy:?}");
        let seconds = modified(&place.at("root/new/copy/text"));
        // A zip counts in steps of two seconds.
        assert!(seconds.abs_diff(MODIFIED) < 2, "{format:?}: {seconds}");
    }
}

#[test]
fn excluded_names_and_leading_parts_are_left_out() {
    let place = Place::new();
    let exclude = ["closed".to_owned(), "sub/empty".to_owned()];
    let archive = place.path("root/a.tgz");
    let writing = Options::new(None, &archive, &exclude, 0).unwrap();
    place.pack("root/a.tgz", &writing, AMPLE).unwrap();
    let reading = Reading {
        files: &place.files,
        limits: AMPLE,
        archive: &archive,
        options: &Options::new(None, &archive, &["link".to_owned()], 1).unwrap(),
        cancelled: &|| false,
    };
    reading.unpack(&place.path("root/copy")).unwrap();
    let copy = place.listing("root/copy");
    assert_eq!(copy, [("program".to_owned(), 0o750, "#!".to_owned())]);
}

#[test]
fn an_archive_in_its_own_tree_does_not_hold_itself() {
    let place = Place::new();
    let tar = options(Format::Tar);
    let first = place.pack("root/tree/a.tar", &tar, AMPLE).unwrap();
    let second = place.pack("root/tree/a.tar", &tar, AMPLE).unwrap();
    assert_eq!((first.files, second.files), (2, 2));
}

#[test]
fn links_that_lead_out_and_sockets_are_skipped() {
    let place = Place::new();
    symlink("../../outside", place.at("root/tree/sub/out")).unwrap();
    symlink("/etc/passwd", place.at("root/tree/absolute")).unwrap();
    let _listener = UnixListener::bind(place.at("root/tree/socket")).unwrap();
    let done = place.pack("root/a.tar", &options(Format::Tar), AMPLE);
    assert_eq!(done.unwrap().skipped, 3);
    place.unpack("root/a.tar", "root/copy", AMPLE).unwrap();
    assert_eq!(place.listing("root/copy").len(), 6);
}

#[test]
fn a_tree_beyond_a_limit_leaves_no_archive() {
    let rows = [(5, 1 << 20), (1000, 5)];
    each_row(rows, |(entries, bytes)| {
        let place = Place::new();
        let limits = Limits { entries, bytes };
        for format in FORMATS {
            let packed = place.pack("root/archive", &options(format), limits);
            assert!(matches!(packed, Err(FsError::TooLarge(_))), "{packed:?}");
            let names: Vec<_> = fs::read_dir(place.at("root")).unwrap().collect();
            assert_eq!(names.len(), 1, "{names:?}");
        }
        let exact = Limits {
            entries: 6,
            bytes: 6,
        };
        place
            .pack("root/a.tar", &options(Format::Tar), exact)
            .unwrap();
    });
}

#[test]
fn an_archive_beyond_a_limit_leaves_nothing() {
    let place = Place::new();
    let rows = [("root/a.tar", Format::Tar), ("root/a.zip", Format::Zip)];
    each_row(rows, |(archive, format)| {
        place.pack(archive, &options(format), AMPLE).unwrap();
        for (entries, bytes) in [(5, 1 << 20), (1000, 5)] {
            let limits = Limits { entries, bytes };
            let unpacked = place.unpack(archive, "root/copy", limits);
            assert!(
                matches!(unpacked, Err(FsError::TooLarge(_))),
                "{unpacked:?}"
            );
            assert!(!place.at("root/copy").exists());
        }
    });
}

#[test]
fn entries_that_lead_out_leave_nothing() {
    let link = |name: &str, target: &str| {
        let mut block = Block::new(b'2', name, b"");
        block.put(157, target.as_bytes());
        block
    };
    let rows = [
        ("parent", vec![Block::new(b'0', "../outside/new", b"x")]),
        ("absolute", vec![Block::new(b'0', "/tmp/new", b"x")]),
        ("link out", vec![link("out", "../../outside")]),
        (
            "beneath a link",
            vec![link("to", "sub"), Block::new(b'0', "to/new", b"x")],
        ),
        (
            "a name twice",
            vec![Block::new(b'0', "a", b"x"), Block::new(b'0', "a", b"y")],
        ),
    ];
    each_row(rows, |(case, entries)| {
        let place = Place::new();
        let first = Block::new(b'0', "first", b"x");
        place.tar([first].into_iter().chain(entries).collect());
        let unpacked = place.unpack("root/a.tar", "root/copy", AMPLE);
        assert!(
            matches!(unpacked, Err(FsError::Invalid(_))),
            "{case}: {unpacked:?}"
        );
        assert!(!place.at("root/copy").exists(), "{case}");
        assert_eq!(
            fs::read_dir(place.at("outside")).unwrap().count(),
            0,
            "{case}"
        );
    });
}

#[test]
fn what_is_in_the_way_stays_as_it_is() {
    type Obstacle = fn(&Path);
    let cases: [(&str, Obstacle, bool); 7] = [
        (
            "a file",
            |at| fs::write(at.join("text"), "old").unwrap(),
            true,
        ),
        (
            "a directory",
            |at| fs::create_dir(at.join("text")).unwrap(),
            false,
        ),
        (
            "a link",
            |at| symlink("sub", at.join("text")).unwrap(),
            false,
        ),
        (
            "a directory where one belongs",
            |at| fs::create_dir(at.join("sub")).unwrap(),
            true,
        ),
        (
            "a file where a directory belongs",
            |at| fs::write(at.join("sub"), "old").unwrap(),
            false,
        ),
        (
            "a link to a directory outside",
            |at| symlink("../../outside", at.join("sub")).unwrap(),
            false,
        ),
        (
            "a link to a directory inside",
            |at| {
                fs::create_dir(at.join("real")).unwrap();
                symlink("real", at.join("sub")).unwrap();
            },
            false,
        ),
    ];
    each_row(cases, |(case, obstacle, expected)| {
        let place = Place::new();
        place
            .pack("root/a.tar", &options(Format::Tar), AMPLE)
            .unwrap();
        fs::create_dir(place.at("root/copy")).unwrap();
        obstacle(&place.at("root/copy"));
        let before = place.listing("root/copy");
        match (place.unpack("root/a.tar", "root/copy", AMPLE), expected) {
            (Ok(_), true) => assert_eq!(place.listing("root/copy").len(), 6, "{case}"),
            (Err(FsError::AlreadyExists(_) | FsError::Denied(_)), false) => {
                assert_eq!(place.listing("root/copy"), before, "{case}");
            }
            (unpacked, _) => panic!("{case}: {unpacked:?}"),
        }
        assert_eq!(
            fs::read_dir(place.at("outside")).unwrap().count(),
            0,
            "{case}"
        );
    });
}

#[test]
fn only_granted_places_are_used() {
    let place = Place::granted(&["root:ro", "root/new:rw"]);
    let tar = options(Format::Tar);
    let denied = |done: Result<Done, FsError>| matches!(done, Err(FsError::Denied(_)));
    assert!(denied(place.pack("root/a.tar", &tar, AMPLE)));
    assert!(denied(place.pack("outside/a.tar", &tar, AMPLE)));
    place.pack("root/new/a.tar", &tar, AMPLE).unwrap();
    let rows = ["root/copy", "outside", "outside/copy"];
    each_row(rows, |destination| {
        let unpacked = place.unpack("root/new/a.tar", destination, AMPLE);
        assert!(denied(unpacked), "{destination}");
    });
    place
        .unpack("root/new/a.tar", "root/new/copy", AMPLE)
        .unwrap();
    assert!(!place.at("root/copy").exists());
}

#[test]
fn a_cancelled_call_leaves_nothing_wherever_it_was() {
    let place = Place::new();
    place
        .pack("root/a.tar", &options(Format::Tar), AMPLE)
        .unwrap();
    let mut finished = 0;
    for step in 0..40 {
        let asked = AtomicU32::new(0);
        let cancelled = || asked.fetch_add(1, Ordering::Relaxed) >= step;
        match place.unpack_unless("root/a.tar", "root/copy", AMPLE, &cancelled) {
            Ok(_) => finished += 1,
            Err(_) => assert!(!place.at("root/copy").exists(), "step {step}"),
        }
        let _ = fs::remove_dir_all(place.at("root/copy"));
    }
    assert!((1..40).contains(&finished), "{finished}");
}
