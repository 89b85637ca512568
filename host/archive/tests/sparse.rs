//! Sparse files.

mod common;

use std::io::Read;

use common::{Block, entries, listed, made, tar};
use luminarys_archive::{Error, Format, MemberKind};
use luminarys_testing::each_row;
use proptest::prelude::*;

#[test]
fn sparse_files_are_whole_in_every_form() {
    let mut holes = vec![0; 400_000];
    for part in 0..6 {
        holes[part * 65536..][..6].copy_from_slice(format!("part {part}").as_bytes());
    }
    let rows = ["old", "0.0", "0.1", "1.0"];
    each_row(rows, |form| {
        let archive = made(&format!("sparse-{form}.tar.gz"));
        let entries = entries(&archive, Format::TarGz).unwrap();
        let names: Vec<&str> = entries.iter().map(|(member, _)| &*member.name).collect();
        assert_eq!(names, ["hole", "holes"], "{form}");
        let sizes: Vec<u64> = entries.iter().map(|(member, _)| member.size).collect();
        assert_eq!(sizes, [100_000, 400_000], "{form}");
        assert!(
            entries[0].1 == [0; 100_000] && entries[1].1 == holes,
            "{form}"
        );
        assert_eq!(listed(&archive, Format::TarGz).unwrap().len(), 2, "{form}");
    });
}

/// Makes an archive of one file with these records before it, and one behind it.
fn with_records(records: &[(&str, &str)], kind: u8, content: &[u8]) -> Vec<u8> {
    let records: Vec<_> = records
        .iter()
        .map(|(key, value)| (format!("GNU.sparse.{key}"), *value))
        .collect();
    let records: Vec<_> = records
        .iter()
        .map(|(key, value)| (&**key, *value))
        .collect();
    tar(vec![
        Block::pax(b'x', &records),
        Block::new(kind, "cover/f", content),
        Block::new(b'0', "next", b"next"),
    ])
}

#[test]
fn small_maps_are_read() {
    let map = [&b"2\n3\n1\n9\n0\n"[..], &[0; 502], b"x"].concat();
    let rows = [
        (
            &[
                ("size", "9"),
                ("numblocks", "1"),
                ("offset", "3"),
                ("numbytes", "1"),
            ][..],
            &b"x"[..],
        ),
        (&[("map", "3,1"), ("size", "9"), ("name", "f")], b"x"),
        (
            &[
                ("major", "0"),
                ("minor", "1"),
                ("map", "3,1,9,0"),
                ("realsize", "9"),
            ],
            b"x",
        ),
        (
            &[
                ("major", "1"),
                ("minor", "0"),
                ("name", "f"),
                ("realsize", "9"),
            ],
            &map,
        ),
    ];
    each_row(rows, |(records, content)| {
        let archive = with_records(records, b'0', content);
        let entries = entries(&archive, Format::Tar).unwrap();
        let has_name = records.iter().any(|(key, _)| *key == "name");
        assert_eq!(entries[0].0.name, if has_name { "f" } else { "cover/f" });
        assert_eq!(entries[0].1, b"\0\0\0x\0\0\0\0\0", "{records:?}");
        assert_eq!(entries[1].1, b"next", "{records:?}");
    });
}

#[test]
fn other_maps_are_refused_by_name() {
    let size = ("size", "9");
    let whole = [("major", "1"), ("minor", "0"), ("realsize", "9")];
    let rows = [
        (
            &[("major", "2"), ("minor", "0"), ("map", "0,1"), size][..],
            &b"x"[..],
            "form other than",
        ),
        (
            &[("major", "1"), ("minor", "1"), size],
            b"x",
            "form other than",
        ),
        (&[("major", "1"), size], b"x", "form other than"),
        (
            &[("minor", "0"), ("map", "0,1"), size],
            b"x",
            "form other than",
        ),
        (&[("name", "f")], b"x", "map is missing"),
        (&[size], b"x", "map is missing"),
        (&[("map", "0,1")], b"x", "size is missing"),
        (&[("map", "0,1"), ("size", "-9")], b"x", "size is missing"),
        (&[("map", "0"), size], b"x", "map is broken"),
        (&[("map", "0,1,"), size], b"x", "map is broken"),
        (&[("map", "0,-1"), size], b"x", "map is broken"),
        (&[("offset", "0"), size], b"x", "map is broken"),
        (
            &[("numbytes", "1"), ("offset", "0"), size],
            b"x",
            "map is broken",
        ),
        (
            &[("map", "0,1"), ("numblocks", "2"), size],
            b"x",
            "as long as it says",
        ),
        (&[("map", "0,2"), size], b"x", "what is stored"),
        (&[("map", "9,1"), size], b"x", "behind the end"),
        (&[("map", "4,0,3,1"), size], b"x", "out of order"),
        (
            &[("map", "18446744073709551615,1"), size],
            b"x",
            "behind the end",
        ),
        (&whole, b"x", "has no end"),
        (&whole, &[b'1'; 1024], "has no end"),
        (&whole, &[0; 512], "has no end"),
        (&whole, b"1\n0\nx\n", "has no end"),
        (
            &whole,
            &[&b"1\n0\nx\n"[..], &[0; 506]].concat(),
            "map is broken",
        ),
        (
            &whole,
            &[&b"18446744073709551615\n0\n1\n"[..], &[0; 487]].concat(),
            "has no end",
        ),
    ];
    each_row(rows, |(records, content, expected)| {
        let error = entries(&with_records(records, b'0', content), Format::Tar).unwrap_err();
        let text = error.to_string();
        assert!(
            matches!(&error, Error::Entry { name, .. } if name == "cover/f" || name == "f")
                && text.contains(expected),
            "{records:?}: {text}"
        );
    });
}

