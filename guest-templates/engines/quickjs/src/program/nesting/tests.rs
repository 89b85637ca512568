//! What is counted, and that nothing with a small count is deep.

use std::thread;

use super::super::{Kind, prepare};
use super::nesting;

/// What makes a program deep when it is repeated, and what ends it.
pub(crate) const DEEP: &[(&str, &str, &str)] = &[
    ("A<", "let a: ", ""),
    ("A<B, ", "let a: ", ""),
    ("a=>", "", "1"),
    ("async a=>", "", "1"),
    ("(a)=>", "", "1"),
    ("({a=", "", "1"),
    ("a?b:", "", "1"),
    ("a?", "", "1"),
    ("a ? b\n: ", "", "1"),
    ("a:", "", "1"),
    ("a: if(b)", "", "1"),
    ("if(a);else ", "", "1"),
    ("if(a){}else ", "", "1"),
    ("if(a)\nb\nelse ", "", "1"),
    ("if(a)b,c;else ", "", "1"),
    ("if(a)/;/;else ", "", "1"),
    ("else\u{3000}if(a);", "if(a);", ""),
    ("if(a)", "", "1"),
    ("for(;;)", "", "1"),
    ("for(a of b)", "", "1"),
    ("while(a)", "", "1"),
    ("with(a)", "", "1"),
    ("do ", "", "1"),
    ("!", "", "a"),
    ("- ", "", "a"),
    ("typeof ", "", "a"),
    ("typeof\n", "", "a"),
    ("await ", "", "a"),
    ("new ", "", "a"),
    ("void ", "", "a"),
    ("yield ", "function* f() { ", "a }"),
    ("a**", "", "1"),
    ("a=", "", "1"),
    ("a+=", "", "1"),
    ("[a]=", "", "1"),
    ("(", "", ""),
    ("[", "", ""),
    ("[...", "", ""),
    ("{", "", ""),
    ("{a(){", "x = ", ""),
    ("({a:", "", ""),
    ("[a,", "", ""),
    ("f(a,", "", ""),
    ("f(", "", ""),
    ("`${", "", ""),
    ("a`${", "", ""),
    ("function f(){", "", ""),
    ("class A extends ", "x = ", "B{}"),
    ("class A{a=", "x = ", "1"),
    ("class{static{", "x = ", ""),
    ("()=>{", "x = ", ""),
    ("let [a=", "", ""),
    ("{a:{", "let ", ""),
    ("switch(a){case 1:", "", ""),
    ("try{", "", ""),
    ("import(", "", ""),
    ("<T>", "x = ", "a"),
    ("<T>(a)=>", "x = ", "a"),
    ("<A,B>(a)=>", "x = ", "a"),
    ("keyof ", "type A = ", "B"),
    ("keyof\n", "type A = ", "B"),
    ("A extends B ? C : ", "type A = ", "D"),
    ("A extends B\n? C\n: ", "type A = ", "D"),
    ("(a: A)=>", "type A = ", "B"),
    ("new ()=>", "type A = ", "B"),
    ("{a: ", "type A = ", "B"),
    ("[a: ", "type A = ", "B"),
    ("{[a in B]: ", "type A = ", "B"),
    ("`${A<", "type A = ", "B"),
    ("readonly ", "type A = ", "B[]"),
    ("infer A extends ", "type A = B extends ", "C"),
    ("asserts a is ", "function f(): ", "B"),
    ("namespace A{", "", ""),
    ("a.", "namespace ", "b {}"),
    ("@(", "", ""),
    ("@a(() => {", "", ""),
    ("a<b?b?b?c>d?", "", ""),
    ("x\nas const ? a=>", "", "1"),
    ("a\\u{61}=>", "", "1"),
    ("\\u{61}\\u{62}=>", "", "1"),
    ("a=><!-- ;\n", "", "1"),
    ("of!/a=>b/1=>", "", "1"),
];

