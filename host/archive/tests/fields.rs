//! Headers that not every program writes or reads alike.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::io::{Cursor, Write};

use common::{Block, entries, listed, made, tar};
use luminarys_archive::{Error, Format, MemberKind};
use luminarys_testing::each_row;
use zip::System;
use zip::write::SimpleFileOptions;

#[test]
fn labels_are_no_entries() {
    let rows = ["gnu", "posix"];
    each_row(rows, |format| {
        let archive = made(&format!("label-{format}.tar.gz"));
        let entries = entries(&archive, Format::TarGz).unwrap();
        assert_eq!(entries.len(), 1, "{format}");
        assert_eq!(
            (&*entries[0].0.name, &*entries[0].1),
            ("plain/a", &b"alpha"[..])
        );
    });
    let archive = tar(vec![
        Block::new(b'V', "label", b"more"),
        Block::new(b'0', "a", b""),
    ]);
    assert_eq!(listed(&archive, Format::Tar).unwrap().len(), 1);
}

#[test]
fn times_before_1970_and_far_ahead_are_read() {
    let rows = ["gnu", "posix"];
    each_row(rows, |format| {
        let entries = listed(&made(&format!("times-{format}.tar.gz")), Format::TarGz).unwrap();
        let times: Vec<_> = entries.iter().map(|member| member.modified).collect();
        // The half of a second is only in extended headers; GNU tar rounds down in both.
        assert_eq!(times, [Some(-101), Some(10_000_000_000)], "{format}");
        assert!(
            entries.iter().all(|member| member.mode == 0o644),
            "{format}"
        );
    });
}

#[test]
fn long_names_are_read_in_both_forms() {
    let part = "d".repeat(90);
    let rows = ["gnu", "posix"];
    each_row(rows, |format| {
        let entries = listed(&made(&format!("long-{format}.tar.gz")), Format::TarGz).unwrap();
        let far = format!("long/{part}/{part}");
        assert_eq!(entries[2].name, far, "{format}");
        let target = MemberKind::Link(format!("{part}/{part}"));
        assert!(
            entries.iter().any(|member| member.kind == target),
            "{format}: {entries:?}"
        );
        let same = entries.last().unwrap();
        assert_eq!(
            (&same.kind, same.size),
            (&MemberKind::Same(far), 3),
            "{format}"
        );
    });
}

#[test]
fn fields_are_read_as_gnu_tar_does_or_refused_by_name() {
    const MODE: usize = 100;
    const SIZE: usize = 124;
    const TIME: usize = 136;
    let rows = [
        (MODE, &b"   755 \0"[..], Ok((0o755, 0, 4))),
        (MODE, b"\0\0\0\0\0\0\0\0", Ok((0, 0, 4))),
        (MODE, b"0104755\0", Ok((0o755, 0, 4))),
        (MODE, b"        ", Err("has a mode that is blank")),
        (MODE, b"12x4567\0", Err("has a mode that is neither")),
        (SIZE, b"          4 ", Ok((0o644, 0, 4))),
        (SIZE, b"\x80\0\0\0\0\0\0\0\0\0\0\x04", Ok((0o644, 0, 4))),
        (SIZE, b"            ", Err("has a size that is blank")),
        (SIZE, &[0xff; 12], Err("has a size below zero")),
        (
            SIZE,
            b"\x81\0\0\0\0\0\0\0\0\0\0\x04",
            Err("has a size that is neither"),
        ),
        (
            SIZE,
            b"\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
            Err("out of range"),
        ),
        (
            TIME,
            b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe",
            Ok((0o644, -2, 4)),
        ),
        (
            TIME,
            b"\x80\0\0\0\0\0\0\0\0\0\x05\x01",
            Ok((0o644, 0x501, 4)),
        ),
        (TIME, b"            ", Err("has a time that is blank")),
        // Owners and devices are not read.
        (108, b"                ", Ok((0o644, 0, 4))),
        (329, b"                ", Ok((0o644, 0, 4))),
    ];
    each_row(rows, |(at, field, expected)| {
        let block = Block::new(b'0', "f", b"text").with(at, field);
        let archive = tar(vec![block, Block::new(b'0', "next", b"")]);
        match (listed(&archive, Format::Tar), expected) {
            (Ok(entries), Ok((mode, time, size))) => {
                let f = &entries[0];
                assert_eq!(
                    (f.mode, f.modified, f.size),
                    (mode, Some(time), size),
                    "{field:?}"
                );
                assert_eq!(entries.len(), 2, "{field:?}");
            }
            (Err(Error::Entry { name, reason }), Err(expected)) if name == "f" => {
                assert!(reason.contains(expected), "{field:?}: {reason}");
            }
            (read, expected) => panic!("{field:?}: {read:?}, not {expected:?}"),
        }
    });
}