#[test]
fn old_maps_are_read_or_refused() {
    let old = |parts: &[(u64, u64)], size: u64, content: &[u8]| {
        let mut block = Block::new(b'S', "f", content);
        for (index, (offset, length)) in parts.iter().enumerate() {
            block.put(386 + 24 * index, format!("{offset:011o}").as_bytes());
            block.put(398 + 24 * index, format!("{length:011o}").as_bytes());
        }
        block.with(483, format!("{size:011o}").as_bytes())
    };
    let next = || Block::new(b'0', "next", b"next");
    let read = entries(&tar(vec![old(&[(3, 1)], 9, b"x"), next()]), Format::Tar).unwrap();
    assert_eq!(
        (&*read[0].1, &*read[1].1),
        (&b"\0\0\0x\0\0\0\0\0"[..], &b"next"[..])
    );
    let rows = [
        (old(&[(3, 2)], 9, b"x"), "what is stored"),
        (old(&[(9, 1)], 9, b"x"), "behind the end"),
        (old(&[(4, 0), (3, 1)], 9, b"x"), "out of order"),
        (old(&[(3, 1)], 9, b"x").with(482, b"\x01"), "has a gap"),
        (
            old(&[(3, 1)], 9, b"x").with(483, b"            "),
            "a number is blank",
        ),
        (old(&[(3, 1)], 9, b"x").with(386, &[0xff; 12]), "below zero"),
        (
            old(&[(3, 1)], 9, b"x").with(257, b"ustar\x0000"),
            "not in the form",
        ),
    ];
    each_row(rows, |(block, expected)| {
        let error = entries(&tar(vec![block, next()]), Format::Tar).unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with("the archive's entry f ") && text.contains(expected),
            "{text}"
        );
    });
}

#[test]
fn what_a_hole_becomes_is_charged() {
    let terabyte = &(1_u64 << 40).to_string();
    let archive = with_records(&[("map", "0,1"), ("size", terabyte)], b'0', b"x");
    let error = listed(&archive, Format::Tar).unwrap_err();
    assert!(matches!(error, Error::TooLarge(_)), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Maps and headers that are changed, under checksums that are right, are read within the limits or refused.
    #[test]
    fn changed_headers_are_read_or_refused(
        form in 0_usize..4,
        changes in proptest::collection::vec((0_usize..40, 0_usize..512, any::<u8>()), 1..6),
    ) {
        let packed = made(["sparse-old.tar.gz", "sparse-0.0.tar.gz", "sparse-0.1.tar.gz", "sparse-1.0.tar.gz"][form]);
        let mut archive = Vec::new();
        flate2::read::GzDecoder::new(&*packed).read_to_end(&mut archive).unwrap();
        let blocks = archive.len() / 512;
        for (block, at, byte) in changes {
            archive[block % blocks * 512 + at] = byte;
        }
        for header in archive.chunks_exact_mut(512) {
            if header[257..].starts_with(b"ustar") {
                common::seal(header);
            }
        }
        if let Ok(entries) = entries(&archive, Format::Tar) {
            for (member, content) in entries {
                let expected = if member.kind == MemberKind::File { member.size } else { 0 };
                prop_assert_eq!(content.len() as u64, expected);
            }
        }
    }
}
