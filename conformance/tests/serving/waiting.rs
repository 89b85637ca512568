//! Pending operations of one skill do not block other skills.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Instant;

use futures::future::join_all;
use hickory_proto::op::Message;
use hickory_proto::rr::rdata::A;
use hickory_proto::rr::{RData, Record, RecordType};
use luminarys_testing::{each_row, each_row_async};
use rustix::fs::{CWD, Mode};
use serde_json::json;

use crate::host::{Host, Place, TIMEOUT, TOKEN, call, connect, protocols, text};

/// More than the host's threads for blocking work.
const MANY: usize = 600;

fn pipe(path: &Path) {
    rustix::fs::mkfifoat(CWD, path, Mode::RWXU).unwrap();
}

/// Two instances of `skill`, of which one may have many calls at once.
fn deploy(place: &Place, skill: &str, permissions: &str) {
    place.deploy("other", skill, permissions);
    let many = format!("{permissions}runtime: {{max_concurrent_calls: {MANY}}}\n");
    place.deploy("hostile", skill, &many);
}

#[tokio::test(flavor = "multi_thread")]
async fn pipes_do_not_block_reading_files() {
    let place = Place::new(&[]);
    std::fs::create_dir(place.path("files")).unwrap();
    pipe(&place.path("files/pipe"));
    place.write("files/text", "here");
    let at = |name: &str| place.path("files").join(name).display().to_string();
    let granted = format!(
        "permissions: {{fs: {{enabled: true, dirs: ['{}:rw']}}}}\n",
        place.path("files").display()
    );
    deploy(&place, "probe", &granted);
    let host = Host::start(&place);
    host.until_ready().await;
    let [protocol, _] = protocols();
    let client = connect(&host, TOKEN, protocol).await.unwrap();
    let rows = ["std_read", "read"];
    each_row_async(rows, async |tool| {
        let tool = format!("hostile_{tool}");
        let opening = (0..MANY).map(|_| call(&client, &tool, json!({ "path": at("pipe") })));
        let reading = async {
            for tool in ["other_std_read", "other_read"] {
                let read = call(&client, tool, json!({ "path": at("text") })).await;
                assert_ne!(read.is_error, Some(true), "{tool}: {}", text(&read));
            }
        };
        let (opened, ()) = tokio::join!(join_all(opening), reading);
        for answer in opened {
            assert_eq!(answer.is_error, Some(true), "{}", text(&answer));
        }
    })
    .await;
}

/// A name server that knows `good.test`, which is 127.0.0.1, and answers nothing else.
fn name_server() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok((length, client)) = socket.recv_from(&mut buffer) {
            let request = Message::from_vec(&buffer[..length]).unwrap();
            let query = request.queries.first().unwrap().clone();
            if query.name().to_ascii() != "good.test." {
                continue;
            }
            let mut response = Message::response(request.metadata.id, request.metadata.op_code);
            response.add_query(query.clone());
            if query.query_type() == RecordType::A {
                let data = RData::A(A(Ipv4Addr::LOCALHOST));
                response.add_answer(Record::from_rdata(query.name().clone(), 0, data));
            }
            let _ = socket.send_to(&response.to_vec().unwrap(), client);
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_name_server_does_not_block_other_look_ups() {
    let server = name_server();
    let place = Place::new(&[]);
    let granted =
        "permissions: {tcp: {enabled: true, allowlist: ['*:*'], addresses: [loopback]}}\n";
    deploy(&place, "net", granted);
    let more = format!("network: {{nameservers: ['{server}']}}\n");
    let config = place.config(&more);
    let most = 2 * MANY;
    let many = format!(
        "max_requests_per_client: {most}, max_connections: {most}, max_connections_per_peer: {most}, \
         max_request_bytes"
    );
    let config = config.replace("max_request_bytes", &many);
    place.write("luminarys.yaml", &config);
    let host = Host::start(&place);
    let [protocol, _] = protocols();
    let client = connect(&host, TOKEN, protocol).await.unwrap();
    let ask = async |id: &str, name: &str| {
        let address = format!("{name}.test:1");
        let arguments = json!({ "address": address, "data": "", "timeout": 50_000 });
        text(&call(&client, &format!("{id}_tcp_request"), arguments).await)
    };
    let names: Vec<_> = (0..MANY).map(|number| format!("silent{number}")).collect();
    let looking = join_all(names.iter().map(|name| ask("hostile", name)));
    let other = async {
        let connected = ask("other", "good").await;
        assert!(connected.contains("refused"), "{connected}");
    };
    let (answers, ()) = tokio::join!(looking, other);
    for answer in answers {
        let expected = format!("the name server {server} gave no answer");
        assert!(answer.contains(&expected), "{answer}");
    }
}

/// Returns the output of `check`, if it ends.
fn check(place: &Place) -> String {
    let mut command = place.command(&["check", "--config", "luminarys.yaml"]);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > TIMEOUT {
            child.kill().unwrap();
            panic!("check waits");
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let Output { stdout, stderr, .. } = child.wait_with_output().unwrap();
    String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned()
}

#[test]
fn the_host_does_not_block_on_pipes_in_place_of_its_files() {
    let key = "trust: ['the.pub']\n";
    let rows = [
        (".env", ""),
        (".env.local", ""),
        ("luminarys.yaml", ""),
        ("echo.skill.yaml", ""),
        ("the.pub", key),
        ("the.skill", "path"),
        ("ca.pem", "ca"),
        ("secret", "secret"),
    ];
    each_row(rows, |(name, before)| {
        let place = Place::new(&["echo"]);
        match before {
            "path" => place.write("echo.skill.yaml", "id: echo\npath: the.skill\n"),
            "ca" => place.deploy(
                "echo",
                "echo",
                "permissions: {http: {enabled: true, ca_file: ca.pem}}\n",
            ),
            "secret" => place.deploy("echo", "echo", "env: {A: {from_file: secret}}\n"),
            "" => {}
            more => {
                let config = place.config("");
                let trust = config
                    .lines()
                    .find(|line| line.starts_with("trust"))
                    .unwrap();
                place.write("luminarys.yaml", &config.replace(trust, more.trim_end()));
            }
        }
        let path = place.path(name);
        drop(std::fs::remove_file(&path));
        pipe(&path);
        let outcome = check(&place);
        let expected = match name {
            "echo.skill.yaml" => "no file matches",
            _ => "a named pipe, not a file",
        };
        assert!(outcome.contains(expected), "{name}: {outcome}");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_does_not_block_on_pipes_in_place_of_its_state() {
    let place = Place::new(&["probe"]);
    let rows = ["data", "data/state"];
    each_row(rows, |directory| {
        std::fs::create_dir(place.path(directory)).unwrap();
    });
    pipe(&place.path("data/state/probe.state"));
    let host = Host::start(&place);
    let [protocol, _] = protocols();
    let client = connect(&host, TOKEN, protocol).await.unwrap();
    let kept = call(&client, "probe_get_state", json!({})).await;
    assert!(text(&kept).contains("a named pipe"), "{}", text(&kept));
    let replaced = call(&client, "probe_set_state", json!({ "state": "AAAA" })).await;
    assert_ne!(replaced.is_error, Some(true), "{}", text(&replaced));
    let kept = call(&client, "probe_get_state", json!({})).await;
    assert_ne!(kept.is_error, Some(true), "{}", text(&kept));
}
