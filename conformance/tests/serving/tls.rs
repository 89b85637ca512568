//! HTTP/1.1 and HTTP/2 over TLS.

use std::fs::Permissions;
use std::io::Write as _;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use futures::future::join_all;
use luminarys_testing::{each_row, each_row_async};
use rcgen::{CertificateParams, KeyPair};
use reqwest::{Certificate, Client, ClientBuilder, StatusCode, Version};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;

use crate::host::{Host, Place, TIMEOUT, TOKEN, call, connect, protocols, text, until};
use crate::raw::{place, rest, send, serves, stateless};

/// The memory limit of a host with many unauthenticated connections, in MiB.
const SMALL: u64 = 512;

const FILES: &str = ", tls: {cert: cert.pem, key: key.pem}";

/// A certificate for the loopback addresses, which is its own authority, and its key.
fn pair() -> (String, String) {
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(names).unwrap();
    let certificate = certificate.self_signed(&key).unwrap();
    (certificate.pem(), key.serialize_pem())
}

fn write_key(place: &Place, key: &str) {
    place.write("key.pem", key);
    std::fs::set_permissions(place.path("key.pem"), Permissions::from_mode(0o600)).unwrap();
}

/// Writes a new certificate and its key; returns the certificate.
fn renew(place: &Place) -> String {
    let (certificate, key) = pair();
    place.write("cert.pem", &certificate);
    write_key(place, &key);
    certificate
}

fn trusting(certificate: &str) -> ClientBuilder {
    let certificate = Certificate::from_pem(certificate.as_bytes()).unwrap();
    Client::builder().tls_certs_only([certificate])
}

/// Starts a host with TLS; returns its place and the host with a client.
fn start(http: &str) -> (Place, Host, String) {
    let place = place(&["echo", "probe"], &format!("{FILES}{http}"));
    let certificate = renew(&place);
    let mut host = Host::start(&place);
    host.client = trusting(&certificate).build().unwrap();
    (place, host, certificate)
}