#[test]
fn kinds_are_those_of_gnu_tar() {
    let size = b"00000001000";
    let rows = [
        (Block::new(0, "f", b"x"), MemberKind::File),
        (Block::new(b'7', "f", b"x"), MemberKind::File),
        (Block::new(b'0', "f/", b""), MemberKind::Directory),
        // A size without content.
        (
            Block::new(b'5', "f/", b"").with(124, size),
            MemberKind::Directory,
        ),
        (
            Block::new(b'2', "f", b"").with(124, size).with(157, b"a"),
            MemberKind::Link("a".into()),
        ),
        (
            Block::new(b'1', "f", b"").with(124, size).with(157, b"a"),
            MemberKind::Same("a".into()),
        ),
        (Block::new(b'D', "f/", b"Ya\0"), MemberKind::Directory),
    ];
    each_row(rows, |(block, expected)| {
        let kind = block.0[156];
        let entries = entries(
            &tar(vec![block, Block::new(b'0', "next", b"next")]),
            Format::Tar,
        );
        let entries = entries.unwrap();
        assert_eq!(
            (&*entries[0].0.name, &entries[0].0.kind),
            ("f", &expected),
            "{kind}"
        );
        assert_eq!(entries[1].1, b"next", "{kind}");
    });
    for kind in *b"34689MNQAZ" {
        let error = listed(&tar(vec![Block::new(kind, "f", b"")]), Format::Tar).unwrap_err();
        assert!(
            matches!(&error, Error::Entry { name, .. } if name == "f"),
            "{kind}: {error}"
        );
    }
}

