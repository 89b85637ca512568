//! Decisions on paths, and properties of any set of entries.

use luminarys_testing::each_row;
use proptest::prelude::*;

use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use super::directory::DirectoryGrant;
use super::grants::{FilesystemGrants, narrower};
use crate::path_set::PathSet;
use crate::pattern::is_pattern;
use crate::section::Access;

/// Builds grants without opening the entries.
pub(crate) fn grants(entries: &[(&str, bool)]) -> FilesystemGrants {
    // Decisions compare text only, so any open directory works.
    let dir = Arc::new(Dir::open_ambient_dir("/", ambient_authority()).unwrap());
    let entries = entries.iter().enumerate();
    let entries: Vec<_> = entries
        .map(|(index, (pattern, writable))| {
            let set = PathSet::new(pattern).unwrap();
            DirectoryGrant {
                pattern: (*pattern).to_owned(),
                writable: *writable,
                root: set.root().to_owned(),
                wildcard: is_pattern(pattern),
                is_missing: false,
                dir: dir.clone(),
                chain: Arc::default(),
                rule: format!("m.yaml:{index}"),
                set,
            }
        })
        .collect();
    FilesystemGrants {
        enabled: true,
        narrower: narrower(&entries),
        entries,
        ..Default::default()
    }
}

#[test]
fn decisions() {
    let plain = &[("/data", true), ("/data/secret", false), ("/ro", false)][..];
    let wild = &[("/data/projects/*/src", true)][..];
    let deep = &[("/a/**/public", false), ("/a/b", true)][..];
    let all = &[("/", false)][..];
    let braces = &[("/srv/{a,b,c}", true), ("/srv/a/keys", false)][..];
    let wide = &[("/srv/p", true), ("/srv/*/secret", false)][..];
    let crossing = &[("/srv/a*", true), ("/srv/*b", false)][..];
    let rows = [
        (plain, "/data", true, true),
        (plain, "/data/x/y", true, true),
        (plain, "/database", false, false),
        (plain, "/data/secret", true, false),
        (plain, "/data/secret/a", true, false),
        (plain, "/data/secrets", true, true),
        (plain, "/ro/a", true, false),
        (plain, "/", false, false),
        (plain, "/Data", false, false),
        (wild, "/data/projects/x/src/a/b", true, true),
        (wild, "/data/projects/x/src", true, true),
        (wild, "/data/projects/x/y/src/a", false, false),
        (wild, "/data/projects/x", false, false),
        (deep, "/a/x/y/public/z", true, false),
        (deep, "/a/public", true, false),
        (deep, "/a/b/public", true, false),
        (deep, "/a/b/private", true, true),
        (all, "/etc/passwd", true, false),
        (braces, "/srv/a/x", true, true),
        (braces, "/srv/a/keys/x", true, false),
        (wide, "/srv/p/x", true, true),
        (wide, "/srv/p/secret/x", true, false),
        (wide, "/srv/q/secret", true, false),
        (crossing, "/srv/ab", true, false),
        (crossing, "/srv/ac", true, true),
    ];
    each_row(rows, |(entries, path, read, write)| {
        let grants = grants(entries);
        assert_eq!(
            grants.decide(path, Access::Read).is_ok(),
            read,
            "{entries:?} read {path}"
        );
        assert_eq!(
            grants.decide(path, Access::Write).is_ok(),
            write,
            "{entries:?} write {path}"
        );
    });
}

#[test]
fn of_equal_entries_the_stricter_decides() {
    let rows = [[("/a", true), ("/a", false)], [("/a", false), ("/a", true)]];
    each_row(rows, |entries| {
        assert!(grants(&entries).decide("/a/x", Access::Write).is_err());
    });
}

#[test]
fn the_anchor_is_the_longest_root() {
    let grants = grants(&[("/a", true), ("/a/b/*", true), ("/", false)]);
    let rows = [("/a/b/c", "/a/b"), ("/a/x", "/a"), ("/ab", "/"), ("/", "/")];
    each_row(rows, |(path, root)| {
        assert_eq!(grants.anchor(path).unwrap().root, root, "{path}");
    });
    assert!(grants.is_root("/a") && !grants.is_root("/a/b"));
}

