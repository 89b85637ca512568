//! Programs of a session.

use super::super::{Engine, Options};
use super::{Fake, shown};

#[test]
fn sessions_keep_what_programs_define() {
    let mut engine = Engine::new(Box::new(Fake::default())).unwrap();
    let session = Options {
        session: true,
        ..Options::default()
    };
    let rows = [
        (
            "let a = 1; const b = [2]; class C { m() { return 3 } } function f() { return a } var v = 9",
            "",
        ),
        ("a += 1; [f(), b, new C().m(), v]", "[2,[2],3,9]"),
        ("const b = 5; let a: number = 7; [a, b, f()]", "[7,5,7]"),
        ("async function g() { return 'g' } return 1", "1"),
        ("await g()", "\"g\""),
        (
            "throw new Error('x')",
            "error: Error: x\n    at program:1:11…",
        ),
        ("b", "5"),
        (
            "setTimeout(() => { globalThis.late = 1 }, 0); throw 1",
            "error: Uncaught 1",
        ),
        ("typeof late", "\"undefined\""),
        (
            "function thrower() {\n  throw new Error('from before')\n}",
            "",
        ),
        (
            "\nthrower()",
            "error: Error: from before\n    at thrower (program:2:13)\n    at program:2:1\n  2 |   throw new Error('from before')",
        ),
        ("import { b as fromFile } from '/lib/b.mjs'", ""),
        ("fromFile", "1"),
    ];
    let mut failed = Vec::new();
    for (program, wanted) in rows {
        let got = shown(&mut engine, program, &session);
        let is_met = wanted
            .strip_suffix('…')
            .map_or(got == wanted, |start| got.starts_with(start));
        if !is_met {
            failed.push(format!("{program}\n  wanted {wanted:?}\n  got    {got:?}"));
        }
    }
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
    // Programs of no session see nothing of it, and nothing of each other.
    let alone = Options::default();
    assert_eq!(
        shown(&mut engine, "globalThis.x = 1; typeof b", &alone),
        "\"undefined\""
    );
    assert_eq!(shown(&mut engine, "typeof x", &alone), "\"undefined\"");
    assert_eq!(shown(&mut engine, "b", &session), "5");
    engine.end_session();
    // The first program may have meant variables of a session that is gone.
    let error = shown(&mut engine, "b", &session);
    assert!(error.contains("no variable is kept from before"), "{error}");
    let error = shown(&mut engine, "b", &session);
    assert!(
        !error.contains("no variable is kept from before"),
        "{error}"
    );
    let error = shown(&mut engine, "b", &alone);
    assert!(
        !error.contains("no variable is kept from before"),
        "{error}"
    );
    assert_eq!(shown(&mut engine, "typeof b", &session), "\"undefined\"");
}

#[test]
fn a_global_that_a_program_made_permanent_is_in_the_way_of_inputs_alone() {
    let each = [
        "Object.defineProperty(globalThis, 'input', { value: 1, configurable: false })",
        "delete globalThis.input; Object.defineProperty(globalThis, 'input', { get: () => 1 })",
        "Object.freeze(globalThis)",
        "Object.seal(globalThis)",
    ];
    for program in each {
        let mut engine = Engine::new(Box::new(Fake::default())).unwrap();
        let without = Options {
            session: true,
            ..Options::default()
        };
        let with = Options {
            input: Some("2"),
            session: true,
            ..Options::default()
        };
        shown(&mut engine, program, &without);
        assert_eq!(shown(&mut engine, "1 + 1", &without), "2", "{program}");
        let got = shown(&mut engine, "input", &with);
        assert!(
            got == "2" || got.contains("call end_session, or run without input"),
            "{program}: {got}"
        );
        engine.end_session();
        assert_eq!(shown(&mut engine, "input", &with), "2", "{program}");
    }
}

#[test]
fn a_prepared_engine_runs_programs_as_a_new_one() {
    let programs = [
        "Object.getOwnPropertyNames(globalThis).sort()",
        "performance.now() < 100",
        "globalThis.left = 1; typeof input",
        "throw new Error('x')",
        "console.log(1); (() => { try { null.a } catch (error) { return error.stack } })()",
    ];
    for session in [false, true] {
        let options = Options {
            session,
            ..Options::default()
        };
        let mut prepared = Engine::new(Box::new(Fake::default())).unwrap();
        prepared.prepare().unwrap();
        assert!(!prepared.has_session());
        let mut new = Engine::new(Box::new(Fake::default())).unwrap();
        for program in programs {
            let wanted = shown(&mut new, program, &options);
            assert_eq!(shown(&mut prepared, program, &options), wanted, "{program}");
        }
    }
}
