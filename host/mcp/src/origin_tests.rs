use super::*;
use luminarys_testing::each_row;

#[test]
fn hosts() {
    let names = Names::new(
        &[
            "Team.example".to_owned(),
            "ported.example:8443".to_owned(),
            "fd00::1".to_owned(),
        ],
        &[],
    );
    let local = Some("10.0.0.7".parse().unwrap());
    let rows = [
        ("localhost", true),
        ("LOCALHOST:1", true),
        ("127.0.0.1:8080", true),
        ("[::1]:8080", true),
        ("team.example", true),
        ("team.example:99", true),
        ("ported.example:8443", true),
        ("ported.example", false),
        ("ported.example:8444", false),
        ("[fd00::1]:1", true),
        ("10.0.0.7:8080", true),
        ("10.0.0.8:8080", false),
        ("evil.example", false),
        ("localhost.evil.example", false),
        ("", false),
        ("a b", false),
        ("localhost@evil.example", false),
        ("evil.example@localhost:8080", false),
    ];
    each_row(rows, |(host, expected)| {
        assert_eq!(names.has_host(host, local), expected, "{host}");
    });
    let rows = [
        "",
        "*",
        "*.example",
        "https://team.example",
        "team.example/x",
        "user@team.example",
        "team.example:99999",
        "team.example:",
        "a b",
    ];
    each_row(rows, |wrong| {
        let error = check_host(wrong).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{wrong:?} ")), "{error}");
    });
    let rows = [
        "Team.example",
        "a:1",
        "fd00::1",
        "[fd00::1]:8443",
        "10.0.0.7",
    ];
    each_row(rows, |good| {
        check_host(good).unwrap();
    });
}

#[test]
fn origins() {
    let allowed = [
        "https://app.example",
        "http://localhost:*",
        "https://p.example:444",
    ];
    let names = Names::new(&[], &allowed.map(str::to_owned));
    let rows = [
        ("https://app.example", true),
        ("https://APP.example:443", true),
        ("http://localhost:5173", true),
        ("http://localhost", true),
        ("https://p.example:444", true),
        ("https://p.example", false),
        ("http://app.example", false),
        ("https://app.example.evil.example", false),
        ("null", false),
        ("", false),
        ("app.example", false),
    ];
    each_row(rows, |(origin, expected)| {
        let value = HeaderValue::from_static(origin);
        assert_eq!(names.has_origin(&value, false), expected, "{origin}");
    });
    let none = Names::new(&[], &[]);
    let rows = [
        ("http://localhost", true),
        ("http://localhost:6274", true),
        ("https://LOCALHOST:1", true),
        ("http://127.0.0.1:5173", true),
        ("http://127.8.9.1", true),
        ("http://[::1]:5173", true),
        ("http://localhost.evil.example", false),
        ("http://evil@localhost", false),
        ("http://evil.example@localhost:1", false),
        ("http://localhost/path", false),
        ("http://localhost?x", false),
        ("http://localhost:", false),
        ("http://0.0.0.0", false),
        ("http://[::ffff:127.0.0.1]", false),
        ("http://10.0.0.1", false),
        ("http://127.0.0.1.evil.example", false),
        ("file://localhost", false),
        ("chrome-extension://localhost", false),
        ("null", false),
        ("localhost", false),
        ("//localhost", false),
    ];
    each_row(rows, |(origin, expected)| {
        let value = HeaderValue::from_static(origin);
        assert_eq!(none.has_origin(&value, true), expected, "{origin}");
        assert!(!none.has_origin(&value, false), "{origin}");
    });
    assert!(!none.has_origin(&HeaderValue::from_static("https://app.example"), false));
    let rows = [
        "app.example",
        "https://",
        "https://*.app.example",
        "*",
        "https://app.example/path",
        "https://app.example?x",
        "https://user@app.example",
        "https://app.example:99999",
        "",
    ];
    each_row(rows, |wrong| {
        let error = check_origin(wrong).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{wrong:?} ")), "{error}");
    });
    check_origin("https://app.example/").unwrap();
    check_origin("https://app.example:*").unwrap();
    let null = Names::new(&[], &["null".to_owned()]);
    assert!(null.has_origin(&HeaderValue::from_static("null"), false));
}
