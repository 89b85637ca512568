use luminarys_testing::each_row;
use url::Url;

use crate::capabilities::http::shown;
use crate::denial::Denial;
use crate::{Grants, Manifest};

fn grants(permissions: &str) -> Grants {
    let text = format!("id: a\npath: b\npermissions:\n{permissions}\n");
    Grants::open(&Manifest::parse("m.yaml", &text, &|_| None).unwrap()).unwrap()
}

/// Makes both decisions on a request, as the host does.
fn http(grants: &Grants, url: &str, address: &str) -> Result<(), Denial> {
    let url = Url::parse(url).unwrap();
    let name = grants.http.decide_url(&url)?;
    let target = shown(&url);
    let address = address.parse().unwrap();
    grants
        .http
        .network
        .decide_address(&target, &name, address)
        .map(drop)
}

fn tcp(grants: &Grants, host: &str, port: u16, address: &str) -> Result<(), Denial> {
    let name = grants.tcp.decide_name(host, port)?;
    let target = format!("{host}:{port}");
    let address = address.parse().unwrap();
    grants
        .tcp
        .network
        .decide_address(&target, &name, address)
        .map(drop)
}

#[test]
fn requests() {
    let open = grants(
        "  http: {enabled: true, allowlist: ['https://a.test/**', 'http://127.0.0.1:8080/**', 'http://localhost/**', \
         'http://169.254.169.254/only'], addresses: [10.0.0.0/8, private]}",
    );
    let rows = [
        ("https://a.test/x", "93.184.216.34", ""),
        ("https://a.test/x", "10.1.1.1", ""),
        ("https://a.test/x", "192.168.0.1", ""),
        (
            "https://a.test/x",
            "127.0.0.1",
            r#"permissions.http.addresses: ["127.0.0.1"]"#,
        ),
        (
            "https://a.test/x",
            "169.254.169.254",
            r#"permissions.http.addresses: ["169.254.169.254"]"#,
        ),
        (
            "https://a.test/x",
            "::ffff:127.0.0.1",
            r#"permissions.http.addresses: ["127.0.0.1"]"#,
        ),
        (
            "https://b.test/x?key=1#f",
            "93.184.216.34",
            r#"permissions.http.allowlist: ["https://b.test/x[?]**"]"#,
        ),
        ("http://127.0.0.1:8080/x", "127.0.0.1", ""),
        (
            "http://127.0.0.1:8081/x",
            "127.0.0.1",
            r#"permissions.http.allowlist: ["http://127.0.0.1:8081/x"]"#,
        ),
        ("http://localhost/", "127.0.0.1", ""),
        ("http://localhost/", "::1", ""),
        ("http://localhost/", "10.0.0.1", ""),
        (
            "http://localhost/",
            "169.254.1.1",
            r#"permissions.http.addresses: ["169.254.1.1"]"#,
        ),
        ("http://169.254.169.254/only", "169.254.169.254", ""),
        (
            "ws://127.0.0.1:8080/x",
            "127.0.0.1",
            "permissions.http.allow_websocket: true",
        ),
    ];
    each_row(rows, |(url, address, expected)| {
        let rule = http(&open, url, address).err().map(|denial| denial.rule);
        assert_eq!(rule.unwrap_or_default(), expected, "{url} {address}");
    });
    let wide = grants("  http: {enabled: true, allowlist: ['**'], allow_websocket: true}");
    assert!(http(&wide, "https://a.test/", "1.1.1.1").is_ok());
    assert!(http(&wide, "wss://a.test/", "1.1.1.1").is_ok());
    let rows = [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "fd00:ec2::254",
        "100.64.0.1",
        "224.0.0.1",
    ];
    each_row(rows, |address| {
        assert!(
            http(&wide, "https://a.test/", address).is_err(),
            "{address}"
        );
    });
    let websocket = grants(
        "  http: {enabled: true, allowlist: ['https://a.test/**', 'ws://b.test/**'], allow_websocket: true}",
    );
    assert!(http(&websocket, "wss://a.test/x", "1.1.1.1").is_ok());
    assert!(http(&websocket, "ws://a.test/x", "1.1.1.1").is_err());
    assert!(http(&websocket, "ws://b.test/x", "1.1.1.1").is_ok());
    assert!(http(&websocket, "http://b.test/x", "1.1.1.1").is_err());
    let closed = http(
        &grants("  http: {allowlist: ['**']}"),
        "https://a.test/",
        "1.1.1.1",
    );
    assert!(closed.unwrap_err().rule.contains("enabled: true"));
    assert!(
        http(
            &grants("  http: {enabled: true}"),
            "https://a.test/",
            "1.1.1.1"
        )
        .is_err()
    );
}

