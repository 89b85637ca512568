//! Archives that are damaged, cut short or have more behind them.

mod common;

use common::{Block, entries, listed, made, tar};
use luminarys_archive::{Format, MemberKind};
use luminarys_testing::each_row;

const ALL: [(&str, Format); 3] = [
    ("plain.tar.gz", Format::TarGz),
    ("plain.tar.zst", Format::TarZst),
    ("plain.zip", Format::Zip),
];

/// Returns all contents in their order, with targets of links, which are content in zip.
fn contents(bytes: &[u8], format: Format) -> Option<Vec<Vec<u8>>> {
    let entries = entries(bytes, format).ok()?.into_iter();
    let contents = entries.map(|(member, content)| match member.kind {
        MemberKind::Link(target) => target.into_bytes(),
        _ => content,
    });
    Some(contents.collect())
}

#[test]
fn what_programs_made_is_read() {
    for (name, format) in ALL {
        let entries = entries(&made(name), format).unwrap();
        let read = |wanted: &str| {
            let found = entries.iter().find(|(member, _)| member.name == wanted);
            String::from_utf8(found.unwrap().1.clone()).unwrap()
        };
        assert_eq!(entries.len(), 5, "{name}");
        assert_eq!(read("plain/a"), "alpha", "{name}");
        assert_eq!(read("plain/ü"), "ü", "{name}");
        let numbers = read("plain/numbers");
        assert!(
            numbers.starts_with("1\n2\n") && numbers.ends_with("\n200\n"),
            "{name}"
        );
    }
}

#[test]
fn no_part_of_an_archive_is_taken_for_it() {
    for (name, format) in ALL {
        let archive = made(name);
        for length in 0..archive.len() {
            // Nothing at all is a tar without entries.
            let is_refused = listed(&archive[..length], format).is_err();
            assert!(
                is_refused || (length == 0 && format == Format::TarZst),
                "{name}: {length}"
            );
        }
    }
}

/// Changed bytes are noticed, or are none of the content (times, names of systems and the like).
#[test]
fn no_bit_is_changed_unnoticed() {
    for (name, format) in ALL {
        let archive = made(name);
        let expected = contents(&archive, format);
        let mut unnoticed = 0;
        // Every byte, and in turn every bit of it: all of them take too long.
        for bit in (0..archive.len() * 8).step_by(3) {
            let mut changed = archive.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let read = contents(&changed, format);
            assert!(read.is_none() || read == expected, "{name}: bit {bit}");
            if bit % 8 == 0 {
                let is_listed = listed(&changed, format).is_ok();
                assert_eq!(is_listed, read.is_some(), "{name}: bit {bit}");
            }
            unnoticed += usize::from(read.is_some());
        }
        // Headers of gzip hold a time and a system; those of zip much more.
        let most = if format == Format::Zip {
            archive.len() * 4
        } else {
            64
        };
        assert!(unnoticed <= most, "{name}: {unnoticed}");
    }
}

#[test]
fn checksums_behind_the_end_of_the_tar_count() {
    let rows = [
        ("plain.tar.gz", Format::TarGz, 8),
        ("plain.tar.zst", Format::TarZst, 4),
    ];
    each_row(rows, |(name, format, trailer)| {
        let archive = made(name);
        for at in archive.len() - trailer..archive.len() {
            let mut changed = archive.clone();
            changed[at] ^= 1;
            let error = listed(&changed, format).unwrap_err().to_string();
            assert!(error.contains("cannot be read"), "{name}: {at}: {error}");
        }
    });
}

#[test]
fn garbage_behind_an_archive_is_refused() {
    let rows = [ALL[0], ALL[1]];
    each_row(rows, |(name, format)| {
        for garbage in [
            &b"x"[..],
            b"garbage",
            &[0x1f, 0x8b],
            &[b'x'; 1000],
            &[0x28, 0xb5, 0x2f],
        ] {
            let archive = [&made(name), garbage].concat();
            assert!(listed(&archive, format).is_err(), "{name}: {garbage:?}");
        }
        // Several members are one archive: the second is behind the end of the tar.
        let twice = made(name).repeat(2);
        assert_eq!(listed(&twice, format).unwrap().len(), 5, "{name}");
    });
}

/// As `gzip --test` has it: blocks of tapes are filled up.
#[test]
fn only_zeros_may_fill_up_a_gzip_file() {
    let archive = made("plain.tar.gz");
    let rows = [1, 7, 512, 100_000];
    each_row(rows, |zeros| {
        let mut filled = archive.clone();
        filled.resize(archive.len() + zeros, 0);
        let read = listed(&filled, Format::TarGz);
        assert_eq!(read.map(|entries| entries.len()), Ok(5), "{zeros}");
        for last in [1, 0x1f] {
            filled.push(last);
            assert!(listed(&filled, Format::TarGz).is_err(), "{zeros} {last}");
        }
        // Nor may a member be behind zeros: programs differ on whether it counts.
        let hidden = [&filled[..archive.len() + zeros], &archive].concat();
        assert!(listed(&hidden, Format::TarGz).is_err(), "{zeros}");
    });
    assert!(listed(&[0; 512], Format::TarGz).is_err());
}

#[test]
fn a_tar_that_ends_in_an_entry_is_refused_by_name() {
    let archive = tar(vec![Block::new(b'0', "first", &[b'x'; 700])]);
    for length in 513..512 + 1024 {
        let error = listed(&archive[..length], Format::Tar)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("entry first is cut short"),
            "{length}: {error}"
        );
    }
    for length in 1..512 {
        let error = listed(&archive[..length], Format::Tar)
            .unwrap_err()
            .to_string();
        assert!(error.contains("no header at byte 0"), "{length}: {error}");
    }
    let extended = tar(vec![Block::pax(b'x', &[("path", "p")])]);
    assert!(listed(&extended, Format::Tar).is_err());
}

#[test]
fn content_of_a_zip_that_is_not_as_it_says_is_refused_by_name() {
    let archive = made("plain.zip");
    let directory = archive
        .windows(4)
        .position(|bytes| bytes == b"PK\x01\x02")
        .unwrap();
    let entry = |name: &[u8]| {
        let found = archive[directory..].windows(name.len());
        directory + found.clone().position(|bytes| bytes == name).unwrap() - 46
    };
    let rows = ["plain/a", "plain/numbers"];
    each_row(rows, |name| {
        // The checksum and the size, as the list at the end has them.
        for field in [16, 24] {
            for more in [1, 0xff] {
                let mut changed = archive.clone();
                let at = entry(name.as_bytes()) + field;
                changed[at] = changed[at].wrapping_add(more);
                let error = listed(&changed, Format::Zip).unwrap_err().to_string();
                let expected = format!("the archive's entry {name} ");
                assert!(error.starts_with(&expected), "{name} {field}: {error}");
            }
        }
    });
}
