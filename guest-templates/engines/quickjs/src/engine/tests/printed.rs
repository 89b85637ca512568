//! Output and errors.

use super::super::{Engine, Options};
use super::{Fake, each_row, shown};

#[test]
fn output() {
    each_row(&[
        (
            "console.log('a', 1, true, null, undefined, 10n)",
            "→a 1 true null undefined 10n",
        ),
        (
            "console.warn('w'); console.error('e'); console.info('i'); console.debug('d'); 1",
            "1→[warn] w\n[error] e\n[info] i\n[debug] d",
        ),
        (
            "console.log({ a: 1, 'b-c': [1, 'x'], f() {} })",
            "→{ a: 1, \"b-c\": [ 1, \"x\" ], f: [Function: f] }",
        ),
        (
            "console.log([], {}, new Map([['a', { b: 1 }]]), new Set([1]))",
            "→[] {} Map(1) { \"a\" => { b: 1 } } Set(1) { 1 }",
        ),
        (
            "class P { x = 1 } console.log(new P(), new Error('m'), /x/, Symbol('s'))",
            "→P { x: 1 } Error: m /x/ Symbol(s)",
        ),
        (
            "console.log('%s is %d%% of %o', 'a', 5, [1])",
            "→a is 5% of [ 1 ]",
        ),
        ("console.log('100%', 1)", "→100% 1"),
        ("const a = []; a[0] = a; console.log(a)", "→[ [Circular] ]"),
        (
            "console.group('g'); console.log('a\\nb'); console.groupEnd(); console.log('c')",
            "→g\n  a\n  b\nc",
        ),
        (
            "console.count(); console.count(); console.assert(false, 'x')",
            "→default: 1\ndefault: 2\n[error] Assertion failed x",
        ),
        ("console.log(Array(200).fill(1))", "→[\n  1,…"),
        ("console.log('x'.repeat(100_000_000)); 1", "1→xxxx…"),
    ]);
}

#[test]
fn errors_name_the_place() {
    each_row(&[
        (
            "const a = 1;\n  a.b.c",
            "error: TypeError: cannot read property 'c' of undefined\n    at program:2:3\n  2 |   a.b.c",
        ),
        (
            "function f(x: number) {\n  throw new RangeError('deep')\n}\nf(1)",
            "error: RangeError: deep\n    at f (program:2:13)\n    at program:4:1\n  2 |   throw new RangeError('deep')",
        ),
        (
            "let é: string = 'é'; throw new Error(é)",
            "error: Error: é\n    at program:1:38\n  1 | let é: string = 'é'; throw new Error(é)",
        ),
        (
            "async function f() { await 1; throw new Error('later') }\nawait f()",
            "error: Error: later\n    at f (program:1:41)…",
        ),
        ("throw 'text'", "error: Uncaught text"),
        ("throw { a: 1 }", "error: Uncaught { a: 1 }"),
        ("throw undefined", "error: Uncaught undefined"),
        (
            "console.log('before'); throw new Error('x')",
            "error: Error: x\n    at program:1:34\n  1 | console.log('before'); throw new Error('x')\n\noutput before the error:\nbefore",
        ),
        (
            "throw new Error('outer', { cause: new TypeError('inner') })",
            "error: Error: outer\n    at program:1:39\n  1 | throw new Error('outer', { cause: new TypeError('inner') })\ncaused by: TypeError: inner\n    at program:1:39",
        ),
        (
            "await Promise.any([Promise.reject(new Error('one'))])",
            "error: AggregateError\n…",
        ),
        ("let a = (\n1", "error: SyntaxError: …"),
        ("eval('let a = (')", "error: SyntaxError: …"),
        (
            "Promise.reject(new Error('nobody listens')); 1",
            "error: Unhandled rejection: Error: nobody listens\n…",
        ),
        (
            "const p = Promise.reject(1); await 1; p.catch(() => {}); 2",
            "2",
        ),
        (
            "setTimeout(() => { throw new Error('in a timer') }, 1); 1",
            "error: Error: in a timer\n…",
        ),
        (
            "await new Promise(() => {})",
            "error: the program awaits a promise that nothing settles…",
        ),
        (
            "import fs from 'fs'",
            "error: TypeError: cannot import \"fs\": there are no packages…",
        ),
        (
            "const e = new Error('x'); Object.defineProperty(e, 'message', { get() { throw 1 } }); throw e",
            "error: Error…",
        ),
        (
            "const e = new Error('x'); e.name = {}; e.stack = 'forged'; throw e",
            "error: Error: x",
        ),
    ]);
}

#[test]
fn the_older_way_prints_plainly() {
    let mut engine = Engine::new(Box::new(Fake::default())).unwrap();
    let plain = Options {
        plain: true,
        ..Options::default()
    };
    let rows = [
        ("console.log('Hello'); 2+2", "4→Hello"),
        (
            "console.log(1, 'a', null, [1, 2], {}); console.error('e'); console.warn('w'); console.info('i')",
            "→1 a null 1,2 [object Object]\ne\nw\ni",
        ),
        ("console.log('a\\n')", "→a\n"),
    ];
    for (program, wanted) in rows {
        assert_eq!(shown(&mut engine, program, &plain), wanted);
    }
}