#[test]
fn what_repeats_is_counted() {
    let mut failed = Vec::new();
    for (part, before, after) in DEEP {
        let count = nesting(&format!("{before}{}{after}", part.repeat(1_000)));
        if count < 1_000 {
            failed.push(format!("{part:?}: {count}"));
        }
    }
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

#[test]
fn what_people_write_is_not_deep() {
    let mut failed = Vec::new();
    for (part, before, after) in [
        ("a + b * c - ", "", "d"),
        ("a && b || ", "", "c"),
        ("x = { a: 1, b: [2, -3], c: 'd' };\n", "", ""),
        ("x = a ? b : c\nfoo(x)\nlet y = z as A<B>\n", "", ""),
        (
            "const f = async (a: Map<string, B[]>): Promise<C> => {\n  return await a.get('x')\n}\n",
            "",
            "",
        ),
        ("{ a: 1, b: { c: !d } },\n", "[", "]"),
        ("'key': x == 1 ? 2 : 3,\n", "({", "})"),
        ("if (a) {\n  b()\n} else if (c) {\n  d()\n}\n", "", ""),
        ("if (a) b();\nelse c();\n", "", ""),
        ("for (let i = 0; i < n; i++) x += i\n", "", ""),
        (
            "class A<T> extends B<T> {\n  private a: C<T> = d\n  e(): void {}\n}\n",
            "",
            "",
        ),
        ("interface A {\n  b: C<D>\n  e?: (f: G) => H\n}\n", "", ""),
        ("export const a = (b) => b / 2 / c\n", "", ""),
        (
            "switch (a) {\n  case 1:\n    b()\n    break\n  default:\n    c()\n}\n",
            "",
            "",
        ),
        ("export type A = B<C>\n", "", ""),
        ("x = `a ${b} c ${d ? `e ${f}` : g}`;\n", "", ""),
        ("| { kind: 'a', b: C }\n", "type A = ", ""),
        (
            "it('works', async () => { expect(await f(/[/]/.test(a))).toBe(true) })\n",
            "",
            "",
        ),
        (".then((a) => a.b)\n", "x", ""),
        ("let a = /}{/g, b = 'it''s'\n", "", ""),
    ] {
        let count = nesting(&format!("{before}{}{after}", part.repeat(2_000)));
        if count >= 60 {
            failed.push(format!("{part:?}: {count}"));
        }
    }
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

/// Tokens from which programs are made at random.
const PARTS: [&str; 72] = [
    "a",
    "b ",
    "1",
    "'s'",
    "`t`",
    "/r/",
    "/",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "`${",
    "}`",
    ",",
    ";",
    ":",
    "<",
    ">",
    "=>",
    "=",
    "==",
    "?",
    "?.",
    "??",
    "**",
    "*",
    "+",
    "-",
    "!",
    "~",
    "++",
    ".",
    "...",
    "@",
    "&",
    "|",
    "#a",
    "\n",
    "\n",
    " if(a)",
    " else ",
    " for(;;)",
    " while(a)",
    " do ",
    " with(a)",
    " switch(a){case 1:",
    " function f(){",
    " class A ",
    " extends ",
    " async ",
    " await ",
    " yield ",
    " typeof ",
    " new ",
    " keyof ",
    " infer ",
    " as ",
    " is ",
    " in ",
    " of ",
    " let ",
    " const ",
    " type A=",
    " interface A{",
    " import ",
    " export ",
    " return ",
    " readonly ",
    " get ",
    "<!--",
];

#[test]
fn nothing_with_a_small_count_is_deep() {
    let run = || {
        let mut seed = 0x2545_F491_4F6C_DD1D_u64;
        let mut random = |below: usize| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            (seed >> 33) as usize % below
        };
        for _ in 0..300 {
            let length = 1 + random(9);
            let part: String = (0..length).map(|_| PARTS[random(PARTS.len())]).collect();
            let before = [
                "",
                "x = ",
                "let x: ",
                "type A = ",
                "class A {",
                "x = {",
                "f(",
            ][random(7)];
            // Where it is deep, this is a hundred times what the parser can take.
            let _ = prepare(&format!("{before}{}", part.repeat(6_000)), Kind::Program);
        }
    };
    // Without optimisation a level takes ten times as much as in the engine.
    let parser = thread::Builder::new()
        .stack_size(16 << 20)
        .spawn(run)
        .unwrap();
    parser.join().unwrap();
}
