//! A manifest: an operator's file, but often made by a program.

#![no_main]

use libfuzzer_sys::fuzz_target;
use luminarys_grants::Manifest;

fuzz_target!(|text: &str| {
    let environment = |_: &str| Some("value".to_owned());
    let _ = Manifest::parse(text, "/none/m.yaml", &environment);
});
