use luminarys_testing::each_row;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn name(name: &str) -> InstanceName {
    InstanceName::new(name).unwrap()
}

fn least() -> Value {
    json!({ "instance": "echo", "method": "say", "caller": "client", "request_id": "r", "trace_id": "t",
        "arguments": 3 })
}

#[test]
fn a_whole_head_is_read_back() {
    let head = CallHead {
        instance: name("echo"),
        method: "say".to_owned(),
        caller: Caller::Skill(name("other")),
        chain: vec![name("first"), name("other")],
        depth: 2,
        client: Some("laptop".to_owned()),
        session: Some("s-1".to_owned()),
        request_id: "1-2".to_owned(),
        trace_id: "1-1".to_owned(),
        narrowed: Narrowed {
            read_only: true,
            closed_world: true,
        },
        budget_ms: Some(5_000),
        arguments: 1 << 40,
    };
    assert_eq!(CallHead::parse(&head.encode().unwrap()).unwrap(), head);
    let least = CallHead::parse(least().to_string().as_bytes()).unwrap();
    assert_eq!(least.narrowed, Narrowed::default());
    assert_eq!(CallHead::parse(&least.encode().unwrap()).unwrap(), least);
}

#[test]
fn invalid_heads_are_refused() {
    let with = |key: &str, value: Value| {
        let mut head = least();
        head[key] = value;
        head.to_string()
    };
    let rows = [
        (String::new(), "the head of the call is malformed: EOF"),
        ("[]".to_owned(), "the head of the call is malformed: "),
        (
            with("instance", json!("a b")),
            "the head of the call is malformed: the instance id \"a b\" may only",
        ),
        (
            with("method", json!("")),
            "the head of the call has an invalid method",
        ),
        (
            with("method", json!("a b")),
            "the head of the call has an invalid method",
        ),
        (
            with("method", json!("x".repeat(129))),
            "the head of the call has a method of 129; at most 128",
        ),
        (
            with("caller", json!("root")),
            "the head of the call is malformed: unknown variant `root`",
        ),
        (
            with("chain", json!(vec!["a"; 65])),
            "the head of the call has a chain of 65; at most 64",
        ),
        (
            with("client", json!("x".repeat(513))),
            "the head of the call has a client of 513; at most 512",
        ),
        (
            with("trace_id", json!("a\nb")),
            "the head of the call has an invalid trace id",
        ),
        (
            with("budget_ms", json!(-1)),
            "the head of the call is malformed: ",
        ),
        (
            with("arguments", json!("3")),
            "the head of the call is malformed: ",
        ),
        // It may restrict the call.
        (
            with("narrowed", json!({ "offline": true })),
            "the head of the call is malformed: unknown field `offline`",
        ),
        (
            with("only_on_sundays", json!(true)),
            "the head of the call is malformed: unknown field `only_on_sundays`",
        ),
        (
            format!("{}{}", least(), " ".repeat(MAX_HEAD)),
            "the head of the call has a size of ",
        ),
    ];
    each_row(rows, |(bytes, expected)| {
        let error = CallHead::parse(bytes.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    });
}

#[test]
fn what_is_too_long_is_cut_and_still_read() {
    // Each of these characters is six bytes of JSON.
    let failure = CallFailure::new(crate::FailureKind::Failed, "\u{1}".repeat(1 << 20));
    let end = End::Failed(failure).encode();
    let End::Failed(read) = End::parse(&end).unwrap() else {
        panic!("not a failure");
    };
    assert!(read.message.len() > 1000, "{}", read.message.len());
    let report = Report {
        done: 1.0,
        total: None,
        message: Some("я".repeat(1 << 20)),
    };
    let read = Report::parse(&report.encode().unwrap()).unwrap();
    assert_eq!(read.message.unwrap().len(), MAX_REPORT);
    let endless = Report {
        done: f64::NAN,
        ..Report::default()
    };
    assert_eq!(endless.encode(), None);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes: Vec<u8>, text in "[\\{\\}\\[\\]\":,a-z0-9]{0,200}") {
        for bytes in [bytes.as_slice(), text.as_bytes()] {
            let _ = (CallHead::parse(bytes), End::parse(bytes), Report::parse(bytes));
        }
    }

    #[test]
    fn what_one_node_writes_another_reads(
        method in "[!-~]{1,128}", client in proptest::option::of("[ -~]{0,512}"),
        chain in proptest::collection::vec("[a-z]{1,64}", 0..64), budget_ms: Option<u64>, arguments: u64, depth: u32,
    ) {
        let mut head = CallHead::parse(least().to_string().as_bytes()).unwrap();
        head.method = method;
        head.client = client;
        head.chain = chain.iter().map(|it| name(it)).collect();
        (head.budget_ms, head.arguments, head.depth) = (budget_ms, arguments, depth);
        prop_assert_eq!(CallHead::parse(&head.encode().unwrap()).unwrap(), head);
    }
}
