//! Tools, the web, files, input.

use super::super::{Engine, Options};
use super::{Fake, each_row};

#[test]
fn tools() {
    each_row(&[
        (
            "await tools['my-notes'].echo({ a: [1], b: undefined })",
            r#"{"a":[1]}"#,
        ),
        ("await tools.my_notes.echo()", "{}"),
        (
            "tools.my_notes.echo({ b: new Uint8Array([1]), m: new Map([['k', 1]]) })",
            r#"{"b":"AQ==","m":{"k":1}}"#,
        ),
        (
            "try { await tools.my_notes.fail() } catch (e) { [e instanceof ToolError, e.name, e.message, e.skill, e.method] }",
            r#"[true,"ToolError","my words","my-notes","fail"]"#,
        ),
        (
            "await tools.other.x()",
            "error: ToolError: permission denied: skills other\n    at tools.other.x",
        ),
        (
            "tools.my_notes.fail(); 1",
            "error: Unhandled rejection: ToolError: my words\n    at tools[\"my-notes\"].fail",
        ),
        (
            "tools.my_notes.echo({ half: '\\ud800' })",
            "{\"half\":\"\u{FFFD}\"}",
        ),
        (
            "typeof tools.a_b.c + typeof tools['x-y_z'].c",
            "\"functionfunction\"",
        ),
        (
            "tools.x_y_z",
            "error: TypeError: tools.x_y_z has two meanings, one is tools[\"x_y-z\"]: write which one…",
        ),
        (
            "tools.my_notes.echo('positional')",
            "error: TypeError: tools.my-notes.echo takes one object…",
        ),
        (
            "Object.keys(tools).concat(Object.keys(tools.my_notes))",
            r#"["my-notes","constructor","a-b","a_b","x-y_z","x_y-z","echo","fail","inspect","then"]"#,
        ),
        (
            "['my-notes', 'my_notes', 'a_b', 'nosuch', 'then', 5].map((each) => each in tools)",
            "[true,true,true,false,false,false]",
        ),
        (
            "['echo', 'then', 'nosuch', 'toString', Symbol.iterator].map((each) => each in tools.my_notes)",
            "[true,true,false,false,false]",
        ),
        (
            "['my_notes', 'nosuch'].map((each) => Object.hasOwn(tools, each))",
            "[true,false]",
        ),
        (
            "await tools; await tools.my_notes; JSON.stringify(tools)",
            r#""{\"my-notes\":{},\"constructor\":{},\"a-b\":{},\"a_b\":{},\"x-y_z\":{},\"x_y-z\":{}}""#,
        ),
        // Names that every object is asked for are there if there is such a skill or method.
        ("await tools.my_notes.inspect({ a: 1 })", r#"{"a":1}"#),
        ("await tools.constructor.inspect({ a: 1 })", r#"{"a":1}"#),
        (
            "[tools.then, tools.valueOf, tools.my_notes.constructor, tools.my_notes.then].map((one) => typeof one)",
            r#"["undefined","undefined","undefined","undefined"]"#,
        ),
        ("`${tools.my_notes}`", "error: TypeError: …"),
        ("tools.a = 1; typeof tools.a.b", "\"function\""),
    ]);
}

#[test]
fn calls_made_together_are_one_batch() {
    let fake = Fake::default();
    let mut engine = Engine::new(Box::new(fake.clone())).unwrap();
    let program = "const all = await Promise.all([1, 2, 3].map((n) => tools.my_notes.echo({ n })));
        tools.my_notes.echo({ n: 4 }); // nobody awaits it
        all.map((one) => one.n)";
    let outcome = engine.run(program, &Options::default()).unwrap();
    assert_eq!(outcome.value.as_deref(), Some("[1,2,3]"));
    let batches: Vec<usize> = fake.batches.borrow().iter().map(Vec::len).collect();
    assert_eq!(batches, [3, 1]);
    let many = "const all = await Promise.all(Array.from({ length: 2500 }, (_, n) => tools.my_notes.echo({ n }))); all[2499].n";
    fake.batches.borrow_mut().clear();
    assert_eq!(
        engine
            .run(many, &Options::default())
            .unwrap()
            .value
            .as_deref(),
        Some("2499")
    );
    let batches: Vec<usize> = fake.batches.borrow().iter().map(Vec::len).collect();
    assert_eq!(batches, [1000, 1000, 500]);
    let flood = "for (let n = 0; ; n++) tools.my_notes.echo({ n })";
    let error = engine.run(flood, &Options::default()).unwrap_err();
    assert!(
        error.contains("RangeError: 10000 calls wait already"),
        "{error}"
    );
}

#[test]
fn calls_are_made_however_a_program_ends() {
    let mut failed = Vec::new();
    for end in [
        "1",
        "throw 1",
        "await Promise.reject(1)",
        "Promise.reject(1)",
        "null.x",
        "'x'.repeat(2 ** 21)",
        "({ get a() { tools.my_notes.echo({ n: 2 }); return 1 } })",
    ] {
        let fake = Fake::default();
        let mut engine = Engine::new(Box::new(fake.clone())).unwrap();
        let program = format!("tools.my_notes.echo({{ n: 1 }}); {end}");
        let _ = engine.run(&program, &Options::default());
        let made: usize = fake.batches.borrow().iter().map(Vec::len).sum();
        if made != program.matches("echo").count() {
            failed.push(format!("{program}: {made}"));
        }
    }
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

#[test]
fn the_web() {
    each_row(&[
        (
            "const r = await fetch('https://ok.example/a', { method: 'post', body: 'b', headers: { 'X-A': '1' } }); [r.ok, r.status, await r.text(), r.headers.get('Content-Type')]",
            r#"[true,200,"POST content-type=text/plain;charset=UTF-8,x-a=1 b","text/plain"]"#,
        ),
        (
            "await fetch('https://other.example/')",
            "error: Error: permission denied: http https://other.example/\n…",
        ),
        (
            "const u = new URL('../b?x=1#h', 'https://a.example:8443/c/d/e'); u.searchParams.append('y', 'é &'); [u.href, u.port, u.pathname, u.hash, u.origin]",
            r##"["https://a.example:8443/c/b?x=1&y=%C3%A9+%26#h","8443","/c/b","#h","https://a.example:8443"]"##,
        ),
        (
            "new URL('nonsense')",
            "error: TypeError: Invalid URL: nonsense\n…",
        ),
        (
            "[...new URLSearchParams('a=1&b=%20+c')]",
            r#"[["a","1"],["b","  c"]]"#,
        ),
        (
            "new TextDecoder().decode(new TextEncoder().encode('é'))",
            "\"é\"",
        ),
        (
            "atob(btoa('abc')) + structuredClone({ a: [1n] }).a[0]",
            "\"abc1\"",
        ),
        (
            "crypto.randomUUID().length + crypto.getRandomValues(new Uint8Array(4)).length",
            "40",
        ),
        (
            "const c = new AbortController(); let n = 0; c.signal.addEventListener('abort', () => n++); c.abort(); c.abort(); [n, c.signal.aborted]",
            "[1,true]",
        ),
        (
            "typeof performance.now() + typeof queueMicrotask",
            "\"numberfunction\"",
        ),
        (
            "let n = 0; const i = setInterval(() => { if (++n === 3) clearInterval(i) }, 1); await new Promise((r) => setTimeout(r, 30)); n",
            "3",
        ),
        ("setInterval(() => {}, 1); 'ends'", "\"ends\""),
        (
            "setTimeout(() => console.log('after'), 2); console.log('before'); 1",
            "1→before\nafter",
        ),
    ]);
}

#[test]
fn files_and_modules() {
    each_row(&[
        ("[...files.readBytes('/bytes')]", "[0,255,65]"),
        ("files.read('/bytes')", "\"\\u0000\u{FFFD}A\""),
        (
            "files.read('/etc/passwd')",
            "error: Error: permission denied: filesystem /etc/passwd\n…",
        ),
        (
            "files.write('/a', 'b')",
            "error: Error: permission denied: filesystem /a\n…",
        ),
        (
            "files.list('/').concat(files.glob('/*.x'))",
            r#"[{"name":"a","path":"/a","kind":"file","size":3},"/a.x"]"#,
        ),
        (
            "[files.glob('*.x', '/d'), files.glob('*.x', '/d/'), files.list('/d/').map((e) => e.path), files.stat('/d/b').path]",
            r#"[["/d/a.x"],["/d/a.x"],["/d/a"],"/d/b"]"#,
        ),
        ("import d, { a } from '/lib/a.ts'; [d, a]", r#"["d",2]"#),
        (
            "(await import('/lib/c.json')).default",
            r#"{"c":[3],"__proto__":4}"#,
        ),
        (
            "import '/lib/code.json'",
            "error: SyntaxError: /lib/code.json is not JSON: expected value…",
        ),
        (
            "import { nope } from '/lib/b.mjs'; nope",
            "error: SyntaxError: /lib/b.mjs has no export named \"nope\"\n    at <anonymous> (program:1:1)\n    at program:1:1\n  1 | import { nope } from '/lib/b.mjs'; nope",
        ),
        (
            "import nope from '/lib/b.mjs'",
            "error: SyntaxError: /lib/b.mjs has no export named \"default\"…",
        ),
        (
            "import * as all from '/lib/b.mjs'; [all.b, all.nope]",
            "[1,null]",
        ),
        (
            "import d, { 'b' as c } from '/lib/b.mjs'",
            "error: SyntaxError: /lib/b.mjs has no export named \"default\"…",
        ),
        (
            "export { nope } from '/lib/b.mjs'",
            "error: SyntaxError: /lib/b.mjs has no export named \"nope\"…",
        ),
        (
            "import { nope } from '/lib/b.mjs'",
            "error: SyntaxError: /lib/b.mjs has no export named \"nope\"…",
        ),
        (
            "import { c } from '/lib/c.json'",
            "error: SyntaxError: /lib/c.json has no export named \"c\"…",
        ),
        (
            "import { Shape, unit } from '/lib/shapes.ts'; const s: Shape = unit; s",
            r#"{"a":1}"#,
        ),
        (
            "import { double } from '/lib/uses.ts'; double({ a: 2 })",
            "4",
        ),
        (
            "await import('/lib/misses.ts')",
            "error: SyntaxError: Could not find export 'Shape' in module '/lib/shapes.ts'…",
        ),
        ("(await import('/lib/less.js')).d", "false"),
        ("let a = 1; new Set<number>([a, 2]).size", "2"),
        (
            "import '/lib/broken.ts'",
            "error: SyntaxError: an enum cannot be run: only types are removed; write it in JavaScript\n    at /lib/broken.ts:2:8…",
        ),
        (
            "import '/nowhere.js'",
            "error: Error: permission denied: filesystem /nowhere.js…",
        ),
    ]);
}

#[test]
fn input_is_checked() {
    let mut engine = Engine::new(Box::new(Fake::default())).unwrap();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (input, wanted) in [
        ("{", "input is not JSON: "),
        ("", "input is not JSON: "),
        (
            deep.as_str(),
            "input has objects within objects 100000 levels deep",
        ),
    ] {
        let options = Options {
            input: Some(input),
            ..Options::default()
        };
        let error = engine.run("1", &options).unwrap_err();
        assert!(error.starts_with(wanted), "{error}");
    }
    let options = Options {
        input: Some(r#"{"__proto__": {"a": 1}, "text": "é"}"#),
        ..Options::default()
    };
    let value = engine
        .run("[input.text, ({}).a, Object.keys(input)]", &options)
        .unwrap()
        .value;
    assert_eq!(value.as_deref(), Some(r#"["é",null,["__proto__","text"]]"#));
}
