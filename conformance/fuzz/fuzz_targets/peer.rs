#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| luminarys_fuzz::peer::check(bytes));
