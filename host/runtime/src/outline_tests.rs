use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

use super::*;

/// Components with every construct that an outline must handle.
const COMPONENTS: [(&str, &str); 6] = [
    ("empty", "(component)"),
    (
        "functions around one that is exported",
        r#"(component
            (import "log" (func $log (param "text" string)))
            (core module $memory (memory (export "memory") 1))
            (core instance $memory (instantiate $memory))
            (core func $log (canon lower (func $log) (memory $memory "memory")))
            (core module $code
                (type $one (func (param i32 i32)))
                (import "host" "log" (func $log (type $one)))
                (table 1 funcref)
                (elem (i32.const 0) $unused)
                (func $unused (result i64) i64.const 1)
                (func $answer (export "answer") (result i32) i32.const 42)
                (func $start i32.const 0 i32.const 0 call $log)
                (start $start)
                (data "much data"))
            (core instance $made (instantiate $code (with "host" (instance (export "log" (func $log))))))
            (func (export "answer") (result u32) (canon lift (core func $made "answer"))))"#,
    ),
    (
        "functions named in expressions",
        r#"(component
            (core module $code
                (func $first)
                (func $second (export "second") (result i32) i32.const 1)
                (global (export "global") funcref (ref.func $first)))
            (core instance $made (instantiate $code))
            (func (export "second") (result u32) (canon lift (core func $made "second"))))"#,
    ),
    (
        "types of all kinds",
        r#"(component
            (core module $code
                (memory (export "memory") 1)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
                (func (export "run") (param i32 i32 i32 i32) (result i32) unreachable))
            (core instance $made (instantiate $code))
            (type $r (record (field "a" u64) (field "b" (list u8))))
            (export $e "r" (type $r))
            (func (export "run") (param "x" (list $e)) (param "y" (option bool)) (result (result string (error string)))
                (canon lift (core func $made "run") (memory $made "memory") (realloc (func $made "realloc")))))"#,
    ),
    (
        "a component within",
        r#"(component
            (component $inner
                (core module $code (func $a) (func (export "b") (result i32) i32.const 3))
                (core instance $made (instantiate $code))
                (func (export "b") (result u32) (canon lift (core func $made "b"))))
            (instance $made (instantiate $inner))
            (export "b" (func $made "b")))"#,
    ),
    (
        "an imported interface",
        r#"(component
            (import "test:one/two@1.0.0" (instance (export "three" (func (param "x" string) (result string))))))"#,
    ),
];

/// Returns the imports and exports that wasmtime reports for a component.
fn described(engine: &Engine, bytes: &[u8]) -> (Vec<String>, Vec<String>) {
    let component = Component::from_binary(engine, bytes).unwrap();
    let ty = component.component_type();
    let imports = ty.imports(engine);
    let imports =
        imports.map(|(name, item)| format!("{name}: {}", describe_item(engine, &item.ty)));
    let exports = ty.exports(engine);
    let exports =
        exports.map(|(name, item)| format!("{name}: {}", describe_item(engine, &item.ty)));
    (imports.collect(), exports.collect())
}

fn describe_item(engine: &Engine, item: &ComponentItem) -> String {
    match item {
        ComponentItem::ComponentFunc(function) => {
            let params: Vec<_> = function
                .params()
                .map(|(name, ty)| (name.to_owned(), ty))
                .collect();
            let results: Vec<_> = function.results().collect();
            format!("{params:?} {results:?}")
        }
        ComponentItem::ComponentInstance(instance) => {
            let exports = instance.exports(engine);
            let exports =
                exports.map(|(name, item)| format!("{name}: {}", describe_item(engine, &item.ty)));
            exports.collect::<Vec<_>>().join(", ")
        }
        other => format!("{:?}", std::mem::discriminant(other)),
    }
}

#[test]
fn an_outline_has_the_types_of_its_component_and_none_of_its_code() {
    let engine = Engine::default();
    for (name, text) in COMPONENTS {
        let bytes = wat::parse_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let outlined = outline(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(
            described(&engine, &outlined),
            described(&engine, &bytes),
            "{name}"
        );
        let text = String::from_utf8_lossy(&outlined);
        assert!(!text.contains("much data"), "{name}");
        assert!(outlined.len() <= bytes.len(), "{name}");
    }
}

#[test]
fn a_broken_component_gives_an_error_or_a_broken_outline() {
    let engine = Engine::default();
    for (name, text) in COMPONENTS {
        let whole = wat::parse_str(text).unwrap();
        for end in 0..whole.len() {
            let Ok(outlined) = outline(&whole[..end]) else {
                continue;
            };
            // wasmtime accepts the outline of a prefix only if the prefix ends between two sections.
            if Component::from_binary(&engine, &outlined).is_ok() {
                assert!(split(&whole[..end]).is_ok(), "{name} {end}");
            }
        }
        for at in HEADER..whole.len() {
            for bits in [0x01, 0x80, 0xff] {
                let mut changed = whole.clone();
                changed[at] ^= bits;
                // No panic, and no output much larger than the input.
                if let Ok(outlined) = outline(&changed) {
                    assert!(outlined.len() <= 2 * changed.len() + 64, "{name} {at}");
                }
            }
        }
    }
}
