//! Arguments and results of each type, including edge cases.

use luminarys_runtime::values::Signature;
use luminarys_testing::each_row;
use serde_json::{Value, json};
use wasmtime::component::Val;

use crate::function::{Function, engine, padded};

const TYPES: &str = "
    record point { x-axis: u8, label: option<string> }
    variant filter { all, some-of(list<string>), deep(point) }
    enum colour { red, dark-blue }
    flags rights { read, write, run }";

/// JSON, and the value that it converts to or a part of the error.
type Row = (Value, Result<Val, &'static str>);

/// Checks rows in which a value converts back to the same JSON.
pub fn check(ty: &str, rows: impl IntoIterator<Item = Row>) {
    check_forms(
        ty,
        rows.into_iter()
            .map(|(json, expected)| (json.clone(), expected, json)),
    );
}

/// Checks rows in which a value converts back to another form.
pub fn check_forms(
    ty: &str,
    rows: impl IntoIterator<Item = (Value, Result<Val, &'static str>, Value)>,
) {
    let engine = engine().unwrap();
    let mut identity = Function::identity(&engine, TYPES, ty).unwrap();
    let signature = Signature::new(&identity.ty()).unwrap();
    each_row(rows, |(json, expected, returned)| {
        let body = json!({ "x": json });
        match (signature.arguments(&body, 1 << 20), expected) {
            (Ok(made), Ok(expected)) => {
                assert_eq!(made, padded(expected), "{ty} {json}");
                let result = identity.call(&made).unwrap();
                let back = signature.outcome([result]).unwrap();
                assert_eq!(back[0].to_string(), returned.to_string(), "{ty} {json}");
            }
            (Err(error), Err(expected)) => {
                let error = error.to_string();
                assert!(
                    error.contains(expected),
                    "{ty} {json}: {error}, not {expected}"
                );
            }
            (found, expected) => panic!("{ty} {json}: {found:?}, not {expected:?}"),
        }
    });
}

pub fn some(value: Val) -> Val {
    Val::Option(Some(Box::new(value)))
}

pub fn text(value: &str) -> Val {
    Val::String(value.to_owned())
}

pub fn case(name: &str, payload: Option<Val>) -> Val {
    Val::Variant(name.to_owned(), payload.map(Box::new))
}

#[test]
fn small_integers() {
    let range = "x: expected an integer between 0 and 255";
    let refused = [
        json!(256),
        json!(-1),
        json!(1.5),
        json!("1"),
        json!(null),
        json!(true),
    ];
    check("u8", refused.map(|json| (json, Err(range))));
    check_forms(
        "u8",
        [
            (json!(255), Ok(Val::U8(255)), json!(255)),
            (json!(3.0), Ok(Val::U8(3)), json!(3)),
        ],
    );
}

#[test]
fn wide_integers_keep_every_bit() {
    let above = (1_u64 << 53) + 1;
    check(
        "u64",
        [
            (json!(above - 2), Ok(Val::U64(above - 2))),
            (json!(above - 1), Ok(Val::U64(above - 1))),
            (json!("9007199254740993"), Ok(Val::U64(above))),
            (json!("18446744073709551615"), Ok(Val::U64(u64::MAX))),
            // The text may have been 9007199254740993.0, whose last bit is already lost.
            (json!(9_007_199_254_740_992.0), Err("with all its digits")),
        ],
    );
    check_forms(
        "u64",
        [
            (json!(above), Ok(Val::U64(above)), json!("9007199254740993")),
            (
                json!(u64::MAX),
                Ok(Val::U64(u64::MAX)),
                json!("18446744073709551615"),
            ),
            (json!("7"), Ok(Val::U64(7)), json!(7)),
        ],
    );
    let refused = [
        "18446744073709551616",
        "-1",
        "+1",
        " 1",
        "",
        "1.0",
        "000000000000000000001",
    ];
    check(
        "u64",
        refused.map(|digits| {
            (
                json!(digits),
                Err("between 0 and 18446744073709551615, got"),
            )
        }),
    );
    check(
        "u64",
        [(json!(1e30), Err("between 0 and 18446744073709551615"))],
    );
    check(
        "s64",
        [
            (json!("-9223372036854775808"), Ok(Val::S64(i64::MIN))),
            (json!("-9007199254740993"), Ok(Val::S64(-(1 << 53) - 1))),
            (json!(-(1_i64 << 53)), Ok(Val::S64(-(1 << 53)))),
            (
                json!(u64::MAX),
                Err("9223372036854775807, got 18446744073709551615"),
            ),
            (json!("--1"), Err("expected an integer")),
            (json!("-"), Err("expected an integer")),
        ],
    );
    check_forms(
        "s64",
        [(
            json!(i64::MIN),
            Ok(Val::S64(i64::MIN)),
            json!("-9223372036854775808"),
        )],
    );
}

#[test]
fn floats() {
    check(
        "f64",
        [
            (json!(-0.0), Ok(Val::Float64(-0.0))),
            (json!("NaN"), Ok(Val::Float64(f64::NAN))),
            (json!("Infinity"), Ok(Val::Float64(f64::INFINITY))),
            (json!("-Infinity"), Ok(Val::Float64(f64::NEG_INFINITY))),
            (json!("inf"), Err("\"-Infinity\"")),
            (json!(null), Err("expected a number, got null")),
        ],
    );
    check_forms("f64", [(json!(1), Ok(Val::Float64(1.0)), json!(1.0))]);
    check(
        "f32",
        [
            (json!(0.5), Ok(Val::Float32(0.5))),
            (json!(1e39), Err("the range of f32")),
        ],
    );
}

#[test]
fn strings_and_bytes() {
    check(
        "char",
        [
            (json!("\u{0}"), Ok(Val::Char('\0'))),
            (json!("😀"), Ok(Val::Char('😀'))),
            (json!(""), Err("exactly one character")),
            (json!("ab"), Err("exactly one character")),
        ],
    );
    check(
        "string",
        [
            (json!("a\u{0}b"), Ok(text("a\0b"))),
            (json!(1), Err("expected a string, got 1")),
        ],
    );
    let bytes = |bytes: &[u8]| Ok(Val::List(bytes.iter().copied().map(Val::U8).collect()));
    check(
        "list<u8>",
        [
            (json!(""), bytes(&[])),
            (json!("AP8="), bytes(&[0, 255])),
            (json!("AP8"), Err("x: not base64")),
            (json!("A_8="), Err("x: not base64")),
            (json!("AP9="), Err("x: not base64")),
            (json!([0, 255]), Err("bytes as a base64 string")),
        ],
    );
}

#[test]
fn sequences_and_maps() {
    check(
        "list<u8, 2>",
        [
            (
                json!([1, 2]),
                Ok(Val::FixedLengthList(vec![Val::U8(1), Val::U8(2)])),
            ),
            (json!([1]), Err("an array of 2")),
        ],
    );
    check(
        "tuple<u8, bool>",
        [
            (
                json!([1, true]),
                Ok(Val::Tuple(vec![Val::U8(1), Val::Bool(true)])),
            ),
            (json!([1]), Err("an array of 2")),
            (json!([1, 1]), Err("x[1]: expected true or false")),
        ],
    );
    let map = |key, value| Ok(Val::Map(vec![(key, value)]));
    check(
        "map<string, u8>",
        [
            (json!({ "a b": 1 }), map(text("a b"), Val::U8(1))),
            (
                json!({ "a b": 300 }),
                Err("x[\"a b\"]: expected an integer"),
            ),
        ],
    );
    check(
        "map<u8, bool>",
        [
            (json!([[1, true]]), map(Val::U8(1), Val::Bool(true))),
            (json!([[1]]), Err("x[0]: expected a pair")),
            (json!({ "1": true }), Err("an array of {\"key\"")),
            (
                json!([{ "key": 1 }]),
                Err("x[0]: missing required field: value"),
            ),
            (json!([[1, 2]]), Err("x[0][1]: expected true or false")),
        ],
    );
}

#[test]
fn records() {
    let point = |label| {
        Val::Record(vec![
            ("x-axis".to_owned(), Val::U8(1)),
            ("label".to_owned(), label),
        ])
    };
    let one = |label| Ok(Val::List(vec![point(label)]));
    check_forms(
        "list<point>",
        [
            (
                json!([{ "x_axis": 1 }]),
                one(Val::Option(None)),
                json!([{ "x_axis": 1 }]),
            ),
            (
                json!([{ "x_axis": 1, "label": null }]),
                one(Val::Option(None)),
                json!([{ "x_axis": 1 }]),
            ),
            (
                json!([{ "label": "a", "x_axis": 1 }]),
                one(some(text("a"))),
                json!([{ "x_axis": 1, "label": "a" }]),
            ),
        ],
    );
    check(
        "list<point>",
        [
            (json!([{}]), Err("x[0]: missing required field: x_axis")),
            (
                json!([{ "x_axis": 1 }, { "x_axis": 300 }]),
                Err("x[1].x_axis: expected an integer between 0 and 255, got 300"),
            ),
            (
                json!([{ "x_axis": 1, "lable": "" }]),
                Err("unknown field \"lable\"; did you mean \"label\"?"),
            ),
            (json!([{ "x-axis": 1 }]), Err("did you mean \"x_axis\"?")),
        ],
    );
    check(
        "filter",
        [(
            json!({ "deep": { "x_axis": 1 } }),
            Ok(case("deep", Some(point(Val::Option(None))))),
        )],
    );
}
