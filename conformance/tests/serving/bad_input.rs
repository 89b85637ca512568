//! Mistakes of clients and operators.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use luminarys_testing::each_row;
use serde_json::json;

use crate::host::{Host, Place, TIMEOUT, TOKEN, call, connect, protocols, text, tools, until};

fn send(host: &Host, head: &str, body: impl Iterator<Item = Vec<u8>>) -> String {
    let mut stream = TcpStream::connect(host.address).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    let address = host.address;
    write!(
        stream,
        "POST /mcp HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {TOKEN}\r\n\
         Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n{head}\r\n\r\n"
    )
    .unwrap();
    for part in body {
        // The host may have responded and closed before everything was sent.
        if stream.write_all(&part).is_err() {
            break;
        }
    }
    let mut answer = Vec::new();
    let mut buffer = [0; 1024];
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        answer.extend_from_slice(&buffer[..count]);
        if answer.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
            break;
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn invalid_and_huge_requests_are_rejected_and_the_host_keeps_serving() {
    let place = Place::new(&["echo"]);
    let host = Host::start(&place);
    let gigabyte = 1_u64 << 30;
    let head = format!("Content-Length: {gigabyte}");
    let megabytes = std::iter::repeat_n(vec![b' '; 1 << 20], 1 << 10);
    let answer = send(&host, &head, megabytes);
    // Either it responds, or it has closed before the client could read.
    assert!(answer.is_empty() || answer.contains(" 413 "), "{answer}");
    let chunk = [
        format!("{:x}\r\n", 1 << 20).into_bytes(),
        vec![b' '; 1 << 20],
        b"\r\n".to_vec(),
    ]
    .concat();
    let answer = send(
        &host,
        "Transfer-Encoding: chunked",
        std::iter::repeat_n(chunk, 1 << 10),
    );
    assert!(answer.is_empty() || answer.contains(" 413 "), "{answer}");
    let deep = format!("{}{}", "[".repeat(400_000), "]".repeat(400_000));
    let rows = [
        b"\xff\xfe".to_vec(),
        b"{".to_vec(),
        b"null".to_vec(),
        deep.into_bytes(),
        br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo_echo","arguments":{"message":"\ud800"}}}"#.to_vec(),
    ];
    each_row(rows, |body| {
        let head = format!("Content-Length: {}", body.len());
        let answer = send(&host, &head, std::iter::once(body));
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    });
    let [old, _] = protocols();
    let client = connect(&host, TOKEN, old).await.unwrap();
    assert_eq!(text(&call(&client, "echo_ping", json!({})).await), "pong");
}

#[tokio::test]
async fn a_damaged_cache_is_rebuilt() {
    let place = Place::new(&["echo"]);
    Host::start(&place).until_ready().await;
    let files = |directory: &Path| -> Vec<_> {
        let entries = std::fs::read_dir(directory).unwrap();
        entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file())
            .collect()
    };
    let cached = files(&place.path("cache"));
    assert!(!cached.is_empty());
    for damage in [
        &|bytes: &mut Vec<u8>| bytes.truncate(bytes.len() / 2) as _,
        &|bytes: &mut Vec<u8>| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        },
        &|bytes: &mut Vec<u8>| bytes.clear(),
    ] as [&dyn Fn(&mut Vec<u8>); 3]
    {
        for path in &cached {
            let mut bytes = std::fs::read(path).unwrap();
            damage(&mut bytes);
            std::fs::write(path, bytes).unwrap();
        }
        let host = Host::start(&place);
        let [old, _] = protocols();
        let client = connect(&host, TOKEN, old).await.unwrap();
        assert_eq!(text(&call(&client, "echo_ping", json!({})).await), "pong");
    }
}

#[tokio::test]
async fn two_tools_with_the_same_name_are_refused_at_load() {
    let place = Place::new(&[]);
    // `a.ping` with one tool has the name of `a`'s tool for its method `ping`.
    place.deploy("a.ping", "echo", "mcp: {mapping: per_skill}\n");
    place.deploy("a", "echo", "");
    let host = Host::start(&place);
    let [old, _] = protocols();
    let client = connect(&host, TOKEN, old).await.unwrap();
    let names = tools(&client).await;
    // Manifests are read in the order of their names.
    assert_eq!(names, ["a_ping"]);
    let log = host.log();
    let advice = "mcp.name: a2";
    assert!(
        log.contains("a tool of the skill a.ping;") && log.contains(advice),
        "{log}"
    );
    // The offered name works.
    place.deploy("a", "echo", "mcp: {name: a2}\n");
    until(async || tools(&client).await == ["a2_echo", "a2_ping", "a2_reverse", "a_ping"]).await;
}

#[tokio::test]
async fn a_full_disk_keeps_the_old_file() {
    // A separate file system of 64 KiB, if it can be mounted.
    let place = Place::new(&[]);
    let disk = place.path("disk");
    std::fs::create_dir(&disk).unwrap();
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"])
        .arg(&disk)
        .output()
        .unwrap();
    if !mounted.status.success() {
        eprintln!("not tried: mounting needs more rights");
        return;
    }
    std::fs::write(disk.join("file"), "old").unwrap();
    let manifest = format!(
        "permissions: {{fs: {{enabled: true, dirs: [{:?}]}}}}\n",
        format!("{}:rw", disk.display())
    );
    place.deploy("probe", "probe", &manifest);
    let host = Host::start(&place);
    let [old, _] = protocols();
    let client = connect(&host, TOKEN, old).await.unwrap();
    let path = disk.join("file");
    let content = "AAAA".repeat(40_000);
    let answer = call(
        &client,
        "probe_write",
        json!({ "path": path, "content": content }),
    )
    .await;
    let kept = std::fs::read_to_string(&path).unwrap();
    let left: Vec<_> = std::fs::read_dir(&disk)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    drop(host);
    let unmounted = std::process::Command::new("umount")
        .arg(&disk)
        .status()
        .unwrap();
    assert!(unmounted.success());
    assert_eq!(answer.is_error, Some(true));
    assert!(text(&answer).contains("space"), "{answer:?}");
    assert_eq!(kept, "old");
    assert_eq!(left, ["file"], "a partial file is left");
}