#[tokio::test]
async fn both_versions_of_http_are_served() {
    let (_place, host, certificate) = start("");
    assert!(host.url("").starts_with("https://"));
    serves(&host).await;
    let rows = [
        (trusting(&certificate), Version::HTTP_2),
        (trusting(&certificate).http1_only(), Version::HTTP_11),
    ];
    each_row_async(rows, async |(client, version)| {
        let client = client.build().unwrap();
        let answer = client.get(host.url("/healthz")).send().await.unwrap();
        assert_eq!(
            (answer.status(), answer.version()),
            (StatusCode::OK, version)
        );
        let closed = client.get(host.url("/metrics")).send().await.unwrap();
        assert_eq!(closed.status(), StatusCode::UNAUTHORIZED);
        // A name that resolves to this host but is not allowed: in `Host`, and in `:authority`.
        let url = format!("https://evil.test:{}/healthz", host.address.port());
        let named = match version {
            Version::HTTP_2 => trusting(&certificate),
            _ => trusting(&certificate).http1_only(),
        };
        let named = named
            .resolve("evil.test", host.address)
            .tls_danger_accept_invalid_hostnames(true);
        let refused = named.build().unwrap().get(url).send().await.unwrap();
        assert_eq!(
            (refused.status(), refused.version()),
            (StatusCode::FORBIDDEN, version)
        );
    })
    .await;
    // If both are present, each must be allowed.
    let two = host
        .client
        .get(host.url("/healthz"))
        .header("host", "evil.test");
    assert_eq!(two.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    let origin = host
        .client
        .get(host.url("/healthz"))
        .header("origin", "https://evil.test");
    assert_eq!(origin.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    // A client without the certificate does not trust it.
    let stranger = Client::new().get(host.url("/healthz")).send().await;
    assert!(stranger.unwrap_err().is_connect());
}

#[tokio::test]
async fn a_client_without_tls_gets_an_explanation() {
    let (_place, host, _) = start("");
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", host.address);
    let stream = send(&host, request.as_bytes());
    let answer = tokio::task::spawn_blocking(move || rest(stream))
        .await
        .unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 400") && answer.ends_with("https://\n"),
        "{answer}"
    );
    serves(&host).await;
}

/// Whether a client that trusts only `certificate` can connect.
async fn shows(host: &Host, certificate: &str) -> bool {
    let client = trusting(certificate).build().unwrap();
    let answer = client.get(host.url("/healthz")).send().await;
    answer.is_ok_and(|answer| answer.status() == StatusCode::OK)
}

#[tokio::test]
async fn a_certificate_is_replaced_when_its_files_change_and_are_valid() {
    let (place, mut host, first) = start("");
    let [protocol, _] = protocols();
    let open = connect(&host, TOKEN, protocol).await.unwrap();
    // The new certificate does not match the old key.
    let (second, second_key) = pair();
    place.write("cert.pem", &second);
    until(async || host.log().contains("cert.pem, http.tls.cert")).await;
    assert!(host.log().contains("the previous certificate stays in use"));
    assert!(shows(&host, &first).await);
    write_key(&place, &second_key);
    until(async || shows(&host, &second).await).await;
    assert!(!shows(&host, &first).await);
    place.write("cert.pem", "damaged");
    until(async || host.log().contains("has no certificate in PEM")).await;
    assert!(shows(&host, &second).await);
    // A replaced symbolic link, as container orchestrators do.
    let (third, third_key) = pair();
    std::fs::create_dir(place.path("third")).unwrap();
    place.write("third/cert.pem", &third);
    std::fs::remove_file(place.path("cert.pem")).unwrap();
    std::os::unix::fs::symlink("third/cert.pem", place.path("cert.pem")).unwrap();
    write_key(&place, &third_key);
    until(async || shows(&host, &third).await).await;
    // Existing connections are served all the time.
    let answer = call(&open, "echo_ping", json!({})).await;
    assert_eq!(text(&answer), "pong");
    host.client = trusting(&third).build().unwrap();
    serves(&host).await;
}

#[test]
fn invalid_certificates_are_reported_by_check_and_at_start() {
    type Break = fn(&Place);
    let cases: [(&str, Break); 4] = [
        ("is not the key of the first certificate", |place| {
            write_key(place, &pair().1);
        }),
        ("has no certificate in PEM", |place| {
            place.write("cert.pem", "")
        }),
        ("cannot be read", |place| {
            std::fs::remove_file(place.path("key.pem")).unwrap();
        }),
        ("other users may read or write it (mode 644)", |place| {
            let all = Permissions::from_mode(0o644);
            std::fs::set_permissions(place.path("key.pem"), all).unwrap();
        }),
    ];
    each_row(cases, |(expected, make_wrong)| {
        let place = place(&["echo"], FILES);
        renew(&place);
        assert!(place.command(&["check"]).output().unwrap().status.success());
        make_wrong(&place);
        let rows = [&["check"][..], &["serve"]];
        each_row(rows, |words| {
            let output = place.command(words).output().unwrap();
            let outcome = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!output.status.success(), "{expected}");
            assert!(outcome.contains(expected), "{expected}: {outcome}");
            assert!(
                outcome.contains("luminarys.yaml:") && outcome.contains("http.tls."),
                "{outcome}"
            );
        });
    });
}

#[tokio::test]
async fn an_unfinished_handshake_times_out() {
    let (_place, host, _) = start(", timeouts: {handshake_ms: 2000}");
    // Nothing, one byte, and the beginning of a handshake.
    let rows = [&[][..], &[0x16], &[0x16, 3, 1, 2, 0, 1, 0]];
    each_row_async(rows, async |begun| {
        let stream = send(&host, begun);
        let outcome = tokio::task::spawn_blocking(move || rest(stream))
            .await
            .unwrap();
        assert_eq!(outcome, "");
    })
    .await;
    let name = "luminarys_http_timeouts_total{limit=\"handshake\"}";
    until(async || host.metric_if_any(name).await.unwrap_or_default() >= 3.0).await;
    serves(&host).await;
}

