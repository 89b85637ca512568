//! Arguments and results of variants, enums, options and results, including edge cases.

use serde_json::json;
use wasmtime::component::Val;

use crate::table::{case, check, check_forms, some, text};

#[test]
fn cases_and_flags() {
    check(
        "filter",
        [
            (json!("all"), Ok(case("all", None))),
            (
                json!({ "some-of": ["a"] }),
                Ok(case("some-of", Some(Val::List(vec![text("a")])))),
            ),
            (json!("some-of"), Err("since the case has a payload")),
            (json!({ "all": false }), Err("x.all: expected true, since")),
            (json!({ "all": 1 }), Err("x.all: expected true, since")),
            (
                json!({ "all": true, "deep": { "x_axis": 1 } }),
                Err("exactly one case"),
            ),
            (
                json!({ "deep": null, "all": null }),
                Err("exactly one case"),
            ),
            (
                json!({ "all": true, "other": null }),
                Err("unknown name \"other\""),
            ),
            (json!({ "some_of": [] }), Err("did you mean \"some-of\"?")),
            (json!({}), Err("a case's name")),
            (
                json!({ "deep": {} }),
                Err("x.deep: missing required field: x_axis"),
            ),
        ],
    );
    check(
        "colour",
        [
            (json!("dark-blue"), Ok(Val::Enum("dark-blue".to_owned()))),
            (json!("blau"), Err("unknown name \"blau\"")),
        ],
    );
    let rights = |names: &[&str]| {
        Ok(Val::Flags(
            names.iter().map(|&name| name.to_owned()).collect(),
        ))
    };
    check(
        "rights",
        [
            (json!([]), rights(&[])),
            (
                json!(["raed"]),
                Err("x[0]: unknown name \"raed\"; did you mean \"read\"?"),
            ),
        ],
    );
    check_forms(
        "rights",
        [
            (
                json!(["write", "read"]),
                rights(&["write", "read"]),
                json!(["read", "write"]),
            ),
            (json!(["read", "read"]), rights(&["read"]), json!(["read"])),
        ],
    );
}

#[test]
fn options_and_results() {
    check(
        "option<u8>",
        [
            (json!(null), Ok(Val::Option(None))),
            (json!(1), Ok(some(Val::U8(1)))),
        ],
    );
    check(
        "option<option<option<bool>>>",
        [
            (json!(null), Ok(Val::Option(None))),
            (json!({ "some": null }), Ok(some(Val::Option(None)))),
            (
                json!({ "some": { "some": null } }),
                Ok(some(some(Val::Option(None)))),
            ),
            (
                json!({ "some": { "some": true } }),
                Ok(some(some(some(Val::Bool(true))))),
            ),
            (json!(true), Err("null or {\"some\"")),
            (json!({ "some": true }), Err("null or {\"some\"")),
        ],
    );
    let ok = |value: Val| Val::Result(Ok(Some(Box::new(value))));
    check(
        "list<result<option<u8>>>",
        [
            (
                json!([{ "ok": 1 }, { "ok": null }]),
                Ok(Val::List(vec![ok(some(Val::U8(1))), ok(Val::Option(None))])),
            ),
            (
                json!([{ "err": null }]),
                Ok(Val::List(vec![Val::Result(Err(None))])),
            ),
            (json!([{ "err": 1 }]), Err("x[0].err: expected true, since")),
            (
                json!([{ "ok": 1, "err": true }]),
                Err("x[0]: expected a case's name"),
            ),
        ],
    );
}
