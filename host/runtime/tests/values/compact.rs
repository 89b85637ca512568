//! Compact calls give the same results as plain calls.

use anyhow::{Result, anyhow};
use futures::executor::block_on;
use luminarys_runtime::values::{Returned, Signature};
use luminarys_testing::each_row;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use wasm_encoder::{Function as Body, MemArg, ValType};
use wasmtime::Engine;
use wasmtime::component::Val;
use wit_parser::Resolve;
use wit_parser::abi::{AbiVariant, WasmType};

use crate::function::{
    self, FIRST, Function, LARGE, Memory, engine, exported, instantiate, padded,
};
use crate::shape::shape;

/// The address of a call's core values, and of the pointer to the whole memory.
const SLOTS: u64 = 512;
const RESULT: i32 = 256;
/// The size of the compared memory.
const COMPARED: i32 = 32 << 10;

/// Calls an identity function and reads its result again, with compact calls. Returns `None` if they are not supported.
fn called(identity: &mut Function, arguments: &[Val]) -> Result<Option<(Val, Returned)>> {
    let (function, store) = identity.at();
    let signature = Signature::new(&function.ty(store))?;
    let Some(compact) = signature.compact() else {
        return Ok(None);
    };
    let returned = identity.call(arguments)?;
    // The parameters were the first allocation.
    let pointer = vec![Val::U32(FIRST)];
    let (_, store) = identity.at();
    let again = block_on(compact.call(&function, store, pointer));
    Ok(Some((
        returned,
        again.map_err(|error| anyhow!("{error:?}"))?,
    )))
}

/// Returns the core values that `h: func(x: TY) -> list<u8>` is called with, and the memory at that time, or `None` if
/// a compact call is not supported or has too many core values.
fn lowered(engine: &Engine, types: &str, ty: &str, argument: &Value) -> Result<Option<[Value; 2]>> {
    let wit = format!(
        "package t:t; interface api {{ {types}\n h: func(x: {ty}) -> list<u8>; }} world w {{ export api; }}"
    );
    let mut answers = Vec::new();
    for is_compact in [false, true] {
        let (mut store, instance) = instantiate(engine, &wit, recorder)?;
        let function = exported(&mut store, &instance, "h")?;
        let signature = Signature::new(&function.ty(&store))?;
        let Some(compact) = signature.compact() else {
            return Ok(None);
        };
        let values = if is_compact {
            let arguments = signature.compact_arguments(argument, u64::MAX)?;
            let called = compact.call(&function, &mut store, arguments);
            block_on(called)
                .map_err(|error| anyhow!("{error:?}"))?
                .values
        } else {
            let arguments = signature.arguments(argument, u64::MAX)?;
            let mut results = vec![Val::Bool(false)];
            let called = function.call(&mut store, &arguments, &mut results);
            called.map_err(|error| anyhow!("{error:?}"))?;
            results
        };
        let outcome = signature.outcome(values);
        answers.push(outcome.map_err(|error| anyhow!("{error:?}"))?);
    }
    Ok(Some(answers.try_into().map_err(|_| anyhow!("two"))?))
}

/// Builds a module whose function writes its parameters into the memory and returns the whole memory.
fn recorder(resolve: &Resolve) -> Vec<u8> {
    let (_, interface) = resolve.interfaces.iter().next().unwrap();
    let signature = resolve.wasm_signature(AbiVariant::GuestExport, &interface.functions["h"]);
    let params: Vec<ValType> = signature
        .params
        .iter()
        .map(|ty| match ty {
            WasmType::I64 | WasmType::PointerOrI64 => ValType::I64,
            WasmType::F32 => ValType::F32,
            WasmType::F64 => ValType::F64,
            WasmType::I32 | WasmType::Pointer | WasmType::Length => ValType::I32,
        })
        .collect();
    let mut body = Body::new([]);
    let mut code = body.instructions();
    for (index, ty) in (0u32..).zip(&params) {
        let place = MemArg {
            offset: SLOTS + u64::from(index) * 8,
            align: 2,
            memory_index: 0,
        };
        code.i32_const(0).local_get(index);
        match ty {
            ValType::I64 => code.i64_store(place),
            ValType::F32 => code.f32_store(place),
            ValType::F64 => code.f64_store(place),
            _ => code.i32_store(place),
        };
    }
    let place = |offset| MemArg {
        offset,
        align: 2,
        memory_index: 0,
    };
    code.i32_const(RESULT)
        .i32_const(COMPARED)
        .i32_store(place(4));
    code.i32_const(RESULT).end();
    function::module(&params, &[ValType::I32], &body, &["t:t/api#h"], &LARGE)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn compact_and_plain_calls_give_the_same_values((shape, values) in shape().prop_flat_map(|shape| {
        let values = vec(shape.value(), 1..4);
        (Just(shape), values)
    })) {
        let engine = engine().unwrap();
        let mut types = String::new();
        let name = shape.wit(&mut types);
        for value in values {
            let mut identity = Function::identity(&engine, &types, &name).unwrap();
            let signature = Signature::new(&identity.ty()).unwrap();
            let Some((returned, again)) = called(&mut identity, &padded(value)).unwrap() else {
                continue;
            };
            let json = signature.outcome([returned]).unwrap();
            prop_assert_eq!(signature.outcome(again.values).unwrap(), json.clone());
            if let Some([plain, compact]) = lowered(&engine, &types, &name, &json!({ "x": json[0] })).unwrap() {
                prop_assert_eq!(plain, compact);
            }
        }
    }
}