#[test]
fn connections() {
    let listed =
        grants("  tcp: {enabled: true, allowlist: ['*:5432', 'db.test:6379', '[::1]:80']}");
    let rows = [
        ("x.test", 5432, "1.1.1.1", ""),
        (
            "x.test",
            5433,
            "1.1.1.1",
            r#"permissions.tcp.allowlist: ["x.test:5433"]"#,
        ),
        (
            "x.test",
            5432,
            "127.0.0.1",
            r#"permissions.tcp.addresses: ["127.0.0.1"]"#,
        ),
        (
            "127.0.0.1",
            5432,
            "127.0.0.1",
            r#"permissions.tcp.addresses: ["127.0.0.1"]"#,
        ),
        ("[::1]", 80, "::1", ""),
        (
            "db.test",
            6379,
            "10.0.0.1",
            r#"permissions.tcp.addresses: ["10.0.0.1"]"#,
        ),
    ];
    each_row(rows, |(host, port, address, expected)| {
        let rule = tcp(&listed, host, port, address)
            .err()
            .map(|denial| denial.rule);
        assert_eq!(
            rule.unwrap_or_default(),
            expected,
            "{host}:{port} {address}"
        );
    });
    let rows = [
        ("DB.test.", true),
        ("other.test", true),
        ("127.0.0.1", true),
    ];
    each_row(rows, |(name, known)| {
        assert_eq!(listed.tcp.decide_lookup(name).is_ok(), known, "{name}");
    });
    let narrow = grants("  tcp: {enabled: true, allowlist: ['*.db.test:5432']}");
    assert!(narrow.tcp.decide_lookup("a.db.test").is_ok());
    assert!(narrow.tcp.decide_lookup("secret.evil.test").is_err());
    assert!(Grants::default().tcp.decide_lookup("a").is_err());
    let private = grants("  tcp: {enabled: true}");
    assert!(tcp(&private, "db", 1, "10.0.0.1").is_ok());
    assert!(tcp(&private, "db", 1, "fd12::1").is_ok());
    let denial = tcp(&private, "db", 1, "1.1.1.1").unwrap_err();
    assert_eq!(denial.rule, r#"permissions.tcp.allowlist: ["db:1"]"#);
    let rows = ["127.0.0.1", "169.254.169.254", "169.254.0.1", "100.64.0.1"];
    each_row(rows, |address| {
        assert!(tcp(&private, "db", 1, address).is_err(), "{address}");
    });
    assert!(tcp(&Grants::default(), "db", 1, "10.0.0.1").is_err());
    assert_eq!(
        listed.tcp.literal_names(6379).collect::<Vec<_>>(),
        ["db.test"]
    );
}

#[test]
fn certificates_are_read_with_the_manifest() {
    let directory = std::env::temp_dir().join(format!("luminarys-ca-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let manifest = directory.join("m.yaml");
    let open = |content: Option<&str>| {
        let file = directory.join("ca.pem");
        match content {
            Some(content) => std::fs::write(file, content).unwrap(),
            None => drop(std::fs::remove_file(file)),
        }
        let text = "id: a\npath: b\npermissions: {http: {ca_file: ca.pem}}\n";
        let manifest = Manifest::parse(manifest.to_str().unwrap(), text, &|_| None).unwrap();
        Grants::open(&manifest).map_err(|error| error.to_string())
    };
    let error = open(None).unwrap_err();
    assert!(
        error.contains("m.yaml:3 permissions.http.ca_file"),
        "{error}"
    );
    assert!(open(Some("hello")).unwrap_err().contains("no certificate"));
    let grants = open(Some("-----BEGIN CERTIFICATE-----\n")).unwrap();
    assert!(grants.http.network.certificates.is_some());
    std::fs::remove_dir_all(directory).unwrap();
}
