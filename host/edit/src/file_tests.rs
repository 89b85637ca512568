use std::os::unix::fs::symlink;

use super::*;
use luminarys_testing::each_row;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

#[test]
fn a_file_is_replaced_in_place() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    fs::create_dir(at("elsewhere")).unwrap();
    fs::write(at("elsewhere/real"), "\u{feff}old").unwrap();
    fs::set_permissions(at("elsewhere/real"), Permissions::from_mode(0o640)).unwrap();
    symlink("elsewhere/real", at("link")).unwrap();
    let file = TextFile::open(&at("link")).unwrap();
    assert_eq!(file.text(), Some("old"));
    file.replace("new", 0o600).unwrap();
    assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink());
    assert_eq!(
        fs::read_to_string(at("elsewhere/real")).unwrap(),
        "\u{feff}new"
    );
    assert_eq!(mode(&at("elsewhere/real")), 0o640);
    // A writer that read an older version does not overwrite it.
    let error = file.replace("newer", 0o600).unwrap_err().to_string();
    assert!(error.contains("was changed by another program"), "{error}");
    let made = TextFile::open(&at("deep/er/file")).unwrap();
    assert_eq!(made.text(), None);
    made.replace("text", 0o600).unwrap();
    assert_eq!(mode(&at("deep/er/file")), 0o600);
    assert!(made.replace("other", 0o600).is_err());
    assert_eq!(fs::read_to_string(at("deep/er/file")).unwrap(), "text");
    made.restore().unwrap();
    assert!(!at("deep/er/file").exists());
    let file = TextFile::open(&at("link")).unwrap();
    file.replace("newest", 0o600).unwrap();
    file.restore().unwrap();
    assert_eq!(fs::read_to_string(at("link")).unwrap(), "\u{feff}new");
    let left = fs::read_dir(at("elsewhere")).unwrap().count();
    assert_eq!(left, 1, "nothing is left over");
}

#[test]
fn files_that_are_not_text_are_rejected() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    fs::write(at("binary"), b"\xff\xfe").unwrap();
    fs::write(at("locked"), "text").unwrap();
    fs::set_permissions(at("locked"), Permissions::from_mode(0o444)).unwrap();
    symlink("nowhere", at("dangling")).unwrap();
    symlink("loop", at("loop")).unwrap();
    let rows = [
        ("", "a directory"),
        ("binary", "utf-8"),
        ("dangling", "cannot be followed"),
        ("loop", "cannot be followed"),
    ];
    each_row(rows, |(name, part)| {
        let error = TextFile::open(&at(name)).unwrap_err().to_string();
        assert!(error.contains(part), "{name}: {error}");
    });
    let error = TextFile::open(&at("locked")).unwrap().replace("new", 0o600);
    assert!(error.unwrap_err().to_string().contains("read-only"));
    assert_eq!(fs::read_to_string(at("locked")).unwrap(), "text");
}
