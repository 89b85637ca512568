//! Invalid results in memory, and results that are not in memory, in compact calls.

use anyhow::{Context as _, Result, anyhow};
use futures::executor::block_on;
use luminarys_runtime::values::Signature;
use luminarys_testing::each_row;
use serde_json::{Value, json};
use wasm_encoder::{Function as Body, MemArg, ValType};
use wasmtime::component::Val;
use wit_parser::Resolve;

use crate::function::{self, FIRST, LARGE, engine, exported, instantiate};

/// The address of the returned pointer and length.
const RESULT: i32 = 256;

/// Calls `r: func(a0: u32, …) -> list<u8>`, whose core function is `body`. Returns its bytes.
fn read(params: &[u32], body: &Body, fuel: usize) -> Result<Value> {
    let names = (0..params.len()).map(|index| format!("a{index}: u32"));
    let names = names.collect::<Vec<_>>().join(", ");
    let wit = format!(
        "package t:t; interface api {{ r: func({names}) -> list<u8>; }} world w {{ export api; }}"
    );
    let types = vec![ValType::I32; params.len()];
    let module =
        |_: &Resolve| function::module(&types, &[ValType::I32], body, &["t:t/api#r"], &LARGE);
    let (mut store, instance) = instantiate(&engine()?, &wit, module)?;
    store.set_hostcall_fuel(fuel);
    let function = exported(&mut store, &instance, "r")?;
    let signature = Signature::new(&function.ty(&store))?;
    let compact = signature.compact().context("no compact call")?;
    let params = params.iter().copied().map(Val::U32).collect();
    let called = block_on(compact.call(&function, &mut store, params));
    let called = called.map_err(|error| anyhow!("{error:?}"))?;
    signature
        .outcome(called.values)
        .map_err(|error| anyhow!("{error:?}"))
}

/// Reads a list whose pointer and length are at `pointer`; the memory is zero.
fn read_at(pointer: u32) -> Result<Value> {
    let mut body = Body::new([]);
    body.instructions().local_get(0).end();
    read(&[pointer], &body, usize::MAX)
}

/// Reads a list that the guest claims to begin at `start` and to have `length` bytes.
fn read_list(start: u32, length: u32, fuel: usize) -> Result<Value> {
    let place = |offset| MemArg {
        offset,
        align: 2,
        memory_index: 0,
    };
    let mut body = Body::new([]);
    let mut code = body.instructions();
    code.i32_const(RESULT).local_get(0).i32_store(place(0));
    code.i32_const(RESULT).local_get(1).i32_store(place(4));
    code.i32_const(RESULT).end();
    read(&[start, length], &body, fuel)
}

/// The memory size of `function::module`, in bytes.
const MEMORY: u32 = 256 << 16;

#[test]
fn out_of_bounds_memory_is_an_error() {
    let rows = [
        (MEMORY - 4, "bounds"),
        (MEMORY, "bounds"),
        (MEMORY + 4, "bounds"),
        (u32::MAX - 3, "bounds"),
        (FIRST + 1, "aligned"),
    ];
    each_row(rows, |(pointer, part)| {
        let error = format!("{:#}", read_at(pointer).unwrap_err());
        assert!(error.contains(part), "{pointer}: {error}");
    });
    assert_eq!(read_at(MEMORY - 8).unwrap(), json!(""));
    let rows = [
        (8, MEMORY),
        (MEMORY, 1),
        (MEMORY - 1, 2),
        (u32::MAX, 0),
        (u32::MAX, u32::MAX),
    ];
    each_row(rows, |(start, length)| {
        let error = format!("{:#}", read_list(start, length, usize::MAX).unwrap_err());
        assert!(error.contains("bounds"), "{start} {length}: {error}");
    });
    assert_eq!(read_list(MEMORY - 1, 1, usize::MAX).unwrap(), json!("AA=="));
    assert_eq!(read_list(MEMORY, 0, usize::MAX).unwrap(), json!(""));
}

#[test]
fn bytes_are_charged_as_their_text() {
    let rows = [(1, 4), (3, 4), (4, 8), (3_000, 4_000)];
    each_row(rows, |(length, text)| {
        assert!(read_list(8, length, text).is_ok(), "{length}");
        let error = read_list(8, length, text - 1).unwrap_err();
        let error = format!("{error:#}");
        assert!(error.contains("fuel allocated for hostcalls"), "{error}");
    });
}

#[test]
fn results_of_one_core_value_and_of_none() {
    let engine = engine().unwrap();
    let types = "enum hue { red, green, blue } variant state { on, off } record age { years: s8 }";
    // The result, its core type, and how many of the core values below are invalid for it.
    let rows = [
        (" -> bool", Some(ValType::I32), 0),
        (" -> s8", Some(ValType::I32), 0),
        (" -> u8", Some(ValType::I32), 0),
        (" -> s16", Some(ValType::I32), 0),
        (" -> u16", Some(ValType::I32), 0),
        (" -> s32", Some(ValType::I32), 0),
        (" -> u32", Some(ValType::I32), 0),
        (" -> s64", Some(ValType::I64), 0),
        (" -> u64", Some(ValType::I64), 0),
        (" -> f32", Some(ValType::F32), 0),
        (" -> f64", Some(ValType::F64), 0),
        (" -> char", Some(ValType::I32), 2),
        (" -> hue", Some(ValType::I32), 4),
        (" -> state", Some(ValType::I32), 5),
        (" -> result", Some(ValType::I32), 5),
        (" -> age", Some(ValType::I32), 0),
        (" -> tuple<tuple<hue>>", Some(ValType::I32), 4),
        ("", None, 0),
    ];
    each_row(rows, |(ty, core, meaningless)| {
        let wit = format!(
            "package t:t; interface api {{ {types}\n r: func(x: list<u8>){ty}; }} world w {{ export api; }}"
        );
        let mut refused = 0;
        for number in [0, 1, 2, 3, 200, -1, 0xD800] {
            let mut body = Body::new([]);
            let mut code = body.instructions();
            match core {
                Some(ValType::I64) => code.i64_const(number),
                Some(ValType::F32) => code.i64_const(number).f32_convert_i64_s(),
                Some(ValType::F64) => code.i64_const(number).f64_convert_i64_s(),
                Some(_) => code.i64_const(number).i32_wrap_i64(),
                None => &mut code,
            };
            code.end();
            let params = [ValType::I32; 2];
            let module = |_: &Resolve| {
                let results: Vec<ValType> = core.into_iter().collect();
                function::module(&params, &results, &body, &["t:t/api#r"], &LARGE)
            };
            let (mut store, instance) = instantiate(&engine, &wit, module).unwrap();
            let function = exported(&mut store, &instance, "r").unwrap();
            let signature = Signature::new(&function.ty(&store)).unwrap();
            let compact = signature.compact().unwrap();
            let given = vec![Val::String("AAH/".to_owned())];
            let called = block_on(compact.call(&function, &mut store, given));
            // An instance is unusable after a trap.
            let (mut store, instance) = instantiate(&engine, &wit, module).unwrap();
            let function = exported(&mut store, &instance, "r").unwrap();
            let given = [Val::List(vec![Val::U8(0)])];
            let mut results = vec![Val::Bool(false); signature.result_count()];
            let plain = function.call(&mut store, &given, &mut results);
            assert_eq!(called.is_ok(), plain.is_ok(), "{ty} {number}");
            match called {
                Ok(called) => assert_eq!(called.values, results, "{ty} {number}"),
                Err(_) => refused += 1,
            }
        }
        assert_eq!(refused, meaningless, "{ty}");
    });
}
