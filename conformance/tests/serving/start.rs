//! Starting with an empty cache, and the end of a client that still waits for answers.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout};

use luminarys_package::{Descriptor, Package, SecretKey, sign};
use luminarys_testing::each_row;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::host::{Host, Place, TOKEN, call, connect, protocols, start_stdio, text, tools};
use crate::raw::initialize;

/// Longer than any grace period except the call's own deadline.
const LONG_MS: u64 = 8_000;

/// A host and the one client that it serves.
struct Only {
    host: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Only {
    fn start(place: &Place) -> Self {
        let mut host = start_stdio(place);
        let input = host.stdin.take();
        let output = BufReader::new(host.stdout.take().unwrap());
        Self {
            host,
            input,
            output,
        }
    }

    fn send(&mut self, message: &Value) {
        let input = self.input.as_mut().unwrap();
        input.write_all(format!("{message}\n").as_bytes()).unwrap();
    }

    fn call(&mut self, id: u64, tool: &str, arguments: &Value) {
        let params = json!({ "name": tool, "arguments": arguments });
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params }));
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Starts the session, and waits until calls are served.
    fn begin(&mut self) {
        self.send(&initialize());
        assert_eq!(self.answer()["id"], 0);
        self.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        self.call(1, "probe_sleep", &json!({ "milliseconds": 0 }));
        assert_eq!(self.answer()["id"], 1);
    }

    fn close(&mut self) {
        drop(self.input.take());
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.host), signal).unwrap();
    }

    /// Returns the remaining answers by id, and the exit code.
    fn rest(mut self) -> (Vec<(u64, String)>, Option<i32>) {
        let mut outcome = String::new();
        self.output.read_to_string(&mut outcome).unwrap();
        let answers = outcome.lines().map(|line| {
            let answer: Value = serde_json::from_str(line).unwrap();
            let text = answer["result"]["content"][0]["text"].as_str();
            (
                answer["id"].as_u64().unwrap(),
                text.unwrap_or_default().to_owned(),
            )
        });
        let answers = answers.collect();
        (answers, self.host.wait().unwrap().code())
    }
}

fn sleep(milliseconds: u64) -> Value {
    json!({ "milliseconds": milliseconds })
}

#[test]
fn a_client_that_closes_its_input_gets_pending_answers() {
    let place = Place::new(&["probe"]);
    let slept = |id: u64| (id, "slept".to_owned());
    // The first signal has the same effect.
    let ends: [fn(&mut Only); 2] = [Only::close, |only| only.signal(Signal::TERM)];
    for ends in ends {
        let mut only = Only::start(&place);
        only.begin();
        only.call(2, "probe_sleep", &sleep(LONG_MS));
        only.call(3, "probe_sleep", &sleep(LONG_MS / 8));
        // The others have been read, since this is answered: a signal does not wait for unread messages.
        only.call(4, "probe_sleep", &sleep(0));
        assert_eq!(only.answer()["id"], 4);
        ends(&mut only);
        assert_eq!(only.rest(), (vec![slept(3), slept(2)], Some(0)));
    }
}

#[test]
fn open_calls_at_the_end_keep_their_deadline() {
    let place = Place::new(&[]);
    place.deploy("probe", "probe", "runtime: {timeout_ms: 7000}\n");
    let mut only = Only::start(&place);
    only.begin();
    only.call(2, "probe_sleep", &sleep(600_000));
    only.close();
    let (answers, code) = only.rest();
    assert_eq!((answers.len(), code), (1, Some(0)));
    assert!(answers[0].1.contains("timeout_ms"), "{answers:?}");
}

#[test]
fn all_piped_input_is_answered() {
    let place = Place::new(&["probe"]);
    let mut only = Only::start(&place);
    only.send(&initialize());
    only.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
    only.call(1, "probe_sleep", &sleep(10));
    // A cancelled call is not awaited.
    only.call(2, "probe_sleep", &sleep(600_000));
    let params = json!({ "requestId": 2 });
    only.send(&json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params }));
    only.close();
    let (answers, code) = only.rest();
    let ids: Vec<u64> = answers.iter().map(|(id, _)| *id).collect();
    assert_eq!((ids, code), (vec![0, 1], Some(0)));
}

