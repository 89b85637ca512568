use std::fs;

use luminarys_testing::each_row;

use super::*;

fn options(dir: &tempfile::TempDir) -> AuditOptions {
    AuditOptions {
        max_bytes: 1_000,
        keep: 2,
        ..AuditOptions::new(dir.path().join("a"))
    }
}

fn record(target: &str, time: Timestamp) -> AuditRecord {
    AuditRecord {
        time: format!("{time:.3}"),
        skill: "s".to_owned(),
        method: "m".to_owned(),
        client: String::new(),
        session: String::new(),
        request: "1".to_owned(),
        trace: "1".to_owned(),
        caller: String::new(),
        parent: String::new(),
        capability: "c".to_owned(),
        target: target.to_owned(),
        verdict: Verdict::Denied,
        rule: "r".to_owned(),
        count: 1,
    }
}

fn targets(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let records = text
        .lines()
        .filter_map(|line| serde_json::from_str::<AuditRecord>(line).ok());
    records.map(|record| record.target).collect()
}

#[test]
fn files_are_rotated_at_their_size_and_a_number_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(&dir);
    let (mut one, mut other) = (
        AuditFile::open(&options, Verdict::Denied).unwrap(),
        AuditFile::open(&options, Verdict::Denied).unwrap(),
    );
    for number in 0..100 {
        let file = if number % 2 == 0 {
            &mut one
        } else {
            &mut other
        };
        let record = record(&number.to_string(), Timestamp::now());
        file.append(&record).unwrap();
        for path in options.files(Verdict::Denied) {
            // Two hosts write: one may add its line to the file that the other found full at the same moment.
            let size = fs::metadata(path).map_or(0, |file| file.len());
            assert!(size <= 1_200, "{size}");
        }
    }
    let all: Vec<String> = options
        .files(Verdict::Denied)
        .iter()
        .flat_map(|path| targets(path))
        .collect();
    assert_eq!(all.last().unwrap(), "99");
    assert!(all.len() >= 12, "{all:?}");
    assert!(!full_file(&options.path, 3).exists());
}

#[test]
fn old_files_are_rotated() {
    let dir = tempfile::tempdir().unwrap();
    let day = Duration::from_secs(24 * 60 * 60);
    let mut options = options(&dir);
    options.keep_for = Some(10 * day);
    let then = Timestamp::now() - 6 * day;
    AuditFile::open(&options, Verdict::Denied)
        .unwrap()
        .append(&record("old", then))
        .unwrap();
    // More than half of the ten days have passed.
    let mut file = AuditFile::open(&options, Verdict::Denied).unwrap();
    file.append(&record("new", Timestamp::now())).unwrap();
    let full = full_file(&options.path, 1);
    assert_eq!(
        (targets(&options.path), targets(&full)),
        (vec!["new".to_owned()], vec!["old".to_owned()])
    );
}

#[test]
fn an_incomplete_line_damages_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(&dir);
    fs::write(&options.path, "{\"time\":\"20").unwrap();
    let mut file = AuditFile::open(&options, Verdict::Denied).unwrap();
    for target in ["x", "y"] {
        file.append(&record(target, Timestamp::now())).unwrap();
    }
    assert_eq!(targets(&options.path), ["x", "y"]);
}

#[test]
fn other_files_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(&dir);
    let rows = [
        "id: a\npath: b\n",
        "\0\u{1}",
        "{\n  \"a\": {}}",
        "\n{\"time\":\"\"}",
    ];
    each_row(rows, |other| {
        fs::write(&options.path, other).unwrap();
        let error = AuditFile::open(&options, Verdict::Denied).unwrap_err();
        assert!(matches!(error, AuditError::NotDecisions), "{error:?}");
        assert_eq!(fs::read_to_string(&options.path).unwrap(), other);
    });
    fs::remove_file(&options.path).unwrap();
    let mut open = AuditFile::open(&options, Verdict::Denied).unwrap();
    fs::create_dir(full_file(&options.path, 1)).unwrap();
    let error = AuditFile::open(&options, Verdict::Denied).unwrap_err();
    assert!(error.to_string().contains("a.1 for a full file"), "{error}");
    // Nor is it renamed when it is created later.
    let wrong = (0..10).find_map(|_| open.append(&record("x", Timestamp::now())).err());
    assert!(matches!(wrong, Some(AuditError::NotAFile(_))), "{wrong:?}");
    assert!(full_file(&options.path, 1).is_dir());
}
