//! Skills that do not keep to the ABI.

use crate::bindings::luminarys::skill::context;

/// Ends the call, and the instance, with an error.
pub fn fail(text: &str) -> ! {
    context::abort(text);
    // The host does not return from that.
    std::process::abort()
}
