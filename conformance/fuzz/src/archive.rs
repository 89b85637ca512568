//! Archives: read to their end with small limits. No entry leads out, and none is larger than the limits let it be.

use std::io::{Cursor, Read};

use luminarys_archive::{Budget, Error, Exclude, Format, MemberKind, Plan, read, stays};

const MOST_ENTRIES: u64 = 100;
const MOST_BYTES: u64 = 1 << 20;

/// Reads an archive: the first byte chooses the format and how many leading folders are stripped.
pub fn check(input: &[u8]) {
    let Some((first, bytes)) = input.split_first() else {
        return;
    };
    let format = [Format::Tar, Format::TarGz, Format::TarZst, Format::Zip][usize::from(first % 4)];
    let exclude = Exclude::new(&["node_modules".to_owned(), "a/*.o".to_owned()]).unwrap();
    let budget = Budget::new(MOST_ENTRIES, MOST_BYTES, bytes.len() as u64);
    let mut plan = Plan::new(&exclude, u32::from(first / 4 % 3));
    let (mut entries, mut total) = (0, 0);
    let mut visit = |member, content: &mut dyn Read| {
        let Some(member) = plan.add(member)? else {
            return Ok(());
        };
        let parts: Vec<&str> = member.name.split('/').collect();
        assert!(
            !parts.iter().any(|part| matches!(*part, "" | "." | "..")),
            "{member:?}"
        );
        assert!(!member.name.contains(['\\', '\0']), "{member:?}");
        if let MemberKind::Link(target) = &member.kind {
            assert!(stays(&member.name, target), "{member:?}");
        }
        entries += 1;
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = content.read(&mut buffer) {
            total += length as u64;
        }
        Ok::<_, Error>(())
    };
    let _ = read(Cursor::new(bytes), format, &budget, &mut visit);
    assert!(entries <= MOST_ENTRIES);
    assert!(total <= MOST_BYTES + 4096, "{total}");
}
