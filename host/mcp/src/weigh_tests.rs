use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use luminarys_testing::each_row;
use proptest::prelude::*;
use rmcp::model::ClientJsonRpcMessage;
use serde_json::json;

use super::*;

/// Counts what each thread has allocated, and the most that it had.
struct Counting;

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

fn took(bytes: usize) {
    // A thread that ends has no counters any more.
    let _ = HELD.try_with(|held| {
        held.set(held.get().wrapping_add(bytes));
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(held.get())));
    });
}

fn gave(bytes: usize) {
    let _ = HELD.try_with(|held| held.set(held.get().wrapping_sub(bytes)));
}

// SAFETY: everything is delegated to the system's allocator; only the sizes are recorded.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        took(layout.size());
        // SAFETY: upheld by the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        gave(layout.size());
        // SAFETY: upheld by the caller.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Both exist while it moves.
        took(size);
        gave(layout.size());
        // SAFETY: upheld by the caller.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most that `work` holds at once.
fn peak<T>(work: impl FnOnce() -> T) -> usize {
    let before = HELD.get();
    PEAK.set(before);
    drop(work());
    PEAK.get() - before
}

/// What is done with a body: parsed as a message, and that written as a value.
fn parsing(text: &str) -> usize {
    peak(|| {
        let message: Option<ClientJsonRpcMessage> = serde_json::from_str(text).ok();
        message.map(|message| (serde_json::to_value(&message), message))
    })
}

fn weight(text: &str) -> usize {
    weigh(text.as_bytes()).unwrap()
}

/// Each place in a message where a client may put arbitrary JSON.
fn messages(value: &str) -> Vec<String> {
    [
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a/b","arguments":{"x":VALUE}}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a/b","_meta":{"x":VALUE}}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"x":VALUE}}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"x":VALUE}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"experimental":{"x":{"y":VALUE}}},"clientInfo":{"name":"c","version":"1"}}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"no/such","params":{"x":VALUE}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"no/such","params":VALUE}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/none","params":{"x":VALUE}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1,"x":VALUE}}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{"x":VALUE}}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{"role":"user","model":"m","content":[{"type":"text","text":"a","_meta":{"x":VALUE}}]}}"#,
        r#"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m","data":VALUE}}"#,
        r#"{"jsonrpc":"2.0","id":1,"x":VALUE}"#,
        r#"{"x":VALUE}"#,
    ]
    .iter()
    .map(|message| message.replace("VALUE", value))
    .collect()
}

fn assert_bounds(value: &str) {
    for text in messages(value) {
        let (weight, taken) = (weight(&text), parsing(&text));
        let begin: String = text.chars().take(120).collect();
        assert!(taken <= weight, "{taken} taken, {weight} weighed: {begin}");
    }
}

/// JSON that takes the most memory for its length.
#[test]
fn adversarial_json_is_bounded() {
    let list = |element: &str, count: usize| format!("[{}]", vec![element; count].join(","));
    let keys = |value: &str| {
        let entries: Vec<String> = (0..5000)
            .map(|key| format!("\"{key:x}\":{value}"))
            .collect();
        format!("{{{}}}", entries.join(","))
    };
    let deep = |open: &str, close: &str| format!("{}0{}", open.repeat(55), close.repeat(55));
    let mut values: Vec<String> = [
        "0",
        "[]",
        "{}",
        "\"\"",
        "\"a\"",
        "[0]",
        "[[]]",
        "{\"\":0}",
        "{\"a\":[]}",
        "-1.5e9",
        "null",
    ]
    .iter()
    .flat_map(|element| [1, 3, 5, 4097, 10_000].map(|count| list(element, count)))
    .collect();
    values.extend(["0", "[]", "{}", "\"a\"", "[0]"].map(keys));
    values.push(list(&deep("[", "]"), 200));
    values.push(list(&deep("{\"a\":", "}"), 200));
    values.push(format!("\"{}\"", "x".repeat(1 << 20)));
    values.push(format!("\"{}\"", "\\n".repeat(1 << 18)));
    values.push(format!("\"{}\"", "\\u20ac".repeat(1 << 17)));
    values.push(list(&format!("\"{}\"", "\\\"".repeat(40)), 1000));
    for value in &values {
        assert_bounds(value);
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(8, 200, 20, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..20).prop_map(Value::from),
            proptest::collection::hash_map(any::<String>(), inner, 0..20)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The weight bounds what parsing takes, wherever a value is.
    #[test]
    fn the_weight_is_an_upper_bound(value in value(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        assert_bounds(&text.unwrap());
    }

    /// Invalid or truncated JSON weighs at least what its parsed beginning takes.
    #[test]
    fn invalid_json_is_bounded_as_well(value in value(), cut in 0.0..1.0_f64, junk in "[\\[\\]{}\",:0a \\\\]{0,40}") {
        for text in messages(&value.to_string()) {
            let mut at = (text.len() as f64 * cut) as usize;
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let text = format!("{}{junk}", &text[..at]);
            let mut scale = Scale::default();
            if scale.add(text.as_bytes()).is_ok() {
                prop_assert!(parsing(&text) <= scale.bytes(), "{text}");
            }
        }
    }

    /// How the text is cut into parts makes no difference.
    #[test]
    fn parts_weigh_as_much_as_the_whole(text in "[\\[\\]{}\",:0a \\\\]{0,200}", cut in 0_usize..200) {
        let whole = { let mut scale = Scale::default(); scale.add(text.as_bytes()).map(|()| scale.bytes()) };
        let (first, second) = text.as_bytes().split_at(cut.min(text.len()));
        let mut scale = Scale::default();
        let parts = scale.add(first).and_then(|()| scale.add(second)).map(|()| scale.bytes());
        prop_assert_eq!(whole, parts);
    }

    /// A value that exists is no larger than its declared size.
    #[test]
    fn held_bounds_a_value(value in value()) {
        let before = HELD.get();
        let copy = value.clone();
        let taken = HELD.get() - before;
        let outcome = luminarys_text::json::memory(&copy);
        prop_assert!(taken as u64 <= outcome, "{taken} taken, {outcome} declared");
    }
}

#[test]
fn depth_and_batches() {
    let rows = [
        (
            format!("{{\"a\":{}{}}}", "[".repeat(63), "]".repeat(63)),
            Ok(()),
        ),
        (
            format!("{{\"a\":{}{}}}", "[".repeat(64), "]".repeat(64)),
            Err(Unfit::TooDeep),
        ),
        (format!("{{\"a\":\"{}\"}}", "[".repeat(99)), Ok(())),
        (" [{}]".to_owned(), Err(Unfit::Batch)),
        ("[]".to_owned(), Err(Unfit::Batch)),
        ("{}".repeat(99), Ok(())),
        ("]]]]{\"a\":[".to_owned(), Ok(())),
        (String::new(), Ok(())),
    ];
    each_row(rows, |(text, expected)| {
        let found = Scale::default().add(text.as_bytes());
        assert_eq!(found, expected, "{text}");
    });
}
