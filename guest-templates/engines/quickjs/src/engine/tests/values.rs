//! Values as JSON.

use super::each_row;

#[test]
fn values() {
    each_row(&[
        ("1 + 1", "2"),
        ("0.1 + 0.2", "0.30000000000000004"),
        ("1e21", "1e+21"),
        ("-0", "0"),
        ("", ""),
        ("undefined", ""),
        ("null", "null"),
        ("'a\"\\n\\u0001é😀'", r#""a\"\n\u0001é😀""#),
        ("'a\\ud800\\n'", r#""a\ud800\n""#),
        ("({ '\\udc00': '\\ud83d\\ude00' })", "{\"\\udc00\":\"😀\"}"),
        ("console.log('\\ud800')", "→\u{FFFD}"),
        ("[1]\n{a: 1, b: 2}", "error: SyntaxError: Expected…"),
        ("NaN", "\"NaN\""),
        ("-Infinity", "\"-Infinity\""),
        ("10n", "10"),
        ("2n ** 70n", "\"1180591620717411303424\""),
        (
            "[1, undefined, () => 1, , 'a']",
            r#"[1,null,"[Function (anonymous)]",null,"a"]"#,
        ),
        (
            "({ a: 1, b: undefined, [Symbol()]: 1, f() {} })",
            r#"{"a":1,"f":"[Function: f]"}"#,
        ),
        (
            "new Map([['a', 1], ['b', new Set([1, 2])]])",
            r#"{"a":1,"b":[1,2]}"#,
        ),
        ("new Map([[1, 2]])", "[[1,2]]"),
        ("new Date(0)", "\"1970-01-01T00:00:00.000Z\""),
        ("new Date(NaN)", "null"),
        ("/a\\/b/gi", "\"/a\\\\/b/gi\""),
        ("new Uint8Array([0, 255])", "\"AP8=\""),
        ("new Float64Array([1.5, NaN])", "[1.5,\"NaN\"]"),
        (
            "const a = { b: 1 }; a.a = a; a",
            r#"{"b":1,"a":"[Circular]"}"#,
        ),
        (
            "new RangeError('m')",
            r#"{"name":"RangeError","message":"m"}"#,
        ),
        ("({ toJSON() { return [1] } })", "[1]"),
        (
            "({ a: [{ toJSON: (k) => k }], b: { toJSON: (k) => k } })",
            r#"{"a":["0"],"b":"b"}"#,
        ),
        (
            "new Proxy([1, new Proxy({ a: 2 }, {})], {})",
            r#"[1,{"a":2}]"#,
        ),
        (
            "[Object(1), Object('s'), Object(false), Object(2n)]",
            r#"[1,"s",false,2]"#,
        ),
        (
            "const p = Proxy.revocable([], {}); p.revoke(); p.proxy",
            "error: TypeError: revoked proxy…",
        ),
        ("Promise.resolve({ a: 1 })", r#"{"a":1}"#),
        (
            "[Promise.resolve(1), new Promise(() => {})]",
            "[1,\"[Promise: pending]\"]",
        ),
        ("Symbol('s')", "\"Symbol(s)\""),
        ("function f() {} f", "\"[Function: f]\""),
        ("input.a[1]", "2"),
        ("const x: number = 5; interface A {} x as any", "5"),
        ("if (true) { 'then' } else { 'else' }", "\"then\""),
        ("for (const a of [1, 2, 3]) a", "3"),
        ("await 5", "5"),
        (
            "const a = await new Promise((r) => setTimeout(() => r('late'), 5)); a",
            "\"late\"",
        ),
        ("return 7; 8", "7"),
        ("try { return 'a' } finally { 1 }", "\"a\""),
        ("export default { a: 1 }", r#"{"a":1}"#),
        ("this === globalThis && typeof require", "\"undefined\""),
        ("x = 1; with ({ y: 2 }) { x + y }", "3"),
        (
            "let a = {}; for (let i = 0; i < 300; i++) a = { a }; a",
            "error: the value has objects within objects beyond 200 levels",
        ),
        (
            "'x'.repeat(2_000_000)",
            "error: the value is larger than 1048576 bytes…",
        ),
        (
            "Array.from({ length: 600_000 }, () => 'a')",
            "error: the value is larger than 1048576 bytes…",
        ),
        (
            "({ get a() { throw new Error('in a getter') } })",
            "error: Error: in a getter\n…",
        ),
        ("Array(2 ** 31)", "error: the value is larger…"),
    ]);
}
