//! What an archive becomes is charged before it is.

mod common;

use std::io::Cursor;

use common::{Block, made, tar};
use luminarys_archive::{Budget, Error, Format, MemberKind, read};
use luminarys_testing::each_row;
use proptest::prelude::*;

/// Reads an archive, of whose content nothing is asked, within these limits.
fn within(bytes: &[u8], format: Format, entries: u64, most: u64) -> Result<(), Error> {
    let budget = Budget::new(entries, most, bytes.len() as u64);
    read(Cursor::new(bytes), format, &budget, &mut |_, _| Ok(()))
}

#[test]
fn hard_links_are_charged_as_the_copies_that_they_become() {
    let mut blocks = vec![Block::new(b'0', "f", &vec![0; 1 << 20])];
    blocks.extend((0..3600).map(|link| Block::new(b'1', &format!("l{link}"), b"").with(157, b"f")));
    let archive = tar(blocks);
    let packed = zstd::encode_all(archive.as_slice(), 19).unwrap();
    assert!(packed.len() < 61_000, "{}", packed.len());
    let rows = [(&archive, Format::Tar), (&packed, Format::TarZst)];
    each_row(rows, |(bytes, format)| {
        let error = within(bytes, format, 100_000, 100 << 20).unwrap_err();
        assert!(matches!(error, Error::TooLarge(_)), "{error}");
    });
}

#[test]
fn links_to_links_are_charged_too() {
    let link = |name: &str, target: &str| Block::new(b'1', name, b"").with(157, target.as_bytes());
    let file = Block::new(b'0', "./a", &[b'x'; 1000]);
    let archive = tar(vec![file, link("b", "a"), link("c", ".//b")]);
    let mut sizes = Vec::new();
    let budget = Budget::new(10, 10_000, archive.len() as u64);
    let mut visit = |member: luminarys_archive::Member, _: &mut dyn std::io::Read| {
        sizes.push((member.kind == MemberKind::File, member.size));
        Ok::<_, Error>(())
    };
    read(Cursor::new(&archive), Format::Tar, &budget, &mut visit).unwrap();
    assert_eq!(sizes, [(true, 1000), (false, 1000), (false, 1000)]);
}

#[test]
fn entries_are_charged_whatever_they_are() {
    let rows = [("plain.tar.gz", Format::TarGz), ("plain.zip", Format::Zip)];
    each_row(rows, |(name, format)| {
        assert!(within(&made(name), format, 5, 1 << 20).is_ok(), "{name}");
        let error = within(&made(name), format, 4, 1 << 20).unwrap_err();
        assert!(matches!(error, Error::TooLarge(_)), "{name}: {error}");
        let error = within(&made(name), format, 5, 600).unwrap_err();
        assert!(matches!(error, Error::TooLarge(_)), "{name}: {error}");
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The sum of what all entries become is within the limit, or the archive is refused.
    #[test]
    fn no_archive_becomes_larger_than_the_limit(
        size in 0_usize..3000,
        links in proptest::collection::vec(0_usize..4, 0..8),
        most in 10_000_u64..20_000,
    ) {
        let mut blocks = vec![Block::new(b'0', "0", &vec![b'x'; size])];
        for (index, target) in links.iter().enumerate() {
            let target = target.min(&index).to_string();
            let link = Block::new(b'1', &(index + 1).to_string(), b"");
            blocks.push(link.with(157, target.as_bytes()));
        }
        let archive = tar(blocks);
        let total = (size * (links.len() + 1)) as u64;
        let is_within = total.max(archive.len() as u64) <= most;
        prop_assert_eq!(within(&archive, Format::Tar, 100, most).is_ok(), is_within);
    }
}
