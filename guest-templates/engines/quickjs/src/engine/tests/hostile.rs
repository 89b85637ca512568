//! Programs that attack the glue, and limits.

use std::thread;

use super::super::{Engine, Options};
use super::{Fake, each_row, shown};
use crate::program::{DEEP, MAX_BYTES};

#[test]
fn programs_cannot_reach_the_glue() {
    each_row(&[
        (
            "Object.prototype.toString = () => 'x'; Array.prototype.map = null; Promise.prototype.then = null; JSON.stringify = null; [1, { a: 2 }]",
            r#"[1,{"a":2}]"#,
        ),
        (
            "Map.prototype.forEach = () => {}; Map.prototype[Symbol.iterator] = null; new Map([['a', 1]])",
            r#"{"a":1}"#,
        ),
        (
            "Object.defineProperty(Array.prototype, '0', { set() { throw 'stolen' }, get() { return 'forged' } }); [new Map([[1, 2]]), new Set([1])]",
            "[[[1,2]],[1]]",
        ),
        (
            "for (const k of ['value', 'then', 'resolve', 'message', 'stack']) Object.defineProperty(Object.prototype, k, { __proto__: null, get() { return 'forged' }, set() {}, configurable: true }); 5",
            "error: TypeError: the value is lost…",
        ),
        (
            "Array.prototype.push = String.prototype.includes = Function.prototype.call = Reflect.apply = null; await tools.my_notes.echo({ a: 1 })",
            r#"{"a":1}"#,
        ),
        (
            "globalThis.tools = null; globalThis.console = null; globalThis.Promise = null; await 1; 2",
            "2",
        ),
        (
            "Error.prepareStackTrace = () => 'forged'; Error.prototype.toString = () => 'forged'; throw new Error('real')",
            "error: Error: real…",
        ),
        (
            "Symbol.prototype.toString = Date.prototype.toISOString = () => 'forged'; [Symbol('a'), new Date(0)]",
            r#"["Symbol(a)","1970-01-01T00:00:00.000Z"]"#,
        ),
        (
            "new Proxy({}, { ownKeys() { throw new Error('trap') } })",
            "error: Error: trap\n…",
        ),
        ("console.log(new Proxy({ a: 1 }, {})); 1", "1→{ a: 1 }"),
        (
            "Object.setPrototypeOf(tools, null); 1",
            "error: TypeError: …",
        ),
        (
            "delete globalThis.input; globalThis.undefined; Object.freeze(globalThis); 1",
            "1",
        ),
    ]);
}

#[test]
fn limits_are_errors() {
    each_row(&[
        (
            "function f() { return f() + 1 } f()",
            "error: RangeError: Maximum call stack size exceeded…",
        ),
        (
            "let n = 0; function f() { n++; f() } try { f() } catch (e) { [e.name, n > 10] }",
            r#"["RangeError",true]"#,
        ),
        ("JSON.parse('['.repeat(100_000))", "error: …"),
        (
            "let s = 'x'; for (;;) s += s",
            "error: InternalError: string too long…",
        ),
        (
            "try { const a = []; for (;;) a.push(new ArrayBuffer(1 << 24)) } catch (e) { 'caught' }",
            "\"caught\"",
        ),
        (
            "eval('eval('.repeat(500) + '1' + ')'.repeat(500))",
            "error: …",
        ),
        (
            "for (let i = 0; i < 100_000; i++) console.log('line ' + i); 'done'",
            "\"done\"→line 0\nline 1\n…",
        ),
        ("new Array(-1)", "error: RangeError: …"),
        (
            "function* g() { yield* g() } [...g()]",
            "error: RangeError: Maximum call stack size exceeded…",
        ),
    ]);
}

#[test]
fn memory_that_is_used_up_is_an_error() {
    for piece in ["new Array(10000).fill(1)", "'x'.repeat(1 << 24) + a.length"] {
        let mut engine = Engine::new(Box::new(Fake::default())).unwrap();
        let program = format!("const a = []; for (;;) a.push({piece})");
        let error = engine.run(&program, &Options::default()).unwrap_err();
        // What is left may be too little for an object that says so: the engine does then.
        let starts = [
            "InternalError: out of memory",
            "out of memory: a program has",
        ];
        assert!(
            starts.iter().any(|start| error.starts_with(start)),
            "{error}"
        );
        // An engine that has lost the memory is replaced.
        assert!(engine.is_worn() || shown(&mut engine, "1", &Options::default()) == "1");
    }
}

/// What is as deep on its left as it is long, and does not nest.
const ROWS: &[(&str, &str)] = &[
    ("a", ".b"),
    ("a", "?.b"),
    ("a", "()"),
    ("a", "[0]"),
    ("a", "`b`"),
    ("a", "!"),
    ("a", " as B"),
    ("a", " satisfies B"),
    ("a", "<B>"),
    ("a", "+1"),
    ("a", "&&b"),
    ("a", "??b"),
    ("a", ",b"),
    ("a", " instanceof B"),
    ("let a: A", ".B"),
    ("let a: A", "[]"),
    ("let a: A", "[B]"),
    ("let a: A", "|B"),
    ("let a: A", "&B"),
    ("import { A } from '/lib/shapes.ts'; let a: A", "[]"),
    ("import { A } from '/lib/shapes.ts'; a", "()"),
];

#[test]
fn no_depth_ends_a_session() {
    let nested = DEEP
        .iter()
        .map(|(part, before, after)| (*before, *part, *after));
    let rows = ROWS.iter().map(|(before, part)| (*before, *part, ""));
    let all: Vec<_> = nested.chain(rows).collect();
    let run = move || {
        let session = Options {
            session: true,
            ..Options::default()
        };
        let mut engine = Engine::new(Box::new(Fake::default())).unwrap();
        for (before, part, after) in all {
            for count in [1_000, 20_000] {
                let program = format!("if (0) {{ {before}{}{after} }}", part.repeat(count));
                let most = program.len().min(MAX_BYTES);
                let most = program.floor_char_boundary(most);
                let _ = engine.run(&program[..most], &session);
                let alive = shown(&mut engine, "1 + 1", &session);
                assert_eq!(alive, "2", "{before}{part} {count} times");
            }
        }
    };
    // Without optimisation a level takes ten times as much as in the engine.
    let stack = thread::Builder::new().stack_size(32 << 20);
    stack.spawn(run).unwrap().join().unwrap();
}
