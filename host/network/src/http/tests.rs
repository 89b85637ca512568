use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use luminarys_accounts::Answer;
use luminarys_blocking::Lane;
use luminarys_grants::Narrowing;
use luminarys_testing::each_row_async;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use super::*;
use crate::error::NetworkError;
use crate::testing::{Skill, run};

/// Cookies in memory.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl CookieStorage for Memory {
    fn read(&self) -> io::Result<Vec<u8>> {
        Ok(self.0.lock().unwrap().clone())
    }

    fn update(&self, change: Change<'_>) -> io::Result<()> {
        let mut bytes = self.0.lock().unwrap();
        *bytes = change(std::mem::take(&mut bytes))?;
        Ok(())
    }
}

/// A server that sends, for each target, a head and a body; the requests that it has received.
struct Server {
    port: u16,
    received: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(responses: impl Fn(u16) -> Vec<(&'static str, String)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let responses: HashMap<_, _> = responses(port).into_iter().collect();
        let received = Arc::new(Mutex::new(Vec::new()));
        let noted = received.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let mut stream = BufReader::new(stream);
                let (mut head, mut line) = (String::new(), String::new());
                while stream.read_line(&mut line).await.unwrap() > 2 {
                    head.push_str(&line);
                    line.clear();
                }
                let length = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: "));
                let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
                stream.read_exact(&mut body).await.unwrap();
                let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
                noted.lock().unwrap().push(head);
                let response = format!("HTTP/1.1 {}", responses[target.as_str()]);
                stream.write_all(response.as_bytes()).await.unwrap();
            }
        });
        Self { port, received }
    }

    fn skill(&self) -> Skill {
        let port = self.port;
        let permissions =
            format!("http: {{enabled: true, allowlist: ['http://127.0.0.1:{port}/open/**']}}");
        Skill::new(&permissions, 1 << 20)
    }

    fn received(&self) -> Vec<String> {
        std::mem::take(&mut *self.received.lock().unwrap())
    }
}

fn ok(headers: &str, body: &str) -> String {
    let length = body.len();
    format!("200 OK\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}")
}

fn redirect(status: u16, location: &str) -> String {
    format!(
        "{status} Moved\r\nconnection: close\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"
    )
}

async fn send(
    skill: Skill,
    method: &str,
    url: &str,
    narrowing: Narrowing,
) -> Result<Reply, NetworkError> {
    let Skill {
        network,
        grants,
        audit,
        accounts,
    } = skill;
    let jar = Jar::new("s", Memory::default());
    let client = HttpClient::new(network, Arc::new(grants), jar, Lane::of_host(1));
    let request = Request {
        method: method.to_owned(),
        url: url.to_owned(),
        headers: vec![Header {
            name: "authorization".to_owned(),
            value: b"secret".to_vec(),
        }],
        cookies: Vec::new(),
        body: b"body".to_vec(),
        timeout: Duration::from_secs(20),
        max_response_bytes: Some(4),
        follow_redirects: true,
        use_jar: true,
    };
    let exchange = Exchange::new(&client, &audit, request, narrowing, 1 << 20)?;
    exchange.send(&Answer::new(&accounts.held)).await
}

#[test]
fn redirects_are_followed_with_cookies_and_by_the_grants_only() {
    run(async {
        let server = Server::start(|port| {
            let set = "303 See Other\r\nconnection: close\r\nset-cookie: a=1\r\nlocation: \
                       /open/end\r\ncontent-length: 0\r\n\r\n";
            vec![
                ("/open/start", set.to_owned()),
                ("/open/end", ok("", "a long body")),
                ("/open/leave", redirect(307, "/closed")),
                (
                    "/open/rename",
                    redirect(307, &format!("http://localhost:{port}/open/end")),
                ),
                ("/open/loop", redirect(302, "/open/loop")),
            ]
        })
        .await;
        let url = |path: &str| format!("http://127.0.0.1:{}{path}", server.port);
        let all = Narrowing::default();

        let reply = send(server.skill(), "POST", &url("/open/start"), all).await;
        let reply = reply.unwrap();
        assert_eq!(
            (reply.body.as_slice(), reply.truncated),
            (&b"a lo"[..], true)
        );
        assert_eq!(reply.head.url, url("/open/end"));
        assert_eq!(reply.head.content_length(), Some(11));
        let received = server.received();
        assert!(received[0].starts_with("POST /open/start "), "{received:?}");
        assert!(received[1].starts_with("GET /open/end "), "{received:?}");
        assert!(received[1].contains("cookie: a=1\r\n"), "{received:?}");
        assert!(
            received[1].contains("authorization: secret\r\n"),
            "{received:?}"
        );

        let rows = ["/open/leave", "/open/rename", "/closed"];
        each_row_async(rows, async |path| {
            let error = send(server.skill(), "GET", &url(path), all).await;
            let error = error.unwrap_err();
            assert!(matches!(error, NetworkError::Denied(_)), "{path}: {error}");
        })
        .await;
        assert_eq!(server.received().len(), 2);

        let error = send(server.skill(), "GET", &url("/open/loop"), all).await;
        let error = error.unwrap_err();
        assert!(matches!(error, NetworkError::LimitExceeded(_)), "{error}");
        assert_eq!(server.received().len(), 11);
    });
}

#[test]
fn a_read_only_call_sends_no_post() {
    run(async {
        let server = Server::start(|_| vec![("/open/x", ok("", ""))]).await;
        let url = format!("http://127.0.0.1:{}/open/x", server.port);
        let read_only = Narrowing {
            read_only: true,
            ..Narrowing::default()
        };
        let error = send(server.skill(), "POST", &url, read_only).await;
        let error = error.unwrap_err();
        assert!(matches!(error, NetworkError::Denied(_)), "{error}");
        assert!(server.received().is_empty());
        send(server.skill(), "GET", &url, read_only).await.unwrap();
        assert_eq!(server.received().len(), 1);
    });
}
