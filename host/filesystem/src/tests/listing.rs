//! `list` and `stat`.

use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::FileKind;

#[test]
fn directories_are_listed_in_order() {
    let place = Place::new();
    let files = place.files(&["root:ro"]);
    place.file("root/b.txt", "12345");
    place.file("root/.a", "");
    place.file("root/d/x", "");
    place.link("root/c", "b.txt");
    fs::set_permissions(place.path("root/b.txt"), fs::Permissions::from_mode(0o640)).unwrap();
    let short = list(&files, &place.path("root"), false).unwrap();
    let names: Vec<_> = short
        .iter()
        .map(|entry| (entry.name.as_str(), entry.kind))
        .collect();
    let expected = [
        (".a", FileKind::File),
        ("b.txt", FileKind::File),
        ("c", FileKind::Symlink),
        ("d", FileKind::Directory),
    ];
    assert_eq!(names, expected);
    assert!(short.iter().all(|entry| entry.details.is_none()));
    assert_eq!((short[1].size, short[3].size), (5, 0));
    let long = list(&files, &place.path("root/"), true).unwrap();
    let details = long[1].details.as_ref().unwrap();
    assert_eq!(
        (details.mode, details.mode_string.as_str()),
        (0o640, "-rw-r-----")
    );
    assert!(details.modified > 1_700_000_000_000);
    let stat = files.stat(&place.path("root/c")).unwrap();
    assert_eq!(
        (stat.name.as_str(), stat.kind, stat.size),
        ("c", FileKind::File, 5)
    );
    let stat = files.stat(&place.path("root/d/..")).unwrap();
    assert_eq!(
        (stat.name.as_str(), stat.kind),
        ("root", FileKind::Directory)
    );
    let limited = place.limited(&["root:ro"], 150);
    let options = ListOptions::default();
    let page = limited.list(&place.path("root"), None, options).unwrap();
    assert_eq!(page.next.as_deref(), Some("b.txt"), "{page:?}");
    let after = page.next.as_deref();
    let page = limited.list(&place.path("root"), after, options).unwrap();
    assert_eq!(page.entries[0].name, short[2].name, "{page:?}");
    let limited = place.limited(&["root:ro"], 10);
    assert!(is_too_large(limited.list(
        &place.path("root"),
        None,
        options
    )));
    assert!(files.disk_usage(None).unwrap().total > 0);
    assert!(
        files
            .disk_usage(Some(&place.path("root/b.txt")))
            .unwrap()
            .total
            > 0
    );
}
