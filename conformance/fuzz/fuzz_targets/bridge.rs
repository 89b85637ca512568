//! What a skill of the older ABI hands to the bridge, which is compiled natively here: descriptions, responses, requests.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| luminarys_bridge::fuzz::read(bytes));
