//! Programs and what becomes of them.

use super::{Kind, prepare};

/// Compares each row, and reports all that differ.
fn each_row(kind: Kind, rows: &[(&str, &str)]) {
    let mut failed = Vec::new();
    for (source, wanted) in rows {
        let made = prepare(source, kind).map(|made| made.code);
        let made = made.unwrap_or_else(|error| format!("error: {error}"));
        if made != *wanted {
            failed.push(format!(
                "{source:?}\n  wanted {wanted:?}\n  made   {made:?}"
            ));
        }
    }
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

#[test]
fn types_are_removed() {
    each_row(
        Kind::Program,
        &[
            ("let a: number = 1", "let a = 1"),
            ("let a!: number", "let a;"),
            (
                "const f = (a: string, b?: number): void => {}",
                "const f = (a, b) => {}",
            ),
            ("const f = (a):\n  Promise<void> => a", "const f = (a) => a"),
            ("const f = <T,>(a: T) => a", "const f = (a) => a"),
            (
                "function f<T>(this: X, a: T, ...b: T[]): T { return a }",
                "function f(a, ...b) { return a }",
            ),
            ("function f(this: X) {}", "function f() {}"),
            (
                "function f(a: 1): 1\nfunction f(a) { return a }",
                ";\nfunction f(a) { return a }",
            ),
            ("x as number", "x;"),
            ("let a = b as string\n(c)", "let a = b;\n(c)"),
            ("a! + b!.c!", "a + b.c;"),
            ("f(a satisfies B)", "f(a)"),
            ("let a = <T>b", "let a = (b)"),
            ("let f = () => <T>{a: 1}", "let f = () => ({a: 1})"),
            ("new Map<string, number[]>()", "new Map()"),
            ("type A = { b: c }\n(1)", ";\n(1)"),
            ("interface A extends B { c(): void }", ";"),
            (
                "declare const a: 1\ndeclare function f(): void\ndeclare module 'x' {}",
                ";\n;\n;",
            ),
            (
                "abstract class A<T> extends B<T> implements C, D {}",
                " class A extends B  {}",
            ),
            (
                "class A { private readonly a: number = 1; declare b: 1; static c?: string }",
                "class A { ;  a = 1; ; static c; }",
            ),
            (
                "class A { a: T = 1\n public *g() {} }",
                "class A { a = 1\n ; *g() {} }",
            ),
            (
                "class A { abstract b(): void; f(): void; f() {} [k: string]: any }",
                "class A { ; ; f() {} ; }",
            ),
            (
                "class A { a = b as C\n ['x']() {} }",
                "class A { a = b;\n ['x']() {} }",
            ),
            (
                "class A { [x ? 1 : 2]?: number }",
                "class A { [x ? 1 : 2]; }",
            ),
            (
                "class A { m?(): void; get a(): number { return 1 } }",
                "class A { ; get a() { return 1 } }",
            ),
            ("for (const a of b as C[]) {}", "for (const a of b) {}"),
            ("try {} catch (e: unknown) {}", "try {} catch (e) {}"),
            ("let a = { b(c: number): void {} }", "let a = { b(c) {} }"),
            ("let g = f<string>;", "let g = f;"),
            ("new Set<string>(a)", "new Set(a)"),
            ("f<A>(b)", "f(b)"),
            (
                "new Map<string, A<B[]>>([[a, b]]).size",
                "new Map([[a, b]]).size",
            ),
            ("new Map<A, B<C<D>>>(e)", "new Map(e)"),
            ("a < b >> (c)", "a < b >> (c)"),
            ("a < b, c > d", "a < b, c > d"),
            ("if (a < b && c > (d)) e", "if (a < b && c > (d)) e"),
            ("f<string>`a`; let x: typeof import('a')", "f`a`; let x;"),
            ("let { a, b }: C = d", "let { a, b } = d"),
            ("if (a) b as c\nelse d", "if (a) b;\nelse d"),
        ],
    );
}

#[test]
fn what_makes_code_is_refused() {
    each_row(
        Kind::Program,
        &[
            (
                "let a: 1\nenum A { b }",
                "error: SyntaxError: an enum cannot be run: only types are removed; write it in JavaScript\n    at program:2:1\n  2 | enum A { b }",
            ),
            (
                "1\n@a class B {}",
                "error: SyntaxError: a decorator cannot be run: only types are removed; write it in JavaScript\n    at program:2:1\n  2 | @a class B {}",
            ),
            (
                "class A { accessor b = 1 }",
                "error: SyntaxError: a field with `accessor` cannot be run: only types are removed; write it in JavaScript\n    at program:1:11\n  1 | class A { accessor b = 1 }",
            ),
            (
                "namespace A { export const b = 1 }",
                "error: SyntaxError: a namespace cannot be run: only types are removed; write it in JavaScript\n    at program:1:1\n  1 | namespace A { export const b = 1 }",
            ),
            (
                "class A { constructor(private b: 1) {} }",
                "error: SyntaxError: a parameter property cannot be run: only types are removed; write it in JavaScript\n    at program:1:23\n  1 | class A { constructor(private b: 1) {} }",
            ),
        ],
    );
}

#[test]
fn the_top_becomes_a_script() {
    each_row(
        Kind::Program,
        &[
            ("return 1", "$return:{{(1);break $return;}\n}"),
            (
                "if (a) return {b}; else c",
                "$return:{if (a) {({b});break $return;} else c\n}",
            ),
            (
                "try { return 1 } catch { return 2 } finally { return 3 } switch (a) { case 1: return 4 } for (;;) return 5",
                "$return:{try { {(1);break $return;} } catch { {(2);break $return;} } finally { {(3);break $return;} } switch (a) { case 1: {(4);break $return;} } for (;;) {(5);break $return;}\n}",
            ),
            (
                "a: do while (b) for (c of d) for (e in f) with (g) return\nwhile (h)",
                "$return:{a: do while (b) for (c of d) for (e in f) with (g) {(void 0);break $return;}\nwhile (h)\n}",
            ),
            (
                "'use strict'\nreturn // x",
                "'use strict'\n$return:{{(void 0);break $return;} // x\n}",
            ),
            (
                "let f = () => { return 1 }; class A { static { } m() { return 1 } }",
                "let f = () => { return 1 }; class A { static { } m() { return 1 } }",
            ),
            (
                "let $return; return a as b;",
                "$return$:{let $return; {(a);break $return$;}\n}",
            ),
            (
                "import a, { b as c, type D } from '/x'",
                r#"const {default:a,b:c}=(m=>{if(!("default" in m))throw new SyntaxError("/x has no export named \"default\"");if(!("b" in m))throw new SyntaxError("/x has no export named \"b\"");return m})(await import('/x'));"#,
            ),
            (
                "import * as a from \"/x\";",
                "const a=await import(\"/x\");",
            ),
            (
                "import type { A } from 'x'; import '/y'",
                "; await import('/y');",
            ),
            (
                "export const a: number = 1; export { a }; export default a",
                "const a = 1; ; (a);",
            ),
            ("export default function f() {}", "function f() {}"),
            ("export default class { }", "(class { });"),
            ("export type { A }; export interface B {}", "; ;"),
        ],
    );
    each_row(
        Kind::Session,
        &[
            (
                "let a = 1; const b: number = 2; { let c }",
                "var a = 1; var b = 2; { let c }",
            ),
            ("class A { b = 1 }", "var A=class A { b = 1 };"),
            (
                "async function f() {} return 1",
                "$return:{globalThis.f=f;async function f() {} {(1);break $return;}\n}",
            ),
            (
                "import a from '/x'",
                r#"var {default:a}=(m=>{if(!("default" in m))throw new SyntaxError("/x has no export named \"default\"");return m})(await import('/x'));"#,
            ),
        ],
    );
    each_row(
        Kind::JavaScript,
        &[("a<b>(c)", "a<b>(c)"), ("let a: b", "let a;")],
    );
    each_row(
        Kind::Module,
        &[
            (
                "import { type A, b } from './x'; export let c: A = b",
                "import {  b } from './x'; export let c = b",
            ),
            (
                "return",
                "error: SyntaxError: a module cannot return\n    at program:1:1\n  1 | return",
            ),
        ],
    );
}

#[test]
fn syntax_errors_name_the_place() {
    for (source, place) in [
        ("let a = 1\nlet b = (", "program:2:"),
        ("let é = 'é'; é é", "program:1:15"),
        ("let a: number = ;", "program:1:17"),
        ("await (", "program:1:"),
    ] {
        let error = prepare(source, Kind::Program).unwrap_err();
        assert!(
            error.starts_with("SyntaxError: ") && error.contains(place),
            "{source}: {error}"
        );
    }
    let text = "(".repeat(1000);
    for harmless in [
        format!("'{text}'"),
        format!("1 // {text}"),
        format!("\"\\\"{text}\""),
    ] {
        assert!(prepare(&harmless, Kind::Program).is_ok(), "{harmless}");
    }
}

#[test]
fn imports_that_are_types_are_removed() {
    each_row(
        Kind::Program,
        &[
            ("import { A } from '/x'; let a: A", "; let a;"),
            ("import A from '/x'; let a: B<A.C>", "; let a;"),
            (
                "import * as A from '/x'; class B implements A.C {}",
                "; class B  {}",
            ),
            ("import { A } from '/x'; let a: typeof A", "; let a;"),
            ("import { A } from '/x'; interface B extends A {}", "; ;"),
        ],
    );
    each_row(
        Kind::Module,
        &[
            (
                "import { A, b } from './x'; export let c: A = b",
                "import {  b } from './x'; export let c = b",
            ),
            (
                "import { A } from './x'; export let c: A",
                "; export let c;",
            ),
            (
                "import { A } from './x'; export let c: A = new A()",
                "import { A } from './x'; export let c = new A()",
            ),
            ("import { A } from './x'", "import { A } from './x'"),
            (
                "import { A } from './x'; export { A }",
                "import { A } from './x'; export { A }",
            ),
        ],
    );
}

#[test]
fn objects_that_are_read_as_blocks_are_told() {
    for (source, is_told) in [
        ("{a:1,b:2}", true),
        ("const x = 1\n{ a: x, b: [x] };\n", true),
        ("f();\n{\n  'a': 1,\n  b: { c: 2 },\n}", true),
        ("if (a) { b } { ...c }", true),
        ("let a = ({ b: 1, c: 2 )", false),
        ("let a = { b: 1 c: 2 }", false),
        ("function f() { a: 1, b: 2 }", false),
        ("{ a: 1 b: 2 }", false),
    ] {
        let error = prepare(source, Kind::Program).unwrap_err();
        assert_eq!(
            error.contains("in parentheses"),
            is_told,
            "{source}: {error}"
        );
    }
}

#[test]
fn sloppy_code_is_left_to_the_engine() {
    for source in ["with (a) { b }", "var a = 010"] {
        assert_eq!(prepare(source, Kind::Program).unwrap().code, source);
    }
}
