use std::time::Duration;

use luminarys_testing::each_row;
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, Store};

use crate::{Bounds, SnapshotError, snapshot};

const BOUNDS: Bounds = Bounds {
    memory: 16 << 20,
    time: Duration::from_millis(200),
};

/// Returns a component with these imports, whose `initialize` runs `body`, and whose `read` returns the number at address
/// 16 and a global. `$now`, `$random`, `$ask` and `$open` are the imports in the module.
fn component(body: &str) -> Vec<u8> {
    text(&format!(
        r#"(import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock (export "now" (func (result u64)))))
        (import "wasi:random/random@0.2.0" (instance $random (export "get-random-u64" (func (result u64)))))
        (import "luminarys:skill/system@1.0.0" (instance $system (export "ask" (func (result u32)))))
        (import "wasi:http/types@0.2.0" (instance $http (export "ask" (func (result u32)))))
        (import "wasi:io/streams@0.2.0" (instance $io (export "output-stream" (type (sub resource)))))
        (alias export $io "output-stream" (type $stream))
        (import "wasi:cli/stdout@0.2.0" (instance $stdout
            (export "output-stream" (type (eq $stream)))
            (export "get-stdout" (func (result (own 0))))))
        (core func $now (canon lower (func $clock "now")))
        (core func $random (canon lower (func $random "get-random-u64")))
        (core func $ask (canon lower (func $system "ask")))
        (core func $open (canon lower (func $stdout "get-stdout")))
        (core module $code
            (import "host" "now" (func $now (result i64)))
            (import "host" "random" (func $random (result i64)))
            (import "host" "ask" (func $ask (result i32)))
            (import "host" "open" (func $open (result i32)))
            (memory (export "memory") 1)
            (global $global (mut i32) (i32.const 1))
            (func $deep (param i32) (if (local.get 0) (then (call $deep (i32.sub (local.get 0) (i32.const 1))))))
            (func (export "initialize") {body})
            (func (export "read") (result i64)
                (i64.add (i64.load (i32.const 16)) (i64.extend_i32_u (global.get $global)))))
        (core instance $made (instantiate $code (with "host" (instance
            (export "now" (func $now))
            (export "random" (func $random))
            (export "ask" (func $ask))
            (export "open" (func $open))))))
        (func (export "initialize") (canon lift (core func $made "initialize")))
        (func (export "read") (result u64) (canon lift (core func $made "read")))"#
    ))
}

fn text(items: &str) -> Vec<u8> {
    wat::parse_str(format!("(component {items})")).unwrap()
}

/// Returns what `read` of a new instance returns.
fn read(component: &[u8]) -> u64 {
    let engine = Engine::new(&Config::new()).unwrap();
    let component = Component::from_binary(&engine, component).unwrap();
    let mut linker: Linker<()> = Linker::new(&engine);
    linker.define_unknown_imports_as_traps(&component).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let read = instance.get_typed_func::<(), (u64,)>(&mut store, "read");
    read.unwrap().call(&mut store, ()).unwrap().0
}

#[test]
fn an_instance_starts_with_what_was_prepared() {
    let set = "(i64.store (i32.const 16) (i64.const 40)) (global.set $global (i32.const 2))";
    let grown = "(drop (memory.grow (i32.const 3))) (i64.store (i32.const 200000) (i64.const 41))
                 (i64.store (i32.const 16) (i64.load (i32.const 200000)))";
    let rows = [
        ("", 1, 1),
        (set, 1, 42),
        (grown, 1, 42),
        (
            "(call $deep (i32.const 50000)) (global.set $global (i32.const 5))",
            1,
            5,
        ),
    ];
    each_row(rows, |(body, before, after)| {
        let component = component(body);
        let made = snapshot(&component, BOUNDS).unwrap();
        assert_eq!((read(&component), read(&made)), (before, after), "{body}");
        // What is made can be run, and prepared again.
        assert_eq!(read(&snapshot(&made, BOUNDS).unwrap()), after, "{body}");
    });
}

#[test]
fn the_same_component_makes_the_same_snapshot() {
    let rows = [
        "(i64.store (i32.const 16) (call $random))",
        "(drop (call $now)) (i64.store (i32.const 16) (call $now))",
    ];
    each_row(rows, |body| {
        let component = component(body);
        let made = snapshot(&component, BOUNDS).unwrap();
        assert!(read(&made) > 1, "{body}");
        assert!(made == snapshot(&component, BOUNDS).unwrap(), "{body}");
    });
}

#[test]
fn what_cannot_be_prepared_says_why() {
    let nested = r#"(component $inner (core module))
        (core module $code (func (export "initialize")))
        (core instance $made (instantiate $code))
        (func (export "initialize") (canon lift (core func $made "initialize")))"#;
    let twice = r#"(core module $code (func (export "initialize")))
        (core instance $made (instantiate $code))
        (core instance (instantiate $code))
        (func (export "initialize") (canon lift (core func $made "initialize")))"#;
    let takes = r#"(core module $code (func (export "initialize") (param i32)))
        (core instance $made (instantiate $code))
        (func (export "initialize") (param "x" u32) (canon lift (core func $made "initialize")))"#;
    let inner = r#"(component $inner (type (func)) (import "f" (func $f)) (export "initialize" (func $f)))"#;
    let rows = [
        (b"garbage".to_vec(), "not a component"),
        (b"\0asm\x01\0\0\0".to_vec(), "does not export the function"),
        (text(""), "does not export the function `initialize`"),
        (text(inner), "does not export the function `initialize`"),
        (text(takes), "must be declared as `initialize: func()`"),
        (text(nested), "nested components"),
        (text(twice), "instantiated at most once"),
        (
            component("unreachable"),
            "failed: wasm trap: wasm `unreachable`",
        ),
        (
            component("(call $deep (i32.const 100000000))"),
            "call stack exhausted",
        ),
        (component("(loop $again br $again)"), "within 0.2 seconds"),
        (
            component("(drop (call $ask))"),
            "called luminarys:skill/system@1.0.0#ask",
        ),
        (
            component("(drop (call $open))"),
            "left a resource of WASI open",
        ),
        (
            component(
                "(if (i32.eq (memory.grow (i32.const 1000)) (i32.const -1)) (then unreachable))",
            ),
            "more than 16 MiB",
        ),
    ];
    each_row(rows, |(bytes, part)| {
        let error: SnapshotError = snapshot(&bytes, BOUNDS).unwrap_err();
        let shown = error.to_string();
        assert!(shown.contains(part), "{part}: {shown}");
    });
}