#[test]
fn a_denial_names_the_line_to_add() {
    let granted = grants(&[("/data", false)]);
    let denial = granted.decide("/data/x.txt", Access::Write).unwrap_err();
    assert_eq!(denial.rule, r#"permissions.fs.dirs: ["/data/x.txt:rw"]"#);
    assert!(denial.reason.contains("m.yaml:0"), "{denial}");
    let closed = FilesystemGrants::default();
    let denial = closed
        .decide("/etc/pass\u{1b}wd", Access::Read)
        .unwrap_err();
    assert!(
        denial
            .rule
            .contains("permissions.fs: {enabled: true, dirs: ["),
        "{denial}"
    );
    assert!(!denial.to_string().contains('\u{1b}'), "{denial:?}");
}

/// Returns a strategy for entries over few names, so that they often overlap.
fn any_entries(most: usize) -> impl Strategy<Value = Vec<(String, bool)>> {
    let name = prop_oneof![
        4 => "[ab]{1,2}",
        1 => Just("*".to_owned()),
        1 => Just("**".to_owned()),
        1 => Just("a*".to_owned()),
        1 => Just("?".to_owned()),
        1 => Just("[a-b]".to_owned()),
        1 => Just("{a,bb}".to_owned()),
    ];
    let pattern =
        prop::collection::vec(name, 1..4).prop_map(|names| format!("/{}", names.join("/")));
    prop::collection::vec((pattern, any::<bool>()), 1..most)
}

fn any_path() -> impl Strategy<Value = String> {
    prop::collection::vec("[ab]{1,2}", 1..5).prop_map(|names| format!("/{}", names.join("/")))
}

fn of(entries: &[(String, bool)]) -> FilesystemGrants {
    let entries: Vec<_> = entries
        .iter()
        .map(|(pattern, writable)| (&**pattern, *writable))
        .collect();
    grants(&entries)
}

fn outcome(grants: &FilesystemGrants, path: &str) -> [bool; 2] {
    [Access::Read, Access::Write].map(|access| grants.decide(path, access).is_ok())
}

#[test]
fn a_narrowed_denial_names_the_hint_only_if_that_is_the_reason() {
    let mut granted = grants(&[("/rw", true), ("/rw/kept", false)]);
    granted.forbid_changes();
    // Narrowing is idempotent.
    granted.forbid_changes();
    let rows = [("/rw/a", true), ("/rw/kept/a", false), ("/other", false)];
    each_row(rows, |(path, hint)| {
        let denial = granted.decide(path, Access::Write).unwrap_err();
        assert_eq!(
            denial.rule.contains("@skill:hint read-only"),
            hint,
            "{denial}"
        );
    });
    assert!(granted.decide("/rw/a", Access::Read).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn narrowed_grants_allow_no_change_and_the_same_reads(
        entries in any_entries(5), path in any_path(),
    ) {
        let wide = of(&entries);
        let mut narrow = of(&entries);
        narrow.forbid_changes();
        prop_assert!(!narrow.allows(&path, Access::Write), "{entries:?} {path}");
        let read = wide.allows(&path, Access::Read);
        prop_assert_eq!(narrow.allows(&path, Access::Read), read, "{:?} {}", entries, path);
        prop_assert!(narrow.plain().iter().all(|(_, writable)| !writable));
        let denial = narrow.denial(&path, Access::Write);
        let hinted = denial.rule.contains("@skill:hint");
        prop_assert_eq!(hinted, wide.allows(&path, Access::Write), "{:?} {}", entries, path);
    }

    #[test]
    fn an_ro_entry_never_allows_a_change(
        entries in any_entries(5), more in any_entries(2), path in any_path(),
    ) {
        let before = of(&entries).decide(&path, Access::Write).is_ok();
        let mut stricter = entries;
        stricter.extend(more.into_iter().map(|(pattern, _)| (pattern, false)));
        let after = of(&stricter).decide(&path, Access::Write).is_ok();
        prop_assert!(before || !after, "{stricter:?} {path}");
    }

    #[test]
    fn the_order_of_entries_does_not_matter(entries in any_entries(5), path in any_path()) {
        let mut turned = entries.clone();
        turned.reverse();
        prop_assert_eq!(outcome(&of(&entries), &path), outcome(&of(&turned), &path));
    }

    #[test]
    fn the_length_of_names_does_not_matter(entries in any_entries(5), path in any_path()) {
        // Every directory `x` becomes `x/longer-name-…`, in entries and path alike.
        let longer = |text: &str| format!("/a-much-longer-name-than-before{text}");
        let renamed: Vec<_> = entries.iter().map(|(pattern, mode)| (longer(pattern), *mode)).collect();
        prop_assert_eq!(outcome(&of(&entries), &path), outcome(&of(&renamed), &longer(&path)));
    }

    #[test]
    fn plain_entries_are_writable_as_a_whole(
        entries in any_entries(5), inside in any_path(),
    ) {
        let grants = of(&entries);
        for (entry, writable) in grants.plain() {
            let path = format!("{}{inside}", entry.root);
            if writable {
                prop_assert!(grants.decide(&path, Access::Write).is_ok(), "{entries:?} {path}");
            }
        }
    }

    #[test]
    fn sets_are_compared_as_their_paths_are(entries in any_entries(4), path in any_path()) {
        let sets: Vec<_> = entries.iter().map(|(pattern, _)| PathSet::new(pattern).unwrap()).collect();
        for one in &sets {
            for other in &sets {
                if one.matches(&path) {
                    prop_assert!(other.matches(&path) || !one.is_within(other), "{entries:?} {path}");
                    prop_assert!(!other.matches(&path) || one.overlaps(other), "{entries:?} {path}");
                }
            }
        }
    }
}