#[test]
fn a_second_signal_or_a_closed_output_ends_the_host_at_once() {
    let place = Place::new(&["probe"]);
    let rows = [(&[Signal::TERM, Signal::INT][..], Some(1)), (&[], Some(0))];
    each_row(rows, |(ends, code)| {
        let mut only = Only::start(&place);
        only.begin();
        // Longer than the test may run.
        only.call(2, "probe_sleep", &sleep(600_000));
        match ends {
            [] => {
                let Only {
                    mut host, output, ..
                } = only;
                drop(output);
                assert_eq!(host.wait().unwrap().code(), code);
            }
            [first, second] => {
                // It has been read, since the next message is answered.
                only.call(3, "probe_sleep", &sleep(0));
                assert_eq!(only.answer()["id"], 3);
                only.signal(*first);
                // It has been accepted by now, since messages are read promptly.
                std::thread::sleep(std::time::Duration::from_millis(500));
                only.signal(*second);
                assert_eq!(only.rest(), (vec![], code));
            }
            _ => unreachable!("two signals or none"),
        }
    });
    // A client that has closed its input and then sends a signal does not wait.
    let mut only = Only::start(&place);
    only.begin();
    only.call(2, "probe_sleep", &sleep(100_000));
    only.close();
    std::thread::sleep(std::time::Duration::from_millis(500));
    only.signal(Signal::TERM);
    assert_eq!(only.rest().1, Some(0));
}

/// Signs the package of `empty` again, with an invalid body in each function.
fn broken_package(place: &Place) {
    let bytes = std::fs::read(luminarys_conformance::package("empty")).unwrap();
    let package = Package::read(bytes).unwrap();
    let descriptor: Descriptor = package.descriptor.clone();
    let method = descriptor.methods.first().unwrap();
    let export = method.export.clone();
    let export = export.unwrap_or_else(|| method.name.replace('_', "-"));
    let text = format!(
        r#"(component
            (core module $code (func (export "f") i32.const 1))
            (core instance $made (instantiate $code))
            (func (export {export:?}) (canon lift (core func $made "f"))))"#
    );
    let mut descriptor = descriptor.clone();
    descriptor.methods.truncate(1);
    let component = wat::parse_str(text).unwrap();
    let component = luminarys_package::embed(&component, &descriptor).unwrap();
    let key = SecretKey::generate().unwrap();
    std::fs::write(place.path("broken.skill"), sign(&component, &key).unwrap()).unwrap();
    std::fs::write(place.path("broken.pub"), key.public().to_text()).unwrap();
    place.write("broken.skill.yaml", "id: broken\npath: broken.skill\n");
    let config = place.config("");
    place.write(
        "luminarys.yaml",
        &config.replace("trust: [", "trust: [broken.pub, "),
    );
}

#[tokio::test]
async fn invalid_code_is_reported_by_check_the_log_and_readiness() {
    let place = Place::new(&["echo"]);
    broken_package(&place);
    let checked = place.command(&["check"]).output().unwrap();
    let outcome = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(!checked.status.success());
    assert!(
        outcome.contains("broken") && outcome.contains("not a valid component"),
        "{outcome}"
    );
    let host = Host::start(&place);
    let health = reqwest::get(host.url("/healthz")).await.unwrap();
    assert_eq!(health.status(), 200);
    host.until_ready().await;
    assert!(
        host.log().contains("not a valid component"),
        "{}",
        host.log()
    );
    for protocol in protocols() {
        let client = connect(&host, TOKEN, protocol).await.unwrap();
        let names = tools(&client).await;
        assert!(
            names.iter().all(|name| name.starts_with("echo_")),
            "{names:?}"
        );
        let answer = call(&client, "echo_ping", json!({})).await;
        assert_eq!(text(&answer), "pong");
    }
}
