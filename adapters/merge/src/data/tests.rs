use luminarys_testing::each_row;
use proptest::prelude::*;
use wasm_encoder::{
    CodeSection, ConstExpr as Encoded, DataCountSection, DataSection, Function, FunctionSection,
    GlobalSection, GlobalType, MemorySection, MemoryType as Memory, TypeSection, ValType,
};

use super::*;

const PAGE: usize = 1 << 16;

/// A segment: its address, whether that is in a global, and its bytes.
#[derive(Clone, Debug)]
struct Given {
    at: u32,
    by_global: bool,
    bytes: Vec<u8>,
}

/// A module of one page with these segments, and code that ends with `last`.
fn module(segments: &[Given], passive: bool, last: Option<fn(&mut Function)>) -> Vec<u8> {
    let (mut types, mut functions, mut code) = (
        TypeSection::new(),
        FunctionSection::new(),
        CodeSection::new(),
    );
    let (mut memories, mut globals, mut data) = (
        MemorySection::new(),
        GlobalSection::new(),
        DataSection::new(),
    );
    types.ty().function([], []);
    functions.function(0);
    memories.memory(Memory {
        minimum: 1,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    for (index, segment) in (0..).zip(segments) {
        let place = Encoded::i32_const(segment.at.cast_signed());
        let ty = GlobalType {
            val_type: ValType::I32,
            mutable: false,
            shared: false,
        };
        globals.global(ty, &place);
        let place = if segment.by_global {
            Encoded::global_get(index)
        } else {
            place
        };
        data.active(0, &place, segment.bytes.iter().copied());
    }
    if passive {
        data.passive(*b"later");
    }
    let mut body = Function::new([]);
    if let Some(last) = last {
        last(&mut body);
    }
    body.instructions().end();
    code.function(&body);
    let mut module = wasm_encoder::Module::new();
    module
        .section(&types)
        .section(&functions)
        .section(&memories)
        .section(&globals)
        .section(&DataCountSection { count: data.len() })
        .section(&code)
        .section(&data);
    module.finish()
}

/// Joins the segments of a module, and returns them in the form of `given`. Its globals are those of `given`.
fn joined(bytes: &[u8], given: &[Given]) -> Vec<Given> {
    let module = Module::read(bytes).unwrap();
    let told = segments(&module)
        .unwrap()
        .into_iter()
        .map(|segment| match segment {
            Segment::Joined(at, bytes) => Given {
                at,
                by_global: false,
                bytes,
            },
            Segment::Kept(data) => {
                let DataKind::Active { offset_expr, .. } = &data.kind else {
                    panic!("a passive segment")
                };
                let (at, by_global) = match offset_expr.get_operators_reader().read().unwrap() {
                    Operator::I32Const { value } => (value.cast_unsigned(), false),
                    Operator::GlobalGet { global_index } => (given[global_index as usize].at, true),
                    other => panic!("{other:?}"),
                };
                Given {
                    at,
                    by_global,
                    bytes: data.data.to_vec(),
                }
            }
        });
    told.collect()
}

/// Returns the memory after these segments, or up to the first that does not fit, which makes instantiation fail.
fn memory(segments: &[Given]) -> (Vec<u8>, bool) {
    let mut memory = vec![0; PAGE];
    for segment in segments {
        let start = segment.at as usize;
        let Some(target) = memory.get_mut(start..start + segment.bytes.len()) else {
            return (memory, false);
        };
        target.copy_from_slice(&segment.bytes);
    }
    (memory, true)
}

fn at(at: usize, bytes: &[u8]) -> Given {
    Given {
        at: at as u32,
        by_global: false,
        bytes: bytes.to_vec(),
    }
}

/// Segments close together, at the end of memory, and now and then past it.
fn any_segment() -> impl Strategy<Value = Given> {
    let place = prop_oneof![
        8 => 0..600_usize,
        4 => PAGE - 200..PAGE - 40,
        1 => PAGE - 40..=PAGE + 1,
        1 => Just(u32::MAX as usize),
    ];
    let bytes = proptest::collection::vec(prop_oneof![Just(0), any::<u8>()], 0..40);
    let by_global = proptest::bool::weighted(0.1);
    (place, by_global, bytes).prop_map(|(place, by_global, bytes)| Given {
        by_global,
        ..at(place, &bytes)
    })
}

proptest! {
    #[test]
    fn memory_is_the_same_before_and_after(given in proptest::collection::vec(any_segment(), 0..40)) {
        let after = joined(&module(&given, false, None), &given);
        let (expected, starts) = memory(&given);
        let (found, still_starts) = memory(&after);
        prop_assert_eq!(starts, still_starts);
        prop_assert!(expected == found, "{:?} became {:?}", given, after);
        prop_assert!(after.len() <= given.len());
    }
}

#[test]
fn neighbours_are_joined_and_others_are_not() {
    let global = |segment: Given| Given {
        by_global: true,
        ..segment
    };
    let rows = [
        (vec![at(0, b"ab"), at(2, b"c")], vec![(0, 3)]),
        (vec![at(0, b"a"), at(32, b"b")], vec![(0, 33)]),
        (vec![at(0, b"a"), at(33, b"b")], vec![(0, 1), (33, 1)]),
        // Out of order, overlapping, empty, and at the end.
        (
            vec![at(9, b"abc"), at(0, b"d"), at(10, b"e")],
            vec![(0, 12)],
        ),
        (
            vec![at(5, b""), at(PAGE, b""), at(PAGE - 1, b"z")],
            vec![(PAGE as u32 - 1, 1)],
        ),
        // The zeros of a gap would overwrite what a segment at an unknown address has written.
        (
            vec![
                at(0, b"a"),
                global(at(5, b"x")),
                at(4, b"b"),
                at(6, b"c"),
                at(7, b"d"),
            ],
            vec![(0, 1), (5, 1), (4, 1), (6, 2)],
        ),
        (
            vec![at(0, b"a"), at(PAGE + 1, b""), at(1, b"b")],
            vec![(0, 1), (PAGE as u32 + 1, 0), (1, 1)],
        ),
    ];
    each_row(rows, |(given, expected)| {
        let after = joined(&module(&given, false, None), &given);
        let found: Vec<_> = after.iter().map(|one| (one.at, one.bytes.len())).collect();
        assert_eq!(found, expected, "{given:?}");
    });
}

#[test]
fn segments_that_code_refers_to_stay() {
    let given = [at(0, b"a"), at(1, b"b")];
    let initialises: fn(&mut Function) = |body| {
        let mut code = body.instructions();
        code.i32_const(0)
            .i32_const(0)
            .i32_const(0)
            .memory_init(0, 1);
    };
    let drops: fn(&mut Function) = |body| {
        body.instructions().data_drop(1);
    };
    let rows = [
        (false, None, 1),
        (true, None, 3),
        (false, Some(initialises), 2),
        (false, Some(drops), 2),
    ];
    each_row(rows, |(passive, last, count)| {
        let bytes = module(&given, passive, last);
        let read = Module::read(&bytes).unwrap();
        assert_eq!(segments(&read).unwrap().len(), count);
    });
}
