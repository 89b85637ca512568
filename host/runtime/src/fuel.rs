//! Detects calls that failed because they moved more bytes between skill and host than their host-call fuel.
//!
//! This is the only place that recognises an error by its text: wasmtime 48 bails with a private type
//! (`HostcallFuelExhausted` in `component/func/options.rs`), has no trap code for it and does not expose the remaining
//! fuel. The test fails when an update of wasmtime changes the text.

/// The complete text, so that a longer text with a part chosen by the skill does not match.
const EXHAUSTED: &str = "too much data is being copied between the host and the guest: \
                         fuel allocated for hostcalls has been exhausted";

/// Returns whether `error` is wasmtime's error for exhausted fuel of `Store::set_hostcall_fuel`.
pub(crate) fn moved_too_much(error: &wasmtime::Error) -> bool {
    error.root_cause().to_string() == EXHAUSTED
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;
    use wasmtime::component::{Component, Linker};
    use wasmtime::{Engine, Store, StoreContextMut};

    use super::*;

    /// Passes 100 bytes to the host, then crashes.
    const GUEST: &str = r#"(component
        (import "f" (func $f (param "s" string)))
        (core module $memory (memory (export "memory") 1))
        (core instance $memory (instantiate $memory))
        (core func $f (canon lower (func $f) (memory $memory "memory")))
        (core module $m
            (import "" "f" (func $f (param i32 i32)))
            (func (export "run") (call $f (i32.const 0) (i32.const 100)) unreachable))
        (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
        (func (export "run") (canon lift (core func $i "run"))))"#;

    /// Returns the error of a call of [`GUEST`] whose host function returns `answer`.
    fn run(fuel: usize, answer: Result<(), &'static str>) -> wasmtime::Error {
        let engine = Engine::default();
        let component = Component::new(&engine, wat::parse_str(GUEST).unwrap()).unwrap();
        let mut linker = Linker::new(&engine);
        let f = move |_: StoreContextMut<'_, ()>, (_,): (String,)| {
            answer.map_err(|text| wasmtime::format_err!("{text}"))
        };
        linker.root().func_wrap("f", f).unwrap();
        let mut store = Store::new(&engine, ());
        store.set_hostcall_fuel(fuel);
        let instance = linker.instantiate(&mut store, &component).unwrap();
        let run = instance.get_typed_func::<(), ()>(&mut store, "run");
        run.unwrap().call(&mut store, ()).unwrap_err()
    }

    #[test]
    fn only_the_error_of_wasmtime_itself_is_recognised() {
        let longer = "the skill's text: fuel allocated for hostcalls has been exhausted";
        let rows = [
            (99, Ok(()), true),
            (100, Ok(()), false),
            (100, Err("no"), false),
            (100, Err(longer), false),
        ];
        each_row(rows, |(fuel, answer, expected)| {
            let error = run(fuel, answer);
            assert_eq!(
                moved_too_much(&error),
                expected,
                "{fuel} {answer:?}: {error:?}"
            );
        });
    }
}