#[tokio::test]
async fn an_invalid_handshake_ends() {
    let (_place, host, _) = start("");
    let mut noise = vec![0x16, 3, 1, 0xff, 0xff];
    noise.extend(std::iter::repeat_n(0xaa, 100_000));
    let rows = [&noise[..], &[0x16, 3, 3, 0, 4, 1, 0, 0, 0], &[0; 64]];
    each_row_async(rows, async |begun| {
        let stream = send(&host, begun);
        tokio::task::spawn_blocking(move || rest(stream))
            .await
            .unwrap();
    })
    .await;
    serves(&host).await;
}

#[tokio::test]
async fn five_thousand_slow_connections_do_not_block_others() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised).unwrap();
    let (_place, host, _) = start("");
    let mut slow = Vec::new();
    // As many as this process may open.
    for _ in 0..5_000 {
        let Ok(mut stream) = TcpStream::connect(host.address) else {
            break;
        };
        stream.set_write_timeout(Some(TIMEOUT)).unwrap();
        let _ = stream.write_all(&[0x16]);
        slow.push(stream);
    }
    assert!(slow.len() > 1_000, "{}", slow.len());
    let rows = [3, 1, 2];
    each_row_async(rows, async |byte| {
        for stream in &mut slow {
            // It may have been ended.
            let _ = stream.write_all(&[byte]);
        }
        serves(&host).await;
        assert!(host.resident_mib() < SMALL, "{} MiB", host.resident_mib());
    })
    .await;
    let refused = "luminarys_http_refusals_total{limit=\"connections_per_peer\"}";
    assert!(host.metric(refused).await > 500.0);
}

#[tokio::test]
async fn a_client_that_resets_its_requests_all_the_time_is_disconnected() {
    let (_place, host, certificate) = start("");
    let client = trusting(&certificate).build().unwrap();
    let (headers, body) = stateless("probe_sleep", &json!({ "milliseconds": 600_000 }));
    let ask = || {
        let mut request = client.post(host.url("/mcp")).bearer_auth(TOKEN);
        for header in headers.lines() {
            let (name, value) = header.split_once(": ").unwrap();
            request = request.header(name, value);
        }
        let request = request
            .header("accept", "application/json, text/event-stream")
            .header("content-type", "application/json")
            .body(body.clone());
        tokio::time::timeout(Duration::from_millis(100), request.send())
    };
    let resets = "luminarys_http_refusals_total{limit=\"resets\"}";
    until(async || {
        join_all((0..30).map(|_| ask())).await;
        host.metric_if_any(resets).await.unwrap_or_default() > 0.0
    })
    .await;
    serves(&host).await;
    // None of its requests continues.
    host.until_running(0).await;
}

#[tokio::test]
async fn the_key_is_closed_to_every_skill() {
    let place = place(&["echo"], FILES);
    renew(&place);
    let root = place.path("").display().to_string();
    let granted = format!("permissions: {{fs: {{enabled: true, dirs: ['{root}:rw']}}}}\n");
    place.deploy("probe", "probe", &granted);
    let mut host = Host::start(&place);
    let certificate = std::fs::read_to_string(place.path("cert.pem")).unwrap();
    host.client = trusting(&certificate).build().unwrap();
    let [protocol, _] = protocols();
    let client = connect(&host, TOKEN, protocol).await.unwrap();
    let key = place.path("key.pem").display().to_string();
    let rows = ["probe_read", "probe_std_read"];
    each_row_async(rows, async |tool| {
        let read = call(&client, tool, json!({ "path": key })).await;
        assert_eq!(read.is_error, Some(true), "{tool}: {}", text(&read));
        assert!(!text(&read).contains("PRIVATE"), "{tool}");
    })
    .await;
}