/// The size of a memory of one page, in bytes.
const PAGE: u32 = 64 << 10;

/// Returns a strategy for the memory of a malicious guest: small numbers, addresses, random words.
fn words() -> impl Strategy<Value = Vec<u32>> {
    let word = prop_oneof![
        4 => 0u32..4,
        2 => (FIRST / 4..FIRST / 4 + 80).prop_map(|word| word * 4),
        1 => FIRST..FIRST + 320,
        1 => PAGE - 8..PAGE + 8,
        1 => any::<u32>(),
    ];
    vec(word, 1..80)
}

/// Returns the result of a function that returns `ty`, lifted by a plain and by a compact call, when the guest returns
/// `pointer` and has `data` there, or `None` if a compact call is not supported or the result is too large.
fn lifted(
    engine: &Engine,
    types: &str,
    ty: &str,
    data: &[u8],
    pointer: u32,
) -> Result<Option<[Result<Value, String>; 2]>> {
    let wit = format!(
        "package t:t; interface api {{ {types}\n r: func(pointer: u32) -> tuple<{ty}, u64>; }} world w {{ export api; }}"
    );
    let mut body = Body::new([]);
    body.instructions().local_get(0).end();
    let one = [ValType::I32];
    // Small enough for plain calls to hold all of it as values.
    let memory = Memory { pages: 1, data };
    let module = |_: &Resolve| function::module(&one, &one, &body, &["t:t/api#r"], &memory);
    let mut answers = Vec::new();
    for is_compact in [false, true] {
        let (mut store, instance) = instantiate(engine, &wit, module)?;
        let function = exported(&mut store, &instance, "r")?;
        let signature = Signature::new(&function.ty(&store))?;
        let Some(compact) = signature.compact() else {
            return Ok(None);
        };
        let given = vec![Val::U32(pointer)];
        let values = if is_compact {
            let called = block_on(compact.call(&function, &mut store, given));
            called.map(|returned| returned.values)
        } else {
            let mut results = vec![Val::Bool(false)];
            let called = function.call(&mut store, &given, &mut results);
            called.map(|()| results)
        };
        answers.push(match values {
            Ok(values) => signature
                .outcome(values)
                .map_err(|error| format!("{error:?}")),
            // Compact calls charge bytes differently.
            Err(error) if format!("{error:?}").contains("hostcalls") => return Ok(None),
            Err(_) => Err("refused".to_owned()),
        });
    }
    Ok(Some(answers.try_into().map_err(|_| anyhow!("two"))?))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn compact_and_plain_calls_lift_any_memory_the_same(shape in shape(), words in words(), at in any::<prop::sample::Index>(), odd in 0u32..8) {
        let engine = engine().unwrap();
        let mut types = String::new();
        let name = shape.wit(&mut types);
        let data: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        // Mostly aligned.
        let pointer = FIRST + u32::try_from(at.index(words.len())).unwrap() / 2 * 8 + odd / 7;
        if let Some([plain, compact]) = lifted(&engine, &types, &name, &data, pointer).unwrap() {
            prop_assert_eq!(plain, compact);
        }
    }
}

#[test]
fn types_with_bytes_use_compact_calls() {
    let engine = engine().unwrap();
    let types = "enum hue { red, green }
        record blob { name: string, at: option<u64>, hue: hue, raw: list<u8>, more: tuple<f32, s8, char> }
        variant found { none, text(string), raw(list<u8>) }";
    // A type, a value of it, whether it can be a result, and a parameter.
    let rows = [
        ("list<u8>", json!("AAH/"), true, true),
        ("list<u8>", json!(""), true, true),
        ("option<list<u8>>", json!(null), true, true),
        ("option<list<u8>>", json!("AAH/"), true, true),
        ("tuple<u8, list<u8>>", json!([7, "AAH/"]), true, true),
        (
            "blob",
            json!({ "name": "a\u{2603}", "at": 5, "hue": "green", "raw": "AAH/", "more": [0.5, -3, "\u{2603}"] }),
            true,
            true,
        ),
        (
            "result<list<u8>, string>",
            json!({ "ok": "AAH/" }),
            true,
            false,
        ),
        (
            "result<list<u8>, string>",
            json!({ "err": "no" }),
            true,
            false,
        ),
        ("found", json!({ "raw": "AAH/" }), true, false),
        (
            "list<found>",
            json!(["none", { "raw": "AA==" }, { "text": "t" }]),
            true,
            false,
        ),
        ("list<list<u8>>", json!(["AA==", "AAH/"]), true, false),
        ("list<u16>", json!([1, 65535]), true, false),
        (
            "map<string, list<u8>>",
            json!({ "a": "AA==" }),
            false,
            false,
        ),
    ];
    each_row(rows, |(ty, value, is_result, is_parameter)| {
        let mut identity = Function::identity(&engine, types, ty).unwrap();
        let signature = Signature::new(&identity.ty()).unwrap();
        let body = json!({ "x": value });
        let arguments = signature.arguments(&body, u64::MAX).unwrap();
        let called = called(&mut identity, &arguments).unwrap();
        assert_eq!(called.is_some(), is_result, "{ty}");
        if let Some((_, again)) = called {
            assert_eq!(signature.outcome(again.values).unwrap()[0], value, "{ty}");
        }
        let lowered = lowered(&engine, types, ty, &body).unwrap();
        assert_eq!(lowered.is_some(), is_parameter, "{ty}");
        if let Some([plain, compact]) = lowered {
            assert_eq!(plain, compact, "{ty}");
        }
    });
}