#[test]
fn extended_headers_count_as_in_gnu_tar() {
    let file = || Block::new(b'0', "short", b"text");
    let read = |before: Vec<Block>| {
        let archive = tar(before.into_iter().chain([file()]).collect());
        entries(&archive, Format::Tar).map(|mut entries| entries.remove(0))
    };
    let rows = [
        (
            vec![Block::pax(b'x', &[("path", "a\nb=c")])],
            "a\nb=c",
            &b"text"[..],
            0,
        ),
        (
            vec![Block::pax(b'x', &[("path", "a"), ("path", "b")])],
            "b",
            b"text",
            0,
        ),
        (
            vec![Block::pax(b'x', &[("path", "a"), ("path", "")])],
            "short",
            b"text",
            0,
        ),
        (vec![Block::pax(b'X', &[("path", "a")])], "a", b"text", 0),
        (vec![Block::pax(b'x', &[("size", "2")])], "short", b"te", 0),
        (
            vec![Block::pax(b'x', &[("mtime", "-1.5"), ("comment", "x")])],
            "short",
            b"text",
            -2,
        ),
        (
            vec![Block::pax(b'g', &[("comment", "x"), ("mtime", "7")])],
            "short",
            b"text",
            7,
        ),
        (
            vec![
                Block::pax(b'g', &[("mtime", "7")]),
                Block::pax(b'x', &[("mtime", "8")]),
            ],
            "short",
            b"text",
            8,
        ),
        (vec![Block::new(b'L', "l", b"long\0\0")], "long", b"text", 0),
        (
            vec![
                Block::new(b'L', "l", b"long\0"),
                Block::pax(b'x', &[("path", "a")]),
            ],
            "a",
            b"text",
            0,
        ),
    ];
    each_row(rows, |(before, name, content, time)| {
        let (member, text) = read(before).unwrap();
        assert_eq!((&*member.name, &*text), (name, content));
        assert_eq!(member.modified, Some(time), "{name:?}");
    });
    let rows = [
        (
            vec![Block::pax(b'x', &[("size", "x")])],
            "entry short has a size",
        ),
        (
            vec![Block::pax(b'x', &[("size", "-1")])],
            "entry short has a size",
        ),
        (
            vec![Block::pax(b'x', &[("mtime", "x")])],
            "entry short has a time",
        ),
        (
            vec![Block::pax(b'g', &[("path", "a")])],
            "gives all entries one path",
        ),
        (
            vec![Block::pax(b'g', &[("size", "1")])],
            "gives all entries one size",
        ),
        (
            vec![Block::pax(b'g', &[("GNU.sparse.map", "1")])],
            "one GNU.sparse.map",
        ),
        (
            vec![Block::new(b'x', "pax", b"junk")],
            "entry pax is an extended header that is no list",
        ),
        (
            vec![Block::pax(b'x', &[]), Block::pax(b'x', &[])],
            "of the same kind",
        ),
        (
            vec![Block::new(b'L', "l", b"a"), Block::new(b'L', "l", b"a")],
            "of the same kind",
        ),
    ];
    each_row(rows, |(before, expected)| {
        let error = read(before).unwrap_err().to_string();
        assert!(error.contains(expected), "{expected}: {error}");
    });
}

/// Makes a zip with one entry, whose name is these bytes without the flag for UTF-8.
fn zip(system: System, name: &[u8]) -> Vec<u8> {
    let place = "~".repeat(name.len());
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().system(system);
    writer.start_file(&place, options).unwrap();
    writer.write_all(b"text").unwrap();
    let mut bytes = writer.finish().unwrap().into_inner();
    while let Some(at) = bytes
        .windows(place.len())
        .position(|part| part == place.as_bytes())
    {
        bytes[at..at + name.len()].copy_from_slice(name);
    }
    bytes
}

#[test]
fn names_in_zip_are_read_as_info_zip_does_or_refused() {
    let rows = [
        (System::Dos, &b"a\x81\xe1.txt"[..], Some("aüß.txt")),
        (System::Dos, "ü".as_bytes(), Some("├╝")),
        (System::Os2, b"\x80", Some("Ç")),
        (System::Unix, "ü".as_bytes(), Some("ü")),
        (System::Unix, b"\x81", None),
        (System::WindowsNTFS, "ü".as_bytes(), Some("ü")),
        (System::WindowsNTFS, b"\x81", None),
    ];
    each_row(rows, |(system, name, expected)| {
        match (entries(&zip(system, name), Format::Zip), expected) {
            (Ok(entries), Some(expected)) => assert_eq!(entries[0].0.name, expected),
            (Err(Error::Entry { reason, .. }), None) => assert!(reason.contains("UTF-8")),
            (read, expected) => panic!("{system:?} {name:?}: {read:?}, not {expected:?}"),
        }
    });
}

#[test]
fn a_zip_with_one_name_twice_is_refused() {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for name in ["aa", "bb"] {
        writer
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
    }
    let mut bytes = writer.finish().unwrap().into_inner();
    while let Some(at) = bytes.windows(2).position(|part| part == b"bb") {
        bytes[at..at + 2].copy_from_slice(b"aa");
    }
    let error = listed(&bytes, Format::Zip).unwrap_err().to_string();
    assert!(error.contains("twice"), "{error}");
}
