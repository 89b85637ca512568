//! What a skill of the older ABI hands to the bridge, which is compiled natively here: descriptions, responses, requests.

/// Reads what a skill may hand over.
pub fn check(bytes: &[u8]) {
    luminarys_bridge::fuzz::read(bytes);
}
